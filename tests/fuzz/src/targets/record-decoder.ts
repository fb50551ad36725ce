// What a source sends, as the decoder of a sink reads it. The first byte decides what is accepted and how long a line
// may be.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  encodeRecord,
  nameProblem,
  type ScpEvent,
  ScpProtocolError,
  type ScpRecord,
  ScpRecordDecoder,
  ScpStateError,
} from "@scpkit/codec";
import { recordVectors } from "@scpkit/conformance";
import { concat, fromLatin1, toLatin1 } from "../input/bytes.ts";
import { chunkings } from "../input/chunkings.ts";
import type { FuzzTarget } from "../target.ts";

interface Outcome {
  readonly events: readonly ScpEvent[];
  readonly error: ScpProtocolError | undefined;
  readonly state: ScpRecordDecoder["state"];
}

export const target: FuzzTarget = {
  dictionary: [
    "C0644 ",
    "D0755 0 ",
    "T1 0 1 0\n",
    "E\n",
    "\0",
    "\x01oops\n",
    "\x02oops\n",
    "C0644 0 a\n\0",
    "C0644 3 a\nabc\0",
  ],
  *seeds() {
    for (const { input } of recordVectors) yield fromLatin1(`\0${input}`);
    yield fromLatin1("\x01C0644 0 a\nD0755 0 d\nC0600 3 b\nabc\0");
  },
  run(input) {
    const flags = input[0] ?? 0;
    const bytes = input.subarray(1);
    const [whole, ...others] = chunkings(bytes).map((chunks, index) => decode(flags, chunks, index === 2));
    ok(whole !== undefined);
    for (const other of others) {
      deepStrictEqual(other.events, whole.events, "Chunk boundaries change the events");
      strictEqual(other.error?.code, whole.error?.code, "Chunk boundaries change the error");
      strictEqual(other.error?.message, whole.error?.message, "Chunk boundaries change the error's words");
      strictEqual(other.error?.line, whole.error?.line, "Chunk boundaries change the error's line");
      strictEqual(other.state, whole.state, "Chunk boundaries change the state");
    }
    let taken = 0;
    for (const event of whole.events) {
      if (event.type === "data") taken += event.data.length;
      else if (event.type !== "status" && event.type !== "missing-status") checkRecord(event);
    }
    ok(taken <= bytes.length, "More bytes came out than went in");
    // A missing status has no byte of its own.
    ok(whole.events.length <= bytes.length + 1, "More events than bytes");
  },
};

/** Reads everything; the decoder must hold what it says about itself at every step. */
function decode(flags: number, chunks: readonly Uint8Array[], queued: boolean): Outcome {
  const decoder = new ScpRecordDecoder({
    maxLineBytes: flags & 0x80 ? 24 : undefined,
    allowLeadingEnd: (flags & 1) === 0,
  });
  const events: ScpEvent[] = [];
  let decisions = 0;
  const drain = (): void => {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      const last = events.at(-1);
      if (event.type === "data") {
        ok(event.data.length > 0, "An empty piece of a body");
        if (last?.type === "data") events[events.length - 1] = { type: "data", data: concat(last.data, event.data) };
        else events.push(event);
        continue;
      }
      events.push(event);
      strictEqual(decoder.state === "decision", event.type === "file" || event.type === "directory");
      if (decoder.state !== "decision") continue;
      const { depth } = decoder;
      if (((flags >> (decisions++ % 7)) & 1) === 0) {
        decoder.accept();
        strictEqual(decoder.bodyRemaining, event.type === "file" ? event.size : 0);
        strictEqual(decoder.depth, depth + (event.type === "directory" ? 1 : 0));
      } else {
        decoder.reject();
        strictEqual(decoder.state, "record");
      }
    }
  };
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      if (!queued) drain();
    }
    decoder.end();
    drain();
    strictEqual(decoder.state, "ended", "The input is over and the decoder waits");
    strictEqual(decoder.next(), undefined);
    return { events, error: undefined, state: decoder.state };
  } catch (error) {
    if (!(error instanceof ScpProtocolError)) throw error;
    strictEqual(decoder.state, "failed");
    strictEqual(
      caught(() => decoder.next()),
      error,
      "A failed decoder throws something else the second time",
    );
    return { events, error, state: decoder.state };
  }
}

/** A record that came from the wire goes back to the wire, unless the encoder's documented limits are in the way. */
function checkRecord(record: ScpRecord): void {
  if (record.type === "file" || record.type === "directory") {
    const { mode, name } = record;
    ok(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777, `The mode ${mode}`);
    strictEqual(nameProblem(name), undefined);
    ok(
      !/[/\0\n]/.test(toLatin1(name.bytes)) && !["", ".", ".."].includes(toLatin1(name.bytes)),
      "A name that leads away",
    );
    if (record.type === "file") ok(Number.isSafeInteger(record.size) && record.size >= 0, `The size ${record.size}`);
  }
  if (record.type === "times" && !(Number.isFinite(record.mtimeMs) && Number.isFinite(record.atimeMs))) return;
  let encoded: Uint8Array;
  try {
    encoded = encodeRecord(record);
  } catch (error) {
    ok(error instanceof ScpStateError && /exceeds the 2047/.test(error.message), `Cannot be encoded again: ${error}`);
    return;
  }
  strictEqual(encoded.indexOf(0x0a), encoded.length - 1, "An encoded record is not one line");
  if (record.type === "end") return;
  const decoder = new ScpRecordDecoder();
  decoder.push(encoded);
  const again = decoder.next();
  ok(again !== undefined && again.type !== "data" && again.type !== "status" && again.type !== "missing-status");
  if (record.type === "warning" || record.type === "fatal") {
    // Bytes that were no UTF-8 grow, and NUL becomes a space.
    const text = record.message.replaceAll("\0", " ");
    ok(again.type === record.type && text.startsWith(again.message));
    if (encoded.length < 2040) strictEqual(again.message, text);
  } else if (record.type !== "times") {
    deepStrictEqual(again, record, "Encoding and decoding changed the record");
  }
  deepStrictEqual(encodeRecord(again), encoded, "Encoding is not stable");
}

function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
