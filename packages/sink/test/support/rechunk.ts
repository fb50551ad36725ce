import type { ScpChannel } from "@scpkit/channel";

/** The same channel with chunks of other lengths, in both directions, cut after so many bytes of either. */
export function rechunk(
  channel: ScpChannel,
  lengths: readonly number[],
  cut: { readonly in?: number | undefined; readonly out?: number | undefined } = {},
): ScpChannel {
  const out = pieces(lengths, cut.out);
  out.readable.pipeTo(channel.writable).catch(() => {});
  return { readable: channel.readable.pipeThrough(pieces(lengths, cut.in)), writable: out.writable };
}

/** Pieces made of one chunk; what is left of it passes whole. */
const piecesOfAChunk = 30;

function pieces(
  lengths: readonly number[],
  cutAfter = Number.POSITIVE_INFINITY,
): TransformStream<Uint8Array, Uint8Array> {
  let turn = 0;
  let passed = 0;
  return new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      for (let at = 0, piece = 0; at < chunk.byteLength; piece += 1) {
        const wanted = piece < piecesOfAChunk ? (lengths[turn++ % lengths.length] ?? 1) : chunk.byteLength;
        const length = Math.min(wanted, chunk.byteLength - at, cutAfter - passed);
        controller.enqueue(chunk.slice(at, at + length));
        at += length;
        passed += length;
        if (passed >= cutAfter) return controller.error(new Error("Connection reset"));
        // Lets the other side see a piece alone, now and then.
        if (turn % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
    },
  });
}
