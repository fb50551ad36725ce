import { mostPieceBytes, type ScpBandwidthLimiter } from "./bandwidth-limiter.ts";
import type { ScpExecChannel, ScpTransport } from "./channel.ts";

/**
 * `transport` with one direction of every command slowed down; the other side feels it as a slow reader or writer.
 *
 * @param direction `upload`: what is sent to the command; `download`: what comes from it
 * @param limiter shared with whatever else it limits
 */
export function limitBandwidth(
  transport: ScpTransport,
  direction: "upload" | "download",
  limiter: ScpBandwidthLimiter,
): ScpTransport {
  return {
    peerIdentification: transport.peerIdentification,
    exec: async (command, options) => {
      const channel = await transport.exec(command, options);
      return {
        readable: direction === "download" ? limitReadable(channel.readable, limiter) : channel.readable,
        writable: direction === "upload" ? limitWritable(channel.writable, limiter) : channel.writable,
        stderr: channel.stderr,
        closed: channel.closed,
        close: () => channel.close(),
        [Symbol.asyncDispose]: () => channel.close(),
      } satisfies ScpExecChannel;
    },
  };
}

/** `writable` taking bytes no faster than `limiter` lets them pass. Closing and aborting go through; aborting ends a wait. */
export function limitWritable(
  writable: WritableStream<Uint8Array>,
  limiter: ScpBandwidthLimiter,
): WritableStream<Uint8Array> {
  const { pieceBytes = mostPieceBytes } = limiter;
  const writer = writable.getWriter();
  const stop = new AbortController();
  // A peer that goes away is noticed while waiting, not after it.
  writer.closed.catch((reason: unknown) => stop.abort(reason));
  return new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        // The types of Node 20 leave this property out.
        const { signal } = controller as WritableStreamDefaultController & { readonly signal: AbortSignal };
        signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
      },
      write: async (chunk) => {
        for (let offset = 0; offset < chunk.byteLength; offset += pieceBytes) {
          const piece = chunk.subarray(offset, offset + pieceBytes);
          await limiter.take(piece.byteLength, stop.signal);
          await writer.ready;
          writer.write(piece).catch(() => {});
        }
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    },
    { highWaterMark: pieceBytes, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
}

/** `readable` handing out bytes no faster than `limiter` lets them pass. Cancelling goes through and ends a wait. */
export function limitReadable(
  readable: ReadableStream<Uint8Array>,
  limiter: ScpBandwidthLimiter,
): ReadableStream<Uint8Array> {
  const { pieceBytes = mostPieceBytes } = limiter;
  const reader = readable.getReader();
  const stop = new AbortController();
  let rest: Uint8Array = new Uint8Array(0);
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        while (rest.byteLength === 0) {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            return;
          }
          rest = value;
        }
        const piece = rest.subarray(0, pieceBytes);
        rest = rest.subarray(piece.byteLength);
        await limiter.take(piece.byteLength, stop.signal);
        controller.enqueue(piece);
      },
      cancel: async (reason) => {
        stop.abort(reason);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
