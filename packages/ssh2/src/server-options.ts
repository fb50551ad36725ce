import type { ScpSessionChannel } from "@scpkit/channel";

/** Somebody who wants in. */
export type Ssh2LoginAttempt = Ssh2PublicKeyAttempt | Ssh2PasswordAttempt;

/** A login with a key. */
export interface Ssh2PublicKeyAttempt {
  readonly method: "publickey";
  readonly username: string;
  /** As on the wire, for `isAuthorizedKey`. That the client holds the private key is checked by the server, afterwards. */
  readonly publicKey: Uint8Array;
  /** `undefined` when the connection is already gone. */
  readonly remoteAddress: string | undefined;
}

/** A login with a password. */
export interface Ssh2PasswordAttempt {
  readonly method: "password";
  readonly username: string;
  /** Compare it in constant time (`crypto.timingSafeEqual` of two digests, or a password hash). */
  readonly password: string;
  /** `undefined` when the connection is already gone. */
  readonly remoteAddress: string | undefined;
}

/** What a client that is logged in asks for. */
export interface Ssh2ServerRequest<S> {
  /** What `authenticate` gave for this connection. */
  readonly session: S;
  /** One object per connection, for counting and grouping. */
  readonly connection: object;
  /** The identification line of the client's SSH program, such as `SSH-2.0-OpenSSH_9.2p1 Debian-2`. Written by the peer. */
  readonly peerIdentification: string;
}

/** A command that a client wants to run. */
export interface Ssh2ExecRequest<S> extends Ssh2ServerRequest<S> {
  /** Written by the peer: parse it, never give it to a shell. */
  readonly command: string;
}

/** Runs one command or shell; it owns the channel and calls its `exit`. What it throws ends the session with status 1. */
export type Ssh2SessionHandler = (channel: ScpSessionChannel) => unknown;

/** Options of `startSshServer`. */
export interface SshServerOptions<S extends object> {
  /** Private keys in OpenSSH or PEM format, without a passphrase, one of a type: see `generateHostKey`. */
  readonly hostKeys: readonly (string | Uint8Array)[];
  /**
   * Decides about a login, once per key and password that a client offers.
   *
   * @returns an object that stands for the user, handed to `exec` and `shell`; `undefined` refuses, and so does throwing
   */
  readonly authenticate: (attempt: Ssh2LoginAttempt) => S | undefined | Promise<S | undefined>;
  /** Looks at a command and returns what runs it; `undefined` refuses the request. */
  readonly exec: (request: Ssh2ExecRequest<S>) => Ssh2SessionHandler | undefined;
  /** As `exec`, for a request of a shell, as WinSCP makes it in SCP mode. Absent: refused. */
  readonly shell?: ((request: Ssh2ServerRequest<S>) => Ssh2SessionHandler | undefined) | undefined;
  /** Login methods that are offered. @default ["publickey"] */
  readonly methods?: readonly Ssh2LoginAttempt["method"][] | undefined;
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** Port to listen on; 0: any that is free. @default 0 */
  readonly port?: number | undefined;
  /** Connections at the same time, logged in or not; one too many is cut. @default 128 */
  readonly maxConnections?: number | undefined;
  /** Sessions at the same time on one connection; one too many is refused. @default 10, as OpenSSH's MaxSessions */
  readonly maxSessionsPerConnection?: number | undefined;
  /** Milliseconds a client has to log in before it is cut; 0: no limit. @default 120000, as OpenSSH's LoginGraceTime */
  readonly loginGraceMs?: number | undefined;
  /** Refused logins after which a client is cut. @default 6, as OpenSSH's MaxAuthTries */
  readonly maxAuthTries?: number | undefined;
  /** Bytes a client may send ahead of the reader, per session. @default 2097152 */
  readonly windowBytes?: number | undefined;
  /** Told what broke one client's connection, login or session. Nothing needs to be done: the others go on. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
