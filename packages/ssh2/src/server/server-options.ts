import type { ScpSessionChannel } from "@scpkit/core";
import type { Ssh2Algorithms } from "../algorithms.ts";
import type { Ssh2DropReason, Ssh2MaxStartups } from "./startup-limits.ts";

/** A login attempt. */
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

/** A connection that was closed before it began. */
export interface Ssh2DroppedConnection {
  /** `undefined` when the connection is already gone. */
  readonly remoteAddress: string | undefined;
  /** The option whose limit was reached. */
  readonly reason: Ssh2DropReason;
}

/** Options of `startSshServer`. */
export interface SshServerOptions<S extends object> {
  /** Private keys in OpenSSH or PEM format, without a passphrase, one of a type: see `generateHostKey`. */
  readonly hostKeys: readonly (string | Uint8Array)[];
  /**
   * Decides about a login, once per key and password that a client offers; never again once `maxAuthTries` is reached.
   * Do the same work for names that do not exist: the time of a refusal must not depend on the name.
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
  /** Port to listen on; 0: a free port. @default 0 */
  readonly port?: number | undefined;
  /**
   * Algorithms that the server offers, best first. A list that is left out keeps its default; names that this runtime does not have are
   * skipped. Old devices may need `kex: [...defaultAlgorithms.kex, "diffie-hellman-group14-sha1"]` and
   * `hostKey: [...defaultAlgorithms.hostKey, "ssh-rsa"]` with an RSA host key. @default defaultAlgorithms
   */
  readonly algorithms?: Partial<Ssh2Algorithms> | undefined;
  /**
   * Signature algorithms that are accepted from client keys, as sshd's PubkeyAcceptedAlgorithms. `ssh-rsa` is SHA-1, which proves
   * little. @default those of `defaultAlgorithms.hostKey`
   */
  readonly publicKeyAlgorithms?: readonly string[] | undefined;
  /** Connections at the same time, logged in or not; one too many is dropped. @default 128 */
  readonly maxConnections?: number | undefined;
  /**
   * Connections that have not logged in, at the same time: between `begin` and `full` new ones are dropped at random, so that some who
   * log in still get through. @default 32:30:100
   */
  readonly maxStartups?: Partial<Ssh2MaxStartups> | undefined;
  /**
   * Connections from one address that have not logged in, at the same time; one too many is dropped. An IPv6 address counts by its first
   * 64 bits. Set it to `Infinity` behind a proxy that hides the addresses. @default 16
   */
  readonly maxStartupsPerAddress?: number | undefined;
  /** Sessions at the same time on one connection; one too many is refused. @default 10, as OpenSSH's MaxSessions */
  readonly maxSessionsPerConnection?: number | undefined;
  /** Milliseconds a client has to log in before it is cut; 0: no limit. @default 120000, as OpenSSH's LoginGraceTime */
  readonly loginGraceMs?: number | undefined;
  /** Refused logins after which a client is cut. @default 6, as OpenSSH's MaxAuthTries */
  readonly maxAuthTries?: number | undefined;
  /** Milliseconds that a client which has logged in may have no session before it is cut; 0: no limit. @default 600000 */
  readonly unusedConnectionMs?: number | undefined;
  /**
   * Milliseconds of silence after which a client that has logged in is asked whether it is still there; 0: never. TCP's own keepalive
   * is always on. @default 15000
   */
  readonly keepaliveIntervalMs?: number | undefined;
  /** Unanswered questions after which a client counts as lost. @default 3 */
  readonly keepaliveCountMax?: number | undefined;
  /** Bytes a client may send ahead of the reader, per session. @default 2097152 */
  readonly windowBytes?: number | undefined;
  /** Called for each connection that a limit dropped. A flood calls it as often as it connects: count, rather than write a line each. */
  readonly onDrop?: ((dropped: Ssh2DroppedConnection) => void) | undefined;
  /** Called with what broke one client's connection, login or session. Nothing needs to be done: the others go on. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
