import type { Writable } from "node:stream";
import { ScpConnectionError } from "@scpkit/core";

/** Bytes that may wait in the web stream. */
const queueBytes = 256 * 1024;

/** Options of {@link writePipe}. */
export interface WritePipeOptions {
  /** Whether closing the stream closes the pipe. Otherwise it waits until everything was taken. */
  readonly end: boolean;
  /** Called when the stream is aborted, also while a write is stuck. */
  readonly onAbort: (reason: unknown) => void;
}

/** A stream to a pipe, and how this side gives it up. */
export interface PipeWritable {
  readonly stream: WritableStream<Uint8Array>;
  /** Resolves when everything written to {@link stream} so far was taken, or never will be. */
  idle(): Promise<void>;
  /** Errors {@link stream} with `reason` and, where the pipe may be closed, closes it. */
  stop(reason: unknown): void;
}

/**
 * A Node stream as a web stream. Chunks are passed on as they are and must not be changed afterwards.
 *
 * When the reader of the pipe has gone, writes reject with a `lost` {@link ScpConnectionError}; closing the stream is
 * no error then, unless something written before was not taken.
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
        // The sink's own abort() has to wait for a write that may never end.
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

  // Called when a chunk is written, before it waits for its turn: the one place that sees it so early.
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
    "The command stopped reading before it was sent everything",
    "See what it wrote to standard error",
    cause === undefined ? undefined : { cause },
  );
}
