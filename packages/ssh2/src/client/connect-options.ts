import type { Duplex } from "node:stream";
import { checkOptions, type OptionKinds } from "@scpkit/core/engine";
import { algorithmKinds, type Ssh2Algorithms } from "../algorithms.ts";
import type { Ssh2AuthMethod } from "../auth/auth-method.ts";
import type { Ssh2HostKeyVerifier } from "../auth/host-key.ts";
import type { KeyRules } from "../auth/key-rules.ts";
import type { Ssh2Agent } from "../ssh2-objects.ts";
import type { WrapClientOptions } from "./connection.ts";

/** How long one set of keys is used, as `RekeyLimit`. */
export interface Ssh2RekeyLimit {
  /** Bytes in either direction, at least 16. @default no limit; the server has one */
  readonly bytes?: number | undefined;
  /** @default no limit */
  readonly seconds?: number | undefined;
}

/** Options of `connect`. The lists of algorithms default to `defaultAlgorithms`; unknown names in them are skipped. */
export interface ConnectOptions extends Partial<Ssh2Algorithms>, KeyRules, WrapClientOptions {
  readonly host: string;
  /** @default 22 */
  readonly port?: number | undefined;
  readonly username: string;
  /** Login methods, in the order in which they are tried. @default none */
  readonly auth?: readonly Ssh2AuthMethod[] | undefined;
  /**
   * Decides about the server's key. There is no default. Any result other than an {@link Ssh2HostKeyVerdict} that
   * accepts rejects the key. Its time does not count against {@link connectTimeoutMs}, so it may ask a person.
   */
  readonly verifyHostKey: Ssh2HostKeyVerifier;
  /** Compresses the connection after login, as `-C`. Not available on Deno. @default false */
  readonly compression?: boolean | undefined;
  /**
   * Milliseconds until the key exchange is finished, including the wait for {@link sock}, as `ConnectTimeout` of
   * ssh_config(5). The login that follows has no time limit, because an agent, PAM or a second factor may wait for a
   * person: use {@link signal} to limit it. 0 leaves only the system's limit for TCP. @default 0
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Milliseconds without data from the server after which a keepalive request is sent, as `ServerAliveInterval` of
   * ssh_config. 0 sends none; after a silent network failure a transfer then waits until the system gives up the TCP
   * connection, possibly for ever.
   * @default 15000
   */
  readonly keepaliveIntervalMs?: number | undefined;
  /** Keepalive requests without a reply after which the connection is closed and reported as `lost`. @default 3 */
  readonly keepaliveCountMax?: number | undefined;
  /**
   * A stream to use instead of a new TCP connection: the result of `forwardOut` of another connection, the pipes of a
   * ProxyCommand as a Duplex, or a socket that is still being opened (`openSocket` of `@scpkit/ssh2/socket`). The
   * connection owns it from now on, also if `connect` fails.
   */
  readonly sock?: Duplex | Promise<Duplex> | undefined;
  /**
   * Renegotiates the keys after a number of bytes or seconds, as `RekeyLimit`. The server may renegotiate them sooner.
   * @default never by this side
   */
  readonly rekeyLimit?: Ssh2RekeyLimit | undefined;
  /** Local address to connect from, as `BindAddress`. */
  readonly localAddress?: string | undefined;
  /**
   * Forwards this agent (its socket, or an agent of ssh2) to the server while the connection is open, as `-A`. Whoever
   * controls the server's account can then use its keys to log in elsewhere. If the server rejects the forwarding, the
   * commands run without it. The agent is not forwarded if {@link verifyHostKey} returned `"without-secrets"`. @default
   * none
   */
  readonly forwardAgent?: string | Ssh2Agent | undefined;
  /**
   * Environment variables sent before each command, by name, as `SetEnv` and `SendEnv` (RFC 4254, 6.4). The server
   * decides which ones it accepts and does not reply; OpenSSH's accepts those of its `AcceptEnv`. @default none
   */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Uses only IPv4 or only IPv6, as `-4` and `-6`. @default both */
  readonly addressFamily?: 4 | 6 | undefined;
  /**
   * Awaited before the first login request. A rejection ends the attempt. Used for a second connection that follows a
   * first one.
   * @default nothing
   */
  readonly beforeLogin?: (() => Promise<void>) | undefined;
  /**
   * Called once, with the milliseconds from the open TCP connection to the server's key exchange proposal: one round
   * trip plus the server's startup time.
   */
  readonly onServerHello?: ((sinceOpenMs: number) => void) | undefined;
  /**
   * Aborts the attempt: everything open is closed and `connect` rejects with the reason. It has no effect on an
   * established connection.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called with the server's login banner. The peer wrote it: escape it before you write it to a terminal. */
  readonly onBanner?: ((text: string) => void) | undefined;
  /** Called with ssh2's debug messages. It slows the connection down. */
  readonly onDebug?: ((line: string) => void) | undefined;
}

const optionKinds: OptionKinds<ConnectOptions> = {
  ...algorithmKinds,
  publicKeyAlgorithms: "array",
  minRsaBits: "number",
  windowBytes: "number",
  host: "string",
  port: "number",
  username: "string",
  auth: "array",
  verifyHostKey: "function",
  compression: "boolean",
  connectTimeoutMs: "number",
  keepaliveIntervalMs: "number",
  keepaliveCountMax: "number",
  sock: "object",
  rekeyLimit: { options: { bytes: "number", seconds: "number" } },
  localAddress: "string",
  forwardAgent: "string|object",
  environment: "object",
  addressFamily: [4, 6],
  beforeLogin: "function",
  onServerHello: "function",
  signal: "signal",
  onBanner: "function",
  onDebug: "function",
};

/**
 * Checks the options of `connect`.
 *
 * @throws {TypeError} if an option is missing, unknown or has an invalid value
 */
export function checkConnectOptions(options: ConnectOptions): void {
  checkOptions("connect", options, optionKinds, { error: TypeError });
  if (options.verifyHostKey === undefined) {
    throw new TypeError("The option verifyHostKey is missing: without it every server would be trusted");
  }
  if (options.username === undefined) throw new TypeError("The option username is missing");
  if (options.host === undefined || options.host === "") throw new TypeError("The option host is missing");
}
