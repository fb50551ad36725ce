import type { Writable } from "node:stream";
import { ScpConnectionError } from "@scpkit/core";

/** Bytes that may be queued in the web stream. */
const queueBytes = 256 * 1024;

/** Options of {@link writePipe}. */
export interface WritePipeOptions {
  /** Whether closing the stream closes the pipe. Otherwise it waits until everything was written. */
  readonly end: boolean;
  /** Called when the stream is aborted, also during a pending write. */
  readonly onAbort: (reason: unknown) => void;
}

/** A stream to a pipe that can be stopped. */
export interface PipeWritable {
  readonly stream: WritableStream<Uint8Array>;
  /** Resolves when everything written to {@link stream} so far was written to the pipe or discarded. */
  idle(): Promise<void>;
  /** Errors {@link stream} with `reason`, and closes the pipe if that is allowed. */
  stop(reason: unknown): void;
}

/**
 * Returns a Node stream as a web stream. Chunks are passed on without a copy and must not be changed afterwards.
 *
 * If the reader of the pipe has exited, writes reject with a `lost` {@link ScpConnectionError}. Closing the stream then
 * succeeds, unless earlier data was not written.
 */
export function writePipe(pipe: Writable, options: WritePipeOptions): PipeWritable {
  let pending = 0;
  let gone: { readonly reason: unknown } | undefined;
  let waiter: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;
  let controller: WritableStreamDefaultController | undefined;
  let aborted = false;
  const idlers: (() => void)[] = [];

  const stream = new WritableStream<Uint8Array>(
    {
      start(created): void {
        controller = created;
        // The sink's own abort() is only called after the pending write, which may never end.
        const signal = "signal" in created ? created.signal : undefined;
        if (signal instanceof AbortSignal) signal.addEventListener("abort", () => abort(signal.reason));
      },
      write(chunk): Promise<void> {
        if (gone !== undefined) throw gone.reason;
        return pipe.write(chunk, onTaken) ? Promise.resolve() : wait();
      },
      async close(): Promise<void> {
        await idle();
        if (gone === undefined && options.end) pipe.end();
        if (gone !== undefined && pending > 0) throw gone.reason;
      },
      abort,
    },
    { highWaterMark: queueBytes, size },
  );
  pipe.on("drain", settleWaiter);
  pipe.on("error", (cause) => leave(lostError(cause)));
  pipe.once("close", () => leave(lostError()));
  return { stream, idle, stop };

  // The queuing strategy sees a chunk when it is written, before the chunk waits for its turn.
  function size(chunk: Uint8Array | undefined): number {
    pending += 1;
    return chunk?.byteLength ?? 0;
  }

  function onTaken(error?: Error | null): void {
    if (error) return;
    pending -= 1;
    if (pending === 0) settleIdlers();
  }

  function idle(): Promise<void> {
    return new Promise((resolve) => {
      if (pending === 0 || gone !== undefined) resolve();
      else idlers.push(resolve);
    });
  }

  function wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      waiter = { resolve, reject };
    });
  }

  function settleWaiter(): void {
    const waiting = waiter;
    waiter = undefined;
    if (gone === undefined) waiting?.resolve();
    else waiting?.reject(gone.reason);
  }

  function settleIdlers(): void {
    for (const resolve of idlers.splice(0)) resolve();
  }

  function leave(reason: unknown): void {
    if (gone !== undefined) return;
    gone = { reason };
    settleWaiter();
    settleIdlers();
  }

  function stop(reason: unknown): void {
    leave(reason);
    // Node 20 fails an assertion when a stream is errored while it is being aborted.
    if (!aborted) controller?.error(reason);
    if (options.end) pipe.destroy();
  }

  function abort(reason: unknown): void {
    if (aborted) return;
    aborted = true;
    stop(reason);
    options.onAbort(reason);
  }
}

function lostError(cause?: Error): ScpConnectionError {
  return new ScpConnectionError(
    "lost",
    "The command stopped reading before everything was sent",
    "Check what it wrote to standard error",
    cause === undefined ? undefined : { cause },
  );
}
