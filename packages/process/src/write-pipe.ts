import type { Writable } from "node:stream";
import { ScpConnectionError } from "@scpkit/channel";

/** Bytes that may wait in the web stream. */
const queueBytes = 256 * 1024;

/** Options of {@link writePipe}. */
export interface WritePipeOptions {
  /** Closes the descriptor when the stream is closed. @default true */
  readonly end?: boolean | undefined;
  /** Called when the stream is aborted. */
  readonly onAbort?: (() => void) | undefined;
}

/**
 * A Node stream as a web stream. Chunks are passed on as they are and must not be changed afterwards. A reader that has gone
 * errors it with a `lost` {@link ScpConnectionError}.
 */
export function writePipe(pipe: Writable, options: WritePipeOptions = {}): WritableStream<Uint8Array> {
  let lost: ScpConnectionError | undefined;
  let waiting: { resolve(): void; reject(reason: unknown): void } | undefined;
  const settle = (error: ScpConnectionError | undefined): void => {
    const waiter = waiting;
    waiting = undefined;
    if (error === undefined) waiter?.resolve();
    else waiter?.reject(error);
  };
  return new WritableStream<Uint8Array>(
    {
      start(controller) {
        const lose = (cause?: unknown): void => {
          if (lost !== undefined || pipe.writableFinished) return;
          lost = new ScpConnectionError(
            "lost",
            "The command stopped reading before it was sent everything",
            "See what it wrote to standard error",
            { cause },
          );
          settle(lost);
          controller.error(lost);
        };
        pipe.on("error", lose);
        pipe.once("close", () => lose());
        pipe.on("drain", () => settle(undefined));
      },
      write(chunk) {
        if (lost !== undefined) throw lost;
        if (pipe.write(chunk)) return undefined;
        return new Promise((resolve, reject) => {
          waiting = { resolve, reject };
        });
      },
      close() {
        if (lost !== undefined) throw lost;
        return new Promise((resolve, reject) => {
          waiting = { resolve, reject };
          const done = (): void => settle(undefined);
          if (options.end === false) pipe.write(new Uint8Array(0), done);
          else pipe.end(done);
        });
      },
      abort() {
        settle(undefined);
        if (options.end !== false) pipe.destroy();
        options.onAbort?.();
      },
    },
    { highWaterMark: queueBytes, size: (chunk) => chunk.byteLength },
  );
}
