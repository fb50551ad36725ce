import type { Duplex } from "node:stream";
import { checkOptions, type OptionKinds } from "@scpkit/core/engine";
import { algorithmKinds, type Ssh2Algorithms } from "../algorithms.ts";
import type { Ssh2AuthMethod } from "../auth/auth-method.ts";
import type { Ssh2HostKeyVerifier } from "../auth/host-key.ts";
import type { KeyRules } from "../auth/key-rules.ts";
import type { Ssh2Agent } from "../ssh2-objects.ts";
import type { WrapClientOptions } from "./connection.ts";

/** How long one set of keys is used, as `RekeyLimit` says. */
export interface Ssh2RekeyLimit {
  /** Bytes in either direction, from 16 on. @default no limit; the server has one */
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
  /** Ways to log in, in the order in which they are tried. @default none */
  readonly auth?: readonly Ssh2AuthMethod[] | undefined;
  /**
   * Decides about the server's key; there is no default, and everything but an {@link Ssh2HostKeyVerdict} that accepts rejects the key.
   * The time it takes does not count against {@link connectTimeoutMs}: it may ask a person.
   */
  readonly verifyHostKey: Ssh2HostKeyVerifier;
  /** Compresses after login, as `-C` does. Not available on Deno. @default false */
  readonly compression?: boolean | undefined;
  /**
   * Milliseconds until the key exchange is finished, the wait for {@link sock} included, as `ConnectTimeout` of ssh_config(5). The login
   * that follows has no limit of its own, since an agent, PAM or a second factor may wait for a person: use {@link signal} to bound it.
   * 0: no limit but the system's for TCP. @default 0
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Milliseconds without data from the server after which a keepalive request is sent, as `ServerAliveInterval` of ssh_config does.
   * 0: never; a transfer over a network that goes silent then waits for as long as the system keeps the TCP connection, or for ever.
   * @default 15000
   */
  readonly keepaliveIntervalMs?: number | undefined;
  /** Keepalive requests without a reply after which the connection is closed and reported as `lost`. @default 3 */
  readonly keepaliveCountMax?: number | undefined;
  /**
   * Goes through this instead of a new TCP connection: what `forwardOut` of another connection returned, the pipes of a ProxyCommand as a
   * Duplex, or a socket that is still being opened (`openSocket` of `@scpkit/ssh2/socket`). Belongs to the connection from now on, also
   * when `connect` fails.
   */
  readonly sock?: Duplex | Promise<Duplex> | undefined;
  /**
   * Renegotiates the keys when they were used for so many bytes or so long, as `RekeyLimit` does. A server may renegotiate them sooner.
   * @default never by this side
   */
  readonly rekeyLimit?: Ssh2RekeyLimit | undefined;
  /** Address of this machine to connect from, as `BindAddress`. */
  readonly localAddress?: string | undefined;
  /**
   * Lets what runs on the server use this agent (its socket, or an agent of ssh2) while the connection stands, as `-A` does: whoever
   * controls the server's account can then log in elsewhere with its keys. A server that does not want it is left alone. The agent is not
   * forwarded when {@link verifyHostKey} returned `"without-secrets"`. @default none
   */
  readonly forwardAgent?: string | Ssh2Agent | undefined;
  /**
   * Environment variables sent before each command, by name, as `SetEnv` and `SendEnv` do (RFC 4254, 6.4). The server decides which it
   * takes and does not answer; OpenSSH's takes those of its `AcceptEnv`. @default none
   */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Only IPv4 or only IPv6, as `-4` and `-6`. @default both */
  readonly addressFamily?: 4 | 6 | undefined;
  /**
   * Awaited before the first request to log in. A rejection ends the attempt. For a second connection that follows a first one.
   * @default nothing
   */
  readonly beforeLogin?: (() => Promise<void>) | undefined;
  /**
   * Called once, with the milliseconds from the open TCP connection to the server's proposal for the key exchange: one round trip, and
   * what the server takes to start.
   */
  readonly onServerHello?: ((sinceOpenMs: number) => void) | undefined;
  /** Ends the attempt; what is open is closed and `connect` rejects with the reason. After that it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Receives what the server wants shown before the login. Written by the peer: escape it before it reaches a terminal. */
  readonly onBanner?: ((text: string) => void) | undefined;
  /** Receives ssh2's account of what it does; it slows the connection down. */
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
 * @throws {TypeError} an option is missing or unknown, or has a wrong value
 */
export function checkConnectOptions(options: ConnectOptions): void {
  checkOptions("connect", options, optionKinds, { error: TypeError });
  if (options.verifyHostKey === undefined) {
    throw new TypeError("The option verifyHostKey is missing: without it every server would be trusted");
  }
  if (options.username === undefined) throw new TypeError("The option username is missing");
  if (options.host === undefined || options.host === "") throw new TypeError("The option host is missing");
}
