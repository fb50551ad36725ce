/**
 * A byte connection to an SCP peer. Read the peer's output from `readable`, and write its input to `writable`.
 *
 * Any pair of web streams of `Uint8Array` is a channel: a WebSocketStream, a WebTransport stream, a Deno connection,
 * one side of {@link createChannelPair}. Chunk boundaries have no meaning. A transfer locks both streams and does
 * not release them. When it succeeds, it closes `writable` and reads `readable` to its end. When it fails, it aborts `writable` and
 * cancels `readable`.
 */
export interface ScpChannel {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** How a remote command ended. */
export interface ScpExit {
  /** Exit status; `undefined` when the command was killed by a signal or the connection was lost before the status arrived. */
  readonly code?: number | undefined;
  /** Name of the signal that killed it, without `SIG`: `"KILL"`. */
  readonly signal?: string | undefined;
}

/** A remote command as its caller sees it. */
export interface ScpExecChannel extends ScpChannel, AsyncDisposable {
  /**
   * Standard error of the command. The transport reads from the peer even if this stream is not read, so an unread `stderr` never
   * blocks the transfer. At most the last 64 KiB are kept.
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
  /** Settles when the session is over: after `exit`, or when the client disconnects. Never rejects. */
  readonly closed: Promise<ScpExit>;
  /** Sends what was written so far, then the exit status (0 to 255), and ends the session. Safe to call twice. */
  exit(code: number): Promise<void>;
}

/** Runs commands on a peer. The interface between scpkit and an SSH library. */
export interface ScpTransport {
  /**
   * The peer's SSH identification (`"SSH-2.0-OpenSSH_9.2p1 Debian-2"`) where the transport knows it.
   * Replies are sent ahead only to peers that are known to allow it.
   */
  readonly peerIdentification?: string | undefined;
  /**
   * Starts `command` in the peer's shell.
   *
   * @throws {ScpConnectionError} the connection is lost, or the peer rejected the command (`code` is `"channel-refused"`)
   */
  exec(command: string, options?: ScpExecOptions): Promise<ScpExecChannel>;
}

/** Options of `exec` of {@link ScpTransport}. */
export interface ScpExecOptions {
  /** Ends the command, also after `exec` has resolved. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether to wait for the end of another command if the peer allows no more commands at a time. Do not set it for a command that
   * another command waits for, because both would wait forever. A transport without such a limit ignores it.
   * @default false: `exec` rejects
   */
  readonly queue?: boolean | undefined;
}
