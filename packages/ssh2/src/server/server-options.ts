import type { ScpSessionChannel } from "@scpkit/core";
import type { Ssh2Algorithms } from "../algorithms.ts";
import type { Ssh2DropReason, Ssh2MaxStartups } from "./startup-limits.ts";

/** A login attempt. */
export type Ssh2LoginAttempt = Ssh2PublicKeyAttempt | Ssh2PasswordAttempt;

/** A login with a key. */
export interface Ssh2PublicKeyAttempt {
  readonly method: "publickey";
  readonly username: string;
  /**
   * The key in wire format, for `isAuthorizedKey`. The server checks afterwards that the client holds the private key.
   */
  readonly publicKey: Uint8Array;
  /** `undefined` if the connection has already closed. */
  readonly remoteAddress: string | undefined;
}

/** A login with a password. */
export interface Ssh2PasswordAttempt {
  readonly method: "password";
  readonly username: string;
  /** The password. Compare it in constant time (`crypto.timingSafeEqual` of two digests, or a password hash). */
  readonly password: string;
  /** `undefined` if the connection has already closed. */
  readonly remoteAddress: string | undefined;
}

/** A request of a client that is logged in. */
export interface Ssh2ServerRequest<S> {
  /** The object that `authenticate` returned for this connection. */
  readonly session: S;
  /** An object that identifies the connection, for counting and grouping. */
  readonly connection: object;
  /**
   * The identification line of the client's SSH program, such as `SSH-2.0-OpenSSH_9.2p1 Debian-2`. The peer wrote it.
   */
  readonly peerIdentification: string;
}

/** A client's request to run a command. */
export interface Ssh2ExecRequest<S> extends Ssh2ServerRequest<S> {
  /** The command line. The peer wrote it: parse it, and never pass it to a shell. */
  readonly command: string;
}

/**
 * Runs one command or shell. It owns the channel and calls its `exit`. An error that it throws ends the session with
 * status 1.
 */
export type Ssh2SessionHandler = (channel: ScpSessionChannel) => unknown;

/** A connection that was closed before the handshake. */
export interface Ssh2DroppedConnection {
  /** `undefined` if the connection has already closed. */
  readonly remoteAddress: string | undefined;
  /** The option whose limit was reached. */
  readonly reason: Ssh2DropReason;
}

/** Options of `startSshServer`. */
export interface SshServerOptions<S extends object> {
  /** Private keys in OpenSSH or PEM format, without a passphrase, one of each type; see `generateHostKey`. */
  readonly hostKeys: readonly (string | Uint8Array)[];
  /**
   * Decides about a login. Called once for each key and password that a client offers, and no more once `maxAuthTries`
   * is reached. Do the same work for unknown user names: the time of a rejection must not depend on the name.
   *
   * @returns an object that identifies the user and is passed to `exec` and `shell`; `undefined` or an error rejects
   * the login
   */
  readonly authenticate: (attempt: Ssh2LoginAttempt) => S | undefined | Promise<S | undefined>;
  /** Returns the handler that runs a command; `undefined` rejects the request. */
  readonly exec: (request: Ssh2ExecRequest<S>) => Ssh2SessionHandler | undefined;
  /** Does the same as `exec` for a shell, which WinSCP requests in SCP mode. If absent, shells are rejected. */
  readonly shell?: ((request: Ssh2ServerRequest<S>) => Ssh2SessionHandler | undefined) | undefined;
  /** Login methods that are offered. @default ["publickey"] */
  readonly methods?: readonly Ssh2LoginAttempt["method"][] | undefined;
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** Port to listen on; 0 chooses a free port. @default 0 */
  readonly port?: number | undefined;
  /**
   * Algorithms that the server offers, best first. An omitted list keeps its default; names that this runtime does not
   * support are skipped. Old devices may need `kex: [...defaultAlgorithms.kex, "diffie-hellman-group14-sha1"]` and
   * `hostKey: [...defaultAlgorithms.hostKey, "ssh-rsa"]` with an RSA host key. @default defaultAlgorithms
   */
  readonly algorithms?: Partial<Ssh2Algorithms> | undefined;
  /**
   * Signature algorithms that are accepted from client keys, as sshd's PubkeyAcceptedAlgorithms. `ssh-rsa` uses SHA-1,
   * which is not secure. @default those of `defaultAlgorithms.hostKey`
   */
  readonly publicKeyAlgorithms?: readonly string[] | undefined;
  /**
   * Maximum number of concurrent connections, logged in or not. Connections over the limit are dropped. @default 128
   */
  readonly maxConnections?: number | undefined;
  /**
   * Limits on concurrent connections that have not logged in. Between `begin` and `full` new ones are dropped at
   * random, so that some logins still succeed. @default 32:30:100
   */
  readonly maxStartups?: Partial<Ssh2MaxStartups> | undefined;
  /**
   * Maximum number of concurrent connections from one address that have not logged in. Connections over the limit are
   * dropped. An IPv6 address counts by its first 64 bits. Set it to `Infinity` behind a proxy that hides the addresses.
   * @default 16
   */
  readonly maxStartupsPerAddress?: number | undefined;
  /**
   * Maximum number of concurrent sessions on one connection. Sessions over the limit are rejected. @default 10, as
   * OpenSSH's MaxSessions
   */
  readonly maxSessionsPerConnection?: number | undefined;
  /**
   * Milliseconds that a client has to log in before it is disconnected; 0 sets no limit. @default 120000, as OpenSSH's
   * LoginGraceTime
   */
  readonly loginGraceMs?: number | undefined;
  /** Rejected logins after which a client is disconnected. @default 6, as OpenSSH's MaxAuthTries */
  readonly maxAuthTries?: number | undefined;
  /** Milliseconds without a session after which a logged-in client is disconnected; 0 sets no limit. @default 600000 */
  readonly unusedConnectionMs?: number | undefined;
  /**
   * Milliseconds of silence after which a keepalive request is sent to a logged-in client; 0 sends none. TCP's own
   * keepalive is always on. @default 15000
   */
  readonly keepaliveIntervalMs?: number | undefined;
  /** Keepalive requests without a reply after which the connection counts as lost. @default 3 */
  readonly keepaliveCountMax?: number | undefined;
  /** Bytes that a client may send ahead of the reader, per session. @default 2097152 */
  readonly windowBytes?: number | undefined;
  /**
   * Called for each connection that a limit dropped. In a flood it is called for every connection: count them instead
   * of logging each one.
   */
  readonly onDrop?: ((dropped: Ssh2DroppedConnection) => void) | undefined;
  /**
   * Called with an error of one client's connection, login or session. No action is needed: the other clients are not
   * affected.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}
