import { type ScpConnectionError, type ScpExecChannel, type ScpExit, TailStream } from "@scpkit/core";
import type { ClientChannel } from "ssh2";
import { ChannelLifecycle } from "../channel/channel-lifecycle.ts";
import { readChannel } from "../channel/channel-readable.ts";
import { flushed, writeChannel } from "../channel/channel-writable.ts";
import { connectionOf, socketOf } from "../channel/internals.ts";
import type { WindowGrowth } from "../channel/receive-window.ts";

/** Bytes of standard error that are kept while nobody reads it. */
const stderrBytes = 64 * 1024;

/** Options of {@link createExecChannel}. */
export interface ExecChannelOptions {
  readonly growth: WindowGrowth;
  readonly signal: AbortSignal | undefined;
  /** Returns the error for users of the channel when the connection is lost. */
  readonly describeLoss: () => ScpConnectionError;
  /** Called when the peer broke the SSH protocol. The connection must be closed. */
  readonly onOverrun: () => void;
}

/**
 * Wraps a command that was started over ssh2. Call it inside ssh2's `exec` callback, because the peer's next message
 * may be in the same packet.
 */
export function createExecChannel(channel: ClientChannel, options: ExecChannelOptions): ScpExecChannel {
  const { signal } = options;
  const life = new ChannelLifecycle(channel, options.describeLoss);
  const stderr = new TailStream(stderrBytes);
  channel.stderr.on("data", (chunk: Uint8Array) => stderr.push(chunk));

  const readable = readChannel(channel, life, {
    growth: options.growth,
    endsAt: "close",
    onCancel: (reason) => life.stop(reason),
    onOverrun: options.onOverrun,
  });
  const { stream: writable } = writeChannel(channel, life, {
    socket: socketOf(connectionOf(channel)),
    onClose: () => {
      const done = flushed(channel, life);
      channel.end();
      return done;
    },
  });

  const closed = life.gone.then((): ScpExit => (life.end?.type === "lost" ? {} : life.exit));
  const abort = (): void => life.stop(signal?.reason);
  signal?.addEventListener("abort", abort);
  void closed.then(() => {
    stderr.end();
    signal?.removeEventListener("abort", abort);
  });
  if (signal?.aborted) abort();

  const close = async (): Promise<void> => {
    life.stop(new DOMException("This side closed the channel", "AbortError"));
    await closed;
  };
  return { readable, writable, stderr: stderr.readable, closed, close, [Symbol.asyncDispose]: close };
}
