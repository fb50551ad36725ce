import type { ScpChannel } from "@scpkit/core";
import fc from "fast-check";

/** Lengths of chunks, as {@link rechunk} takes them: tiny ones, and such that hold several records. */
export const lengths: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1000, max: 200_000 })),
  { minLength: 1, maxLength: 5 },
);

/** Bytes after which a direction of a channel ends, as a lost connection does. */
export interface Cut {
  readonly in?: number | undefined;
  readonly out?: number | undefined;
}

/** The channel with both directions cut into chunks of `lengths`, round and round, and ended early where `cut` says. */
export function rechunk(channel: ScpChannel, lengths: readonly number[], cut: Cut = {}): ScpChannel {
  const incoming = new TransformStream<Uint8Array, Uint8Array>();
  const outgoing = new TransformStream<Uint8Array, Uint8Array>();
  void pass(channel.readable, incoming.writable, lengths, cut.in);
  void pass(outgoing.readable, channel.writable, lengths, cut.out);
  return { readable: incoming.readable, writable: outgoing.writable };
}

/**
 * As `pipeTo`, in pieces. No `terminate()` of a TransformStream: cancelling its readable end then throws in Node 20.
 */
async function pass(
  from: ReadableStream<Uint8Array>,
  to: WritableStream<Uint8Array>,
  lengths: readonly number[],
  cut = Number.POSITIVE_INFINITY,
): Promise<void> {
  const reader = from.getReader();
  const writer = to.getWriter();
  writer.closed.catch((reason: unknown) => reader.cancel(reason).catch(ignore));
  let turn = 0;
  let left = cut;
  try {
    for (let { value: chunk } = await reader.read(); chunk !== undefined; { value: chunk } = await reader.read()) {
      for (let at = 0; at < chunk.byteLength && left > 0; ) {
        const length = Math.min(lengths[turn++ % lengths.length] ?? 1, chunk.byteLength - at, left);
        await writer.ready;
        await writer.write(chunk.slice(at, at + length));
        at += length;
        left -= length;
      }
      if (left === 0) break;
    }
    await Promise.all([writer.close(), reader.cancel()]);
  } catch (reason) {
    writer.abort(reason).catch(ignore);
    reader.cancel(reason).catch(ignore);
  }
}

function ignore(): void {}
