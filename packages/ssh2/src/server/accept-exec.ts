import { ScpConnectionError, type ScpSessionChannel } from "@scpkit/core";
import type { AcceptConnection, ExecInfo, RejectConnection, ServerChannel } from "ssh2";
import { connectionOf } from "../channel/internals.ts";
import type { Ssh2ServerChannel, Ssh2ServerSession } from "../ssh2-objects.ts";
import { createSessionChannel } from "./session-channel.ts";

/** Options of {@link acceptExec} and {@link onExec}. */
export interface AcceptExecOptions {
  /**
   * Bytes that a client may send ahead of the reader, per session. An idle session can buffer at most this many bytes.
   * The minimum is ssh2's own window.
   * @default 2097152
   */
  readonly windowBytes?: number | undefined;
}

/** An accepted exec request. */
export interface Ssh2ExecSession {
  /** The command line. The peer wrote it: parse it, and never pass it to a shell. */
  readonly command: string;
  readonly channel: ScpSessionChannel;
}

/**
 * Accepts an exec request of an ssh2 server session. Check `info.command` first, and call this only for commands that
 * you handle: the session's other listeners are not affected.
 *
 * @param accept as ssh2 passes it to listeners of the session's `exec` event
 * @param info as ssh2 passes it to listeners of the session's `exec` event
 * @throws {ScpConnectionError} `lost`: another listener answered the request, or the client has disconnected
 */
export function acceptExec(
  accept: () => Ssh2ServerChannel,
  info: { readonly command: string },
  options: AcceptExecOptions = {},
): Ssh2ExecSession {
  const channel = accept() as ServerChannel | undefined;
  if (channel === undefined) {
    throw new ScpConnectionError(
      "lost",
      "The exec request was already answered, or the client has disconnected",
      "Accept a request once, inside the listener",
    );
  }
  disableNagle(channel);
  const windowBytes = options.windowBytes ?? 0;
  return { command: info.command, channel: createSessionChannel(channel, { windowBytes }) };
}

/** Runs one accepted command. It owns the channel and calls its `exit`. */
export type Ssh2ExecHandler = (channel: ScpSessionChannel) => void | Promise<void>;

/** Options of {@link onExec}. */
export interface OnExecOptions extends AcceptExecOptions {
  /** Called with an error that a handler threw, after the session was ended with status 1. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Answers the exec requests of an ssh2 server session for which `choose` returns a handler.
 *
 * @param choose returns the handler that runs the command line, or `undefined` to leave it to the session's other
 * `exec` listeners; if there are none, the request is rejected
 */
export function onExec(
  session: Ssh2ServerSession,
  choose: (command: string) => Ssh2ExecHandler | undefined,
  options: OnExecOptions = {},
): void {
  session.on(
    "exec",
    (accept: AcceptConnection<ServerChannel>, reject: RejectConnection | undefined, info: ExecInfo) => {
      const handler = choose(info.command);
      if (handler === undefined) {
        if (session.listenerCount("exec") === 1) reject?.();
        return;
      }
      const { channel } = acceptExec(accept, info, options);
      void run(handler, channel, options);
    },
  );
}

async function run(handler: Ssh2ExecHandler, channel: ScpSessionChannel, options: OnExecOptions): Promise<void> {
  try {
    await handler(channel);
  } catch (error) {
    await channel.exit(1);
    options.onError?.(error);
  }
}

/** Disables Nagle's algorithm: with it, a transfer of small files slows down to a few files per second. */
function disableNagle(channel: ServerChannel): void {
  const connection = connectionOf(channel);
  if (connection !== undefined && "setNoDelay" in connection && typeof connection.setNoDelay === "function") {
    connection.setNoDelay(true);
  }
}
