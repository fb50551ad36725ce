/**
 * A byte connection to an SCP peer: what it sends is read from `readable`, what is written to `writable` reaches it.
 *
 * Any pair of web streams of `Uint8Array` is a channel: a WebSocketStream, a WebTransport stream, a Deno connection,
 * one side of {@link createChannelPair}. Chunk boundaries mean nothing. A transfer locks both streams and releases
 * neither: when it ends well it closes `writable` and reads `readable` to its end; when it fails it aborts the one
 * and cancels the other.
 */
export interface ScpChannel {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** How a remote command ended. */
export interface ScpExit {
  /** Exit status; `undefined` when the command was killed by a signal or the connection was lost before it told. */
  readonly code?: number | undefined;
  /** Name of the signal that killed it, without `SIG`: `"KILL"`. */
  readonly signal?: string | undefined;
}

/** A remote command as its caller sees it. */
export interface ScpExecChannel extends ScpChannel, AsyncDisposable {
  /**
   * What the command writes to standard error. The transport keeps reading from the peer whether or not anyone reads this:
   * an unread `stderr` never blocks the transfer; at most the last 64 KiB are kept.
   */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Settles once the command has ended and all its output was delivered. Never rejects: a lost connection is `{}`. */
  readonly closed: Promise<ScpExit>;
  /** Ends the command if it still runs (the peer sees its channel closed) and waits for `closed`. Safe to call twice. */
  close(): Promise<void>;
}

/** A remote command as the server that runs it sees it. */
export interface ScpSessionChannel extends ScpChannel {
  /** Standard error of the command, shown to the user on the other side. */
  readonly stderr: WritableStream<Uint8Array>;
  /** Settles when the session is over: after `exit`, or as soon as the client has gone. Never rejects. */
  readonly closed: Promise<ScpExit>;
  /** Sends what was written so far, then the exit status (0 to 255), and ends the session. Safe to call twice. */
  exit(code: number): Promise<void>;
}

/** Runs commands on a peer. The seam between scpkit and an SSH library. */
export interface ScpTransport {
  /**
   * The peer's SSH identification (`"SSH-2.0-OpenSSH_9.2p1 Debian-2"`) where the transport knows it.
   * Replies are sent ahead only to peers that are known to allow it.
   */
  readonly peerIdentification?: string | undefined;
  /**
   * Starts `command` in the peer's shell.
   *
   * @throws {ScpConnectionError} the connection is gone, or the peer refused (`code` is `"channel-refused"`)
   */
  exec(command: string, options?: ScpExecOptions): Promise<ScpExecChannel>;
}

/** Options of `exec` of {@link ScpTransport}. */
export interface ScpExecOptions {
  /** Ends the command, also later. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether to wait for the end of another command when the peer refuses more of them at a time. Not for a command that another one
   * waits for: both would wait for ever. A transport without such a limit ignores it.
   * @default false: `exec` rejects
   */
  readonly queue?: boolean | undefined;
}
