import type { Writable } from "node:stream";
import { ScpConnectionError } from "@scpkit/core";
import type { ChannelLifecycle } from "./channel-lifecycle.ts";
import { corkForTick, isBackedUp, onSocketDrained } from "./socket-backpressure.ts";

/**
 * Chunks up to this length are sent together with those that other channels write in the same turn of the event loop.
 */
const joinedBytes = 16 * 1024;

/** Bytes that may be queued in the web stream; ssh2 holds up to 2 MiB more. */
const queueBytes = 256 * 1024;

/** Options of {@link writeChannel}. */
export interface WriteChannelOptions {
  /** The socket below, if it is accessible. */
  readonly socket: Writable | undefined;
  /** Schedules each write. @default at once */
  readonly schedule?: ((write: ScheduledWrite) => Promise<void> | undefined) | undefined;
  /** Called when the stream is closed and everything was passed to ssh2. */
  readonly onClose: () => Promise<void> | undefined;
}

/** Passes one chunk to ssh2. Returns a promise if the peer has to accept some of it first. */
export type ScheduledWrite = () => Promise<void> | undefined;

/** A stream to the peer that reports when it is idle. */
export interface ChannelWritable {
  readonly stream: WritableStream<Uint8Array>;
  /**
   * Resolves when everything that was written to {@link stream} so far was passed to ssh2, or the channel has ended.
   */
  idle(): Promise<void>;
}

/**
 * Returns the input of an ssh2 channel as a web stream. Chunks of any size are passed on without a copy, and must not
 * be changed afterwards: ssh2 may keep them until the peer's window opens.
 *
 * Every wait is raced against the end of the channel, because ssh2 does not call back for data that it could not send.
 *
 * @param output the channel itself, or its standard error
 */
export function writeChannel(output: Writable, life: ChannelLifecycle, options: WriteChannelOptions): ChannelWritable {
  const { socket, schedule } = options;
  let full = false;
  let pending = 0;
  const idlers: (() => void)[] = [];
  let waiter: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;

  output.on("drain", () => {
    full = false;
    release();
  });
  life.onDeaf(() => settleWaiter(deafError()));

  const stream = new WritableStream<Uint8Array>(
    {
      start(controller): void {
        // The sink's own abort() is only called after the pending write, which may never end.
        const signal = "signal" in controller ? controller.signal : undefined;
        if (signal instanceof AbortSignal) signal.addEventListener("abort", () => life.stop(signal.reason));
        life.onEnd((end) => {
          if (end.type === "ended") {
            settleWaiter(deafError());
          } else {
            settleWaiter(end.reason);
            // Node 20 fails an assertion when a stream is errored while it is being aborted.
            if (!(signal instanceof AbortSignal && signal.aborted)) controller.error(end.reason);
          }
        });
      },
      write(chunk): Promise<void> | undefined {
        const writing = schedule === undefined ? write(chunk) : schedule(() => write(chunk));
        if (writing === undefined) {
          done();
          return undefined;
        }
        return writing.then(done);
      },
      close(): Promise<void> | undefined {
        if (life.deaf && output.writableLength > 0) throw deafError();
        return life.deaf ? undefined : options.onClose();
      },
      abort(reason): void {
        life.stop(reason);
      },
    },
    { highWaterMark: queueBytes, size },
  );
  life.onEnd(settleIdlers);
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      if (pending === 0 || life.end !== undefined) resolve();
      else idlers.push(resolve);
    });
  return { stream, idle };

  // The queuing strategy sees a chunk when it is written, before the chunk waits for its turn.
  function size(chunk: Uint8Array | undefined): number {
    pending += 1;
    return chunk?.byteLength ?? 0;
  }

  function done(): void {
    pending -= 1;
    if (pending === 0) settleIdlers();
  }

  function settleIdlers(): void {
    for (const resolve of idlers.splice(0)) resolve();
  }

  function write(chunk: Uint8Array): Promise<void> | undefined {
    if (life.deaf) throw deafError();
    if (chunk.byteLength <= joinedBytes) corkForTick(socket);
    full = !output.write(chunk);
    if (!full && !isBackedUp(socket)) return undefined;
    return new Promise((resolve, reject) => {
      waiter = { resolve, reject };
      release();
    });
  }

  function release(): void {
    if (waiter === undefined || full) return;
    if (isBackedUp(socket)) {
      onSocketDrained(socket, release);
      return;
    }
    const { resolve } = waiter;
    waiter = undefined;
    resolve();
  }

  function settleWaiter(reason: unknown): void {
    const waiting = waiter;
    waiter = undefined;
    waiting?.reject(reason);
  }
}

/**
 * Waits until everything written to `output` was passed to the peer.
 *
 * @throws the error of {@link ChannelLifecycle} if the channel ends first
 */
export function flushed(output: Writable, life: ChannelLifecycle): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      const { end } = life;
      reject(end === undefined || end.type === "ended" ? deafError() : end.reason);
    };
    life.onEnd(fail);
    life.onDeaf(fail);
    // An empty write is called back after all writes before it.
    output.write(new Uint8Array(0), (error) => (error ? fail() : resolve()));
  });
}

function deafError(): ScpConnectionError {
  return new ScpConnectionError(
    "lost",
    "The peer stopped reading before everything was sent",
    "Check what the remote command wrote to standard error",
  );
}
