// @ts-types="npm:@types/ssh2@^1.15"

import type { Duplex } from "node:stream";
import ssh2, { type BaseAgent } from "ssh2";
import { chooseAlgorithms, type Ssh2Algorithms } from "./algorithms.ts";
import type { Ssh2AuthMethod } from "./auth-method.ts";
import { Authenticator } from "./authenticator.ts";
import { cutOff, loginFailed, passwordExpired, timedOut } from "./connect-errors.ts";
import { createConnection, type Ssh2Connection, type WrapClientOptions } from "./connection.ts";
import { HandshakeLog } from "./handshake-error.ts";
import { HostKeyGate, type Ssh2HostKeyVerifier } from "./host-key.ts";
import { stopDebug } from "./internals.ts";
import type { Ask } from "./key-file-identity.ts";
import type { KeyRules } from "./key-rules.ts";
import { openSocket } from "./open-socket.ts";
import { ReadyClock } from "./ready-clock.ts";
import { limitKeyUse, type Ssh2RekeyLimit } from "./rekey-limit.ts";
import { watchSignsOfLife } from "./signs-of-life.ts";
import { toError } from "./to-error.ts";

/** Options of {@link connect}. The lists of algorithms default to `defaultAlgorithms`; unknown names in them are skipped. */
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
  readonly forwardAgent?: string | BaseAgent | undefined;
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
  readonly onAnswer?: ((sinceOpenMs: number) => void) | undefined;
  /** Ends the attempt; what is open is closed and `connect` rejects with the reason. After that it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Receives what the server wants shown before the login. Written by the peer: escape it before it reaches a terminal. */
  readonly onBanner?: ((text: string) => void) | undefined;
  /** Receives ssh2's account of what it does; it slows the connection down. */
  readonly onDebug?: ((line: string) => void) | undefined;
}

const defaultKeepaliveIntervalMs = 15_000;
const defaultKeepaliveCountMax = 3;

/**
 * Connects to an SSH server, checks its key and logs in. The caller closes the connection.
 *
 * @throws {TypeError} before anything is opened: an option is missing or has the wrong type
 * @throws {ScpConnectionError} its `code` tells the stage, its `hint` what to try; or what `verifyHostKey` threw, if it is one
 * @throws what `sock` rejects with
 * @throws what a callback that asks for a password, a passphrase or answers threw, and what `beforeLogin` rejected with
 */
export async function connect(options: ConnectOptions): Promise<Ssh2Connection> {
  const { host, port = 22, username, signal, sock } = options;
  try {
    checkOptions(options);
    signal?.throwIfAborted();
  } catch (error) {
    discard(sock);
    throw error;
  }
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  const clock = new ReadyClock(options.connectTimeoutMs ?? 0, () => stop.abort(timedOut(host, port)));
  signal?.addEventListener("abort", abort);
  let way = sock;
  try {
    const algorithms = chooseAlgorithms(options, options.compression === true);
    const { localAddress, addressFamily } = options;
    way ??= openSocket({ host, port, localAddress, addressFamily }, stop.signal);
    const socket = "then" in way ? await unlessAborted(way, stop.signal) : way;
    if (!socket.writable) throw cutOff(describeHost(host, port), new Error("The connection has ended"));
    const openedMs = performance.now();
    let onAnswer = (): void => {
      onAnswer = () => {};
      options.onAnswer?.(performance.now() - openedMs);
    };
    return await logIn(socket, { ...options, port, username, onAnswer: () => onAnswer() }, algorithms, clock, stop);
  } catch (error) {
    discard(way);
    throw error;
  } finally {
    clock.stop();
    signal?.removeEventListener("abort", abort);
  }
}

function describeHost(host: string, port: number): string {
  return `${JSON.stringify(host)} port ${port}`;
}

/** Lets go of a stream, also of one that is still being opened. */
function discard(way: Duplex | Promise<Duplex> | undefined): void {
  if (way !== undefined && "then" in way) way.then((socket) => socket.destroy()).catch(() => {});
  else way?.destroy();
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}

