// What a source sends, received by the sink engine into a target that remembers all that was asked of it.
// The first byte chooses the options, the second where the target fails.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nameProblem, ScpLimitError, ScpReplyDecoder } from "@scpkit/codec";
import { recordVectors } from "@scpkit/conformance";
import { receiveEntries, type ScpEntryInfo, type ScpTarget } from "@scpkit/sink";
import { checkEngineError } from "../engine-errors.ts";
import { concat, fromLatin1, toLatin1 } from "../input/bytes.ts";
import { someChunks } from "../input/chunkings.ts";
import { hashBytes } from "../input/random.ts";
import { createScriptedChannel } from "../scripted-channel.ts";
import type { FuzzTarget } from "../target.ts";

interface Outcome {
  readonly stored: string[];
  readonly error: string | undefined;
  readonly replies: Uint8Array;
}

export const target: FuzzTarget = {
  dictionary: [
    "C0644 3 a\nabc\0",
    "D0755 0 d\n",
    "E\n",
    "T1 0 1 0\n",
    "C0644 0 b\n\0",
    "\x01oops\n",
    "\x02no\n",
    "C0644 99999999999999999 x\n",
    "../",
  ],
  *seeds() {
    for (const { input } of recordVectors) yield fromLatin1(`\0\0${input}`);
    yield fromLatin1("\x06\0T5 0 5 0\nD0755 0 d\nC0644 3 a\nabc\0C0644 3 a\nabc\0E\n");
    yield fromLatin1("\x01\x03C0644 3 a\nabc\0D0755 0 d\nC0644 3 a\nabc\0E\n");
  },
  async run(input) {
    const [flags = 0, faults = 0] = input;
    const bytes = input.subarray(2);
    const whole = await receive(flags, faults, [bytes]);
    const cut = await receive(flags, faults, someChunks(bytes));
    const lockstep = flags % 3 === 0;
    const ended = [whole, cut].every(({ error }) => error === undefined || error === "ScpIncompleteError incomplete");
    // With replies sent ahead commits overlap, and what breaks off the transfer meets them at any moment.
    if (lockstep || ended) {
      strictEqual(cut.error, whole.error, "Chunk boundaries change the error");
      deepStrictEqual(cut.stored.sort(), whole.stored.sort(), "Chunk boundaries change what is stored");
    }
    // Replies that are still owed when a transfer breaks off are dropped.
    if (lockstep && ended) deepStrictEqual(cut.replies, whole.replies, "Chunk boundaries change the replies");
    checkReplies(whole.replies);
  },
};

async function receive(flags: number, faults: number, chunks: readonly Uint8Array[]): Promise<Outcome> {
  const channel = createScriptedChannel(chunks);
  const recorder = new Recorder(faults);
  let error: string | undefined;
  try {
    const summary = await receiveEntries(channel, recorder.root, {
      replies: flags % 3 === 0 ? "lockstep" : flags % 3 === 1 ? "overlapped" : "pipelined",
      preserve: (flags & 0x10) !== 0,
      recursive: (flags & 0x20) === 0,
      limits: { maxDepth: 5, maxEntries: 40, maxFileBytes: 1000, maxTotalBytes: 2000, maxPeerErrors: 10 },
    });
    strictEqual(summary.failures.length, 0);
    strictEqual(summary.files, recorder.committed, "The summary counts other files than were committed");
  } catch (caught) {
    const known = checkEngineError(caught);
    error = `${known.name} ${known.code}`;
    if (known instanceof ScpLimitError) ok(known.limit <= 2000);
  }
  recorder.checkSettled();
  const given = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  ok(recorder.heldBytes <= given, "The target was given more bytes than came");
  return { stored: recorder.stored, error, replies: await channel.written() };
}

/** Every reply is one, whatever came; with `\2` they end. */
function checkReplies(bytes: Uint8Array): void {
  const decoder = new ScpReplyDecoder();
  decoder.push(bytes);
  decoder.end();
  for (let reply = decoder.next(); reply !== undefined; reply = decoder.next());
  strictEqual(decoder.state, "ended");
}

/** Takes files and directories, fails where `faults` says so, and knows what was not settled. */
class Recorder {
  readonly stored: string[] = [];
  readonly #faults: number;
  #open = 0;
  committed = 0;
  heldBytes = 0;

  constructor(faults: number) {
    this.#faults = faults;
  }

  readonly root: ScpTarget = this.#level(0, () => {});

  checkSettled(): void {
    strictEqual(this.#open, 0, "A file or directory was neither closed nor aborted");
  }

  /** Fails for one name in three, if the bit of this kind of call is set. */
  #mayFail(bit: number, { name }: ScpEntryInfo): void {
    if ((this.#faults & (1 << bit)) !== 0 && hashBytes(name.bytes) % 3 === 0) throw new Error("This target fails here");
  }

  #level(depth: number, left: () => void, own?: ScpEntryInfo): ScpTarget {
    let settled = false;
    const settle = (): void => {
      ok(!settled, "A directory was settled twice");
      settled = true;
      left();
    };
    return {
      file: (entry) => this.#file(entry, depth),
      directory: (entry, { path }) => {
        this.#checkEntry(entry, depth);
        ok(depth < 5, "Deeper than the limit");
        this.#mayFail(0, entry);
        this.stored.push(`${path}/ ${entry.mode} ${times(entry)}`);
        this.#open += 1;
        return this.#level(
          depth + 1,
          () => {
            this.#open -= 1;
          },
          entry,
        );
      },
      close: () => {
        settle();
        if (own !== undefined) this.#mayFail(1, own);
      },
      abort: settle,
    };
  }

  #file(entry: ScpEntryInfo, depth: number): WritableStream<Uint8Array> {
    this.#checkEntry(entry, depth);
    ok(entry.size <= 1000, "Larger than the limit");
    this.#mayFail(2, entry);
    this.#open += 1;
    const pieces: Uint8Array[] = [];
    let received = 0;
    let settled = false;
    const settle = (): void => {
      ok(!settled, "A file was settled twice");
      settled = true;
      this.#open -= 1;
    };
    return new WritableStream<Uint8Array>({
      write: (chunk) => {
        ok(!settled, "Bytes for a file that is settled");
        received += chunk.length;
        this.heldBytes += chunk.length;
        ok(received <= entry.size, "More bytes than were announced");
        pieces.push(chunk.slice());
        if ((this.#faults & 8) === 0 || entry.size % 3 !== 2 || received < 2) return;
        settle();
        throw new Error("This target fails here");
      },
      close: () => {
        settle();
        strictEqual(received, entry.size, "Committed, and not whole");
        this.#mayFail(4, entry);
        this.committed += 1;
        this.stored.push(`${toLatin1(entry.name.bytes)} ${entry.mode} ${times(entry)} ${toLatin1(concat(...pieces))}`);
      },
      abort: settle,
    });
  }

  #checkEntry({ name, mode, depth, size }: ScpEntryInfo, level: number): void {
    strictEqual(nameProblem(name), undefined);
    ok(!/[/\0\n]/.test(name.text), "A name that leads away");
    ok(mode >= 0 && mode <= 0o7777 && Number.isSafeInteger(size));
    strictEqual(depth, level);
  }
}

function times(entry: ScpEntryInfo): string {
  return entry.times === undefined ? "-" : `${entry.times.mtimeMs} ${entry.times.atimeMs}`;
}
