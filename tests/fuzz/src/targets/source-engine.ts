// What a sink answers to the source engine, which sends a small tree with everything in it. The first byte chooses the
// options.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ScpProtocolError, ScpRecordDecoder } from "@scpkit/codec";
import { replyVectors } from "@scpkit/conformance";
import type { ScpTransferEvent } from "@scpkit/core";
import { type ScpEntry, sendEntries } from "@scpkit/source";
import { checkEngineError } from "../engine-errors.ts";
import { fromLatin1, toLatin1 } from "../input/bytes.ts";
import { someChunks } from "../input/chunkings.ts";
import { createScriptedChannel } from "../scripted-channel.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  dictionary: ["\0", "\0\0\0\0\0\0\0\0", "\x01scp: refused\n", "\x02scp: over\n", "\n"],
  *seeds() {
    for (const flags of [0, 1, 2, 3, 7, 8]) yield new Uint8Array(40).fill(0).fill(flags, 0, 1);
    yield fromLatin1("\0\0\x01no\n\0\0\0\0\x01no\n\0\0\0\0");
    for (const { input } of replyVectors) yield fromLatin1(`\0${input}`);
  },
  async run(input) {
    const flags = input[0] ?? 0;
    const bytes = input.subarray(1);
    const whole = await send(flags, [bytes]);
    const cut = await send(flags, someChunks(bytes));
    strictEqual(cut.error, whole.error, "Chunk boundaries change the error");
    // How much of what nobody answers was written before the peer was gone is a matter of luck.
    if (whole.error === "ScpIncompleteError incomplete")
      deepStrictEqual(toLatin1(cut.written), toLatin1(whole.written));
  },
};

async function send(
  flags: number,
  chunks: readonly Uint8Array[],
): Promise<{ readonly error: string | undefined; readonly written: Uint8Array }> {
  const channel = createScriptedChannel(chunks);
  const tree = new Tree();
  const started = new Set<string>();
  let error: string | undefined;
  const onEvent = (event: ScpTransferEvent): void => {
    if (event.type === "start") started.add(event.entry.path);
  };
  const preserve = (flags & 1) !== 0;
  try {
    const summary = await sendEntries(channel, tree.entries(), {
      preserve,
      // Without times an old sink's second error takes a fifth of a second to tell from a refusal.
      answersOnce: true,
      batch: (flags & 2) === 0,
      halfClose: (flags & 4) !== 0,
      waitForClose: (flags & 8) === 0,
      limits: { maxPeerErrors: 10 },
      onEvent,
    });
    strictEqual(summary.failures.length, 0);
    ok(false, "The tree has entries that cannot be sent, and nothing failed");
  } catch (caught) {
    const known = checkEngineError(caught);
    error = `${known.name} ${known.code}`;
  }
  strictEqual(tree.open, 0, "A body or a listing was left open");
  const written = await channel.written();
  checkWritten(written, started, error === "ScpIncompleteError incomplete");
  return { error, written };
}

/** Whatever the sink answers, what is written are records, and bodies only of files that were accepted. */
function checkWritten(bytes: Uint8Array, started: ReadonlySet<string>, whole: boolean): void {
  const decoder = new ScpRecordDecoder();
  const path: string[] = [];
  decoder.push(bytes);
  decoder.end();
  try {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.type === "end") path.pop();
      if (event.type !== "file" && event.type !== "directory") continue;
      const own = [...path, event.name.text].join("/");
      if (!started.has(own)) decoder.reject();
      else {
        if (event.type === "directory") path.push(event.name.text);
        decoder.accept();
      }
    }
  } catch (error) {
    // A transfer that was cut may end anywhere.
    if (whole || !(error instanceof ScpProtocolError) || error.code !== "unexpected-eof") throw error;
  }
}

/** Entries of every kind; counts what it has handed out and not got back. */
class Tree {
  open = 0;

  *entries(): Generator<ScpEntry> {
    yield this.#bytes("a", "hello");
    yield {
      type: "directory",
      name: "d",
      mode: 0o755,
      times: { mtimeMs: 1000, atimeMs: 2000 },
      entries: () => this.#children(),
    };
    yield { type: "failed", name: "lost", error: new Error("It is gone") };
    yield { type: "file", name: "shut", mode: 0o600, size: 3, open: () => Promise.reject(new Error("It is shut")) };
    yield this.#stream("short", 9, ["abc", "de"]);
    yield this.#bytes("z", "\x01\x02\nE\n");
  }

  async *#children(): AsyncGenerator<ScpEntry> {
    this.open += 1;
    try {
      yield this.#bytes("empty", "");
      yield this.#stream("s", 6, ["abc", "def"]);
      yield { type: "directory", name: "e", mode: 0o700, entries: () => [] };
      yield this.#stream("broken", 6, ["abc"], new Error("It broke"));
    } finally {
      this.open -= 1;
    }
  }

  #bytes(name: string, text: string): ScpEntry {
    return { type: "file", name, mode: 0o644, size: text.length, open: () => fromLatin1(text) };
  }

  #stream(name: string, size: number, texts: readonly string[], error?: Error): ScpEntry {
    return {
      type: "file",
      name,
      mode: 0o644,
      size,
      times: { mtimeMs: 3000, atimeMs: 4000 },
      open: () => {
        this.open += 1;
        strictEqual(this.open <= 4, true, "Too much open at once");
        const rest = [...texts];
        return new ReadableStream<Uint8Array>({
          pull: (controller) => {
            const text = rest.shift();
            if (text !== undefined) {
              controller.enqueue(fromLatin1(text));
              return;
            }
            this.open -= 1;
            if (error === undefined) controller.close();
            else controller.error(error);
          },
          cancel: () => {
            this.open -= 1;
          },
        });
      },
    };
  }
}
