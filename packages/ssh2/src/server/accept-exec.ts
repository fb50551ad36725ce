import { ScpConnectionError, type ScpSessionChannel } from "@scpkit/core";
import type { AcceptConnection, ExecInfo, RejectConnection, ServerChannel } from "ssh2";
import { connectionOf } from "../channel/internals.ts";
import type { Ssh2ServerChannel, Ssh2ServerSession } from "../ssh2-objects.ts";
import { createSessionChannel } from "./session-channel.ts";

/** Options of {@link acceptExec} and {@link onExec}. */
export interface AcceptExecOptions {
  /**
   * Bytes a client may send ahead of the reader, per session; so much memory an idle session can be made to hold.
   * ssh2's own window is the least.
   * @default 2097152
   */
  readonly windowBytes?: number | undefined;
}

/** An exec request that was accepted. */
export interface Ssh2ExecSession {
  /** The command line as the client sent it. Written by the peer: parse it, never give it to a shell. */
  readonly command: string;
  readonly channel: ScpSessionChannel;
}

/**
 * Accepts an exec request of an ssh2 server session. Look at `info.command` first, and call this only for what is
 * yours: the session's other handlers are not touched.
 *
 * @param accept as ssh2 gives it to listeners of the session's `exec` event
 * @param info as ssh2 gives it to listeners of the session's `exec` event
 * @throws {ScpConnectionError} `lost`: another listener answered the request, or the client has gone
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
      "The exec request was answered before, or the client has gone",
      "Accept a request once, inside the listener",
    );
  }
  disableNagle(channel);
  const windowBytes = options.windowBytes ?? 0;
  return { command: info.command, channel: createSessionChannel(channel, { windowBytes }) };
}

/** Runs one accepted command; it owns the channel and calls its `exit`. */
export type Ssh2ExecHandler = (channel: ScpSessionChannel) => void | Promise<void>;

/** Options of {@link onExec}. */
export interface OnExecOptions extends AcceptExecOptions {
  /** Told what a handler threw. The session was ended with status 1 by then. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Answers the exec requests of an ssh2 server session that `choose` wants.
 *
 * @param choose looks at the command line and returns what runs it, or `undefined` to leave it to the session's other
 *   `exec` listeners; where there are none the request is refused
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

/** Small answers must not wait for more: a transfer of small files would fall to a few files a second. */
function disableNagle(channel: ServerChannel): void {
  const connection = connectionOf(channel);
  if (connection !== undefined && "setNoDelay" in connection && typeof connection.setNoDelay === "function") {
    connection.setNoDelay(true);
  }
}
