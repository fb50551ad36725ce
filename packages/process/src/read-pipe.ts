import type { Readable } from "node:stream";

/** Bytes that wait in the web stream before the pipe is paused. */
const queueBytes = 1024 * 1024;

/**
 * A Node stream as a web stream: chunks as they come, paused while nobody reads. Cancelling destroys it.
 *
 * `Readable.toWeb` cannot serve: it loses the end of the data on Node 20 and 22.
 *
 * @param onCancel called when the reader loses interest
 */
export function readPipe(pipe: Readable, onCancel: () => void): ReadableStream<Uint8Array> {
  let settled = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        pipe.on("data", (chunk: Uint8Array) => {
          if (settled) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) pipe.pause();
        });
        const settle = (how: () => void) => (): void => {
          if (settled) return;
          settled = true;
          how();
        };
        pipe.once(
          "end",
          settle(() => controller.close()),
        );
        // Destroyed before its end: killed by this side, or the descriptor broke.
        pipe.once(
          "close",
          settle(() => controller.close()),
        );
        pipe.once("error", (error) => settle(() => controller.error(error))());
      },
      pull() {
        pipe.resume();
      },
      cancel() {
        settled = true;
        pipe.destroy();
        onCancel();
      },
    },
    { highWaterMark: queueBytes, size: (chunk) => chunk.byteLength },
  );
}
