import type { Readable } from "node:stream";

/** Bytes that wait in the web stream before the pipe is paused. */
const queueBytes = 1024 * 1024;

/** A stream from a pipe, and how this side gives it up. */
export interface PipeReadable {
  readonly stream: ReadableStream<Uint8Array>;
  /** Settles when the pipe was read to its end, or is given up. */
  readonly done: Promise<void>;
  /** Errors {@link stream} with `reason` and closes the pipe; does nothing after its end. */
  stop(reason: unknown): void;
}

/**
 * A Node stream as a web stream: chunks as they come, paused while nobody reads.
 *
 * `Readable.toWeb` cannot serve: it loses the end of the data on Node 20 and 22.
 *
 * @param onCancel called when the reader cancels; the pipe is closed by then
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
  // Stays: an `error` without a listener ends the process.
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
    // On Deno standard input would keep the process alive.
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
