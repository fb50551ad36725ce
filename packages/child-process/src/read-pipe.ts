import type { Readable } from "node:stream";

/** Bytes that are queued in the web stream before the pipe is paused. */
const queueBytes = 1024 * 1024;

/** A stream from a pipe that can be stopped. */
export interface PipeReadable {
  readonly stream: ReadableStream<Uint8Array>;
  /** Resolves when the pipe was read to its end or stopped. */
  readonly done: Promise<void>;
  /** Errors {@link stream} with `reason` and closes the pipe. Has no effect after its end. */
  stop(reason: unknown): void;
}

/**
 * Returns a Node stream as a web stream. Chunks are not changed, and the pipe is paused while nobody reads.
 *
 * `Readable.toWeb` cannot be used: it loses the end of the data on Node 20 and 22.
 *
 * @param onCancel called when the reader cancels, after the pipe was closed
 */
export function readPipe(pipe: Readable, onCancel: (reason: unknown) => void): PipeReadable {
  let settled = false;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let resolveDone: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    resolveDone = resolve;
  });
  const stream = new ReadableStream<Uint8Array>(
    {
      start(created): void {
        controller = created;
      },
      pull(): void {
        pipe.resume();
      },
      cancel(reason): void {
        settle(() => {});
        letGo();
        onCancel(reason);
      },
    },
    { highWaterMark: queueBytes, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  pipe.on("data", onData);
  pipe.once("end", () => settle(() => controller?.close()));
  pipe.once("close", () => settle(() => controller?.error(new Error("The pipe was closed before its end"))));
  // The listener stays: an `error` event without a listener ends the process.
  pipe.on("error", (error) => settle(() => controller?.error(error)));

  return {
    stream,
    done,
    stop(reason): void {
      settle(() => controller?.error(reason));
      letGo();
    },
  };

  function onData(chunk: Uint8Array): void {
    controller?.enqueue(chunk);
    if ((controller?.desiredSize ?? 0) <= 0) pipe.pause();
  }

  function letGo(): void {
    // On Deno, standard input would keep the process alive.
    pipe.pause();
    pipe.destroy();
  }

  function settle(how: () => void): void {
    if (settled) return;
    settled = true;
    pipe.off("data", onData);
    how();
    resolveDone();
  }
}
