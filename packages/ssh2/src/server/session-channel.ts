import { ScpConnectionError, type ScpExit, type ScpSessionChannel } from "@scpkit/core";
import type { ServerChannel } from "ssh2";
import { ChannelLifecycle } from "../channel/channel-lifecycle.ts";
import { readChannel } from "../channel/channel-readable.ts";
import { flushed, writeChannel } from "../channel/channel-writable.ts";
import { connectionOf, socketOf } from "../channel/internals.ts";
import { StderrLock } from "../channel/stderr-lock.ts";

/** Options of {@link createSessionChannel}. */
export interface SessionChannelOptions {
  /** Bytes that the client may send ahead of the reader. */
  readonly windowBytes: number;
}

/**
 * Wraps an exec channel that an ssh2 server accepted. Call it right after the channel was accepted, because the
 * client's next message may be in the same packet.
 */
export function createSessionChannel(channel: ServerChannel, options: SessionChannelOptions): ScpSessionChannel {
  const socket = socketOf(connectionOf(channel));
  const life = new ChannelLifecycle(channel, clientGone);
  channel.stderr.on("error", () => {});

  const readable = readChannel(channel, life, {
    // A server does not know its round-trip time, so a larger window applies at once.
    growth: { ceilingBytes: options.windowBytes, roundTripMs: Number.POSITIVE_INFINITY },
    endsAt: "end",
    // A server that stops reading may still have to send an exit status.
    onCancel: () => {},
    onOverrun: () => socket?.destroy(),
  });
  const turns = new StderrLock(channel, life);
  const output = writeChannel(channel, life, {
    socket,
    schedule: (write) => turns.output(write),
    onClose: () => flushed(channel, life),
  });
  const errors = writeChannel(channel.stderr, life, {
    socket,
    schedule: (write) => turns.errors(write),
    onClose: () => undefined,
  });

  let sent: ScpExit | undefined;
  let exiting: Promise<void> | undefined;
  let resolveSent: () => void = () => {};
  const afterExit = new Promise<void>((resolve) => {
    resolveSent = resolve;
  });

  async function sendExit(code: number): Promise<void> {
    try {
      await Promise.all([output.idle(), errors.idle()]);
      await flushed(channel, life);
      await flushed(channel.stderr, life);
      // The status is sent first: ssh2 drops it once the end of the output was sent.
      channel.exit(code);
      channel.eof();
      sent = { code };
      life.stop(new DOMException("The session has ended", "AbortError"));
    } catch {
      // The client has disconnected, so an error cannot be reported.
    } finally {
      resolveSent();
    }
  }

  return {
    readable,
    writable: output.stream,
    stderr: errors.stream,
    closed: Promise.race([afterExit, life.gone]).then(() => sent ?? {}),
    exit(code: number): Promise<void> {
      exiting ??= sendExit(code);
      return exiting;
    },
  };
}

function clientGone(): ScpConnectionError {
  return new ScpConnectionError("lost", "The client has disconnected", "No action is needed on this side");
}