function logIn(
  socket: Duplex,
  options: ConnectOptions & { readonly port: number; readonly onAnswer: () => void },
  algorithms: ReturnType<typeof chooseAlgorithms>,
  clock: ReadyClock,
  stop: AbortController,
): Promise<Ssh2Connection> {
  const where = describeHost(options.host, options.port);
  const keepaliveInterval = options.keepaliveIntervalMs ?? defaultKeepaliveIntervalMs;
  const client = new ssh2.Client();
  const log = new HandshakeLog();
  let stage: "handshake" | "login" = "handshake";

  return new Promise((resolve, reject) => {
    let settled = false;
    let failed = false;
    const fail = (error: unknown): void => {
      // After the login the connection reports it: it ends with each `error` event of its client.
      if (settled && !failed) client.emit("error", toError(error));
      if (settled) return;
      settled = true;
      failed = true;
      clock.stop();
      reject(error);
    };
    // An error must not unwind ssh2's event handlers, nor be lost in a promise that nobody awaits.
    const call = (callback: () => void): void => {
      try {
        callback();
      } catch (error) {
        fail(error);
      }
    };
    const ask: Ask = async (question) => {
      try {
        return await question();
      } catch (error) {
        fail(error);
        throw error;
      }
    };
    stop.signal.addEventListener("abort", () => fail(stop.signal.reason), { once: true });
    const gate = new HostKeyGate(options.verifyHostKey, where, options.minRsaBits);
    const { beforeLogin = async () => {} } = options;
    const start = (): Promise<void> => ask(beforeLogin);
    const authenticator = new Authenticator(options.username, options.auth ?? [], {
      ask,
      fail,
      start,
      keyRules: options,
      withholdsSecrets: () => gate.withholdsSecrets,
    });

    // Also after the promise has rejected: an `error` event without a listener ends the process.
    const onError = (error: Error & { readonly level?: string }): void => {
      if (error.level === "agent") return;
      if (error.level === "client-socket" || error.message === "Connection lost before handshake")
        fail(cutOff(where, error));
      else if (stage === "handshake") fail(log.describe(error, where));
      else fail(loginFailed(authenticator, options.username, where, error));
    };
    client.on("error", onError);
    client.once("close", () => {
      if (settled) return;
      const error = new Error("The server closed the connection");
      fail(stage === "handshake" ? cutOff(where, error) : loginFailed(authenticator, options.username, where, error));
    });
    client.on("handshake", () => {
      stage = "login";
      clock.stop();
    });
    client.on("greeting", (text: string) => call(() => options.onBanner?.(text)));
    client.on("banner", (text: string) => call(() => options.onBanner?.(text)));
    client.on("change password", () => fail(passwordExpired(where)));
    client.on("ready", () => {
      if (settled) return;
      if (options.onDebug === undefined) stopDebug(client);
      watchSignsOfLife(client, keepaliveInterval);
      if (options.rekeyLimit !== undefined) limitKeyUse(client, socket, options.rekeyLimit);
      const forwardAgent = options.forwardAgent !== undefined && !gate.withholdsSecrets;
      resolve(createConnection(client, options, { forwardAgent, environment: options.environment }));
      client.off("error", onError);
      settled = true;
    });

    try {
      client.connect({
        sock: socket,
        username: options.username,
        algorithms,
        // Nothing but forwarding uses it: the `authHandler` is ours.
        ...(options.forwardAgent === undefined ? {} : { agent: options.forwardAgent }),
        readyTimeout: 0,
        keepaliveInterval,
        keepaliveCountMax: options.keepaliveCountMax ?? defaultKeepaliveCountMax,
        authHandler: authenticator.handler,
        debug: (line: string) => {
          if (stage === "handshake") {
            log.note(line);
            if (line.startsWith("Handshake: ")) call(options.onAnswer);
          }
          call(() => options.onDebug?.(line));
        },
        // Only this form: a verifier that returns a promise would accept every key.
        hostVerifier: (key: Buffer, verify: (accepted: boolean) => void): void => {
          clock.pause();
          gate.check(key, (refusal) => {
            clock.resume();
            if (refusal !== undefined) fail(refusal);
            if (failed && refusal === undefined) return;
            call(() => verify(refusal === undefined));
          });
        },
      });
    } catch (error) {
      fail(error);
    }
  });
}

function checkOptions(options: ConnectOptions): void {
  if (typeof options.verifyHostKey !== "function") {
    throw new TypeError("The option verifyHostKey is missing: without it every server would be trusted");
  }
  if (typeof options.username !== "string") throw new TypeError("The option username is missing");
  if (typeof options.host !== "string" || options.host === "") throw new TypeError("The option host is missing");
}
