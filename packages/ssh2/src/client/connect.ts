import type { Duplex } from "node:stream";
import ssh2, { type BaseAgent } from "ssh2";
import { Authenticator } from "../auth/authenticator.ts";
import { HostKeyGate } from "../auth/host-key.ts";
import type { Ask } from "../auth/key-file-identity.ts";
import { stopDebug } from "../channel/internals.ts";
import { chooseAlgorithms } from "../choose-algorithms.ts";
import { toError } from "../to-error.ts";
import { cutOff, loginFailed, passwordExpired, timedOut } from "./connect-errors.ts";
import { type ConnectOptions, checkConnectOptions } from "./connect-options.ts";
import { createConnection, type Ssh2Connection } from "./connection.ts";
import { HandshakeLog } from "./handshake-error.ts";
import { openSocket } from "./open-socket.ts";
import { PausableTimeout } from "./pausable-timeout.ts";
import { limitKeyUse } from "./rekey-limit.ts";
import { watchSignsOfLife } from "./signs-of-life.ts";

const defaultKeepaliveIntervalMs = 15_000;
const defaultKeepaliveCountMax = 3;

/**
 * Connects to an SSH server, checks its key and logs in. The caller closes the connection.
 *
 * @throws {TypeError} before anything is opened, if an option is missing, unknown or has an invalid value
 * @throws {ScpConnectionError} its `code` names the stage, its `hint` what to try; if `verifyHostKey` threw one, that
 * error
 * @throws the rejection of `sock`
 * @throws the error of a callback that asks for a password, a passphrase or answers, and the rejection of `beforeLogin`
 */
export async function connect(options: ConnectOptions): Promise<Ssh2Connection> {
  try {
    checkConnectOptions(options);
    options.signal?.throwIfAborted();
  } catch (error) {
    discard(options?.sock);
    throw error;
  }
  const { host, port = 22, username, signal, sock } = options;
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  const clock = new PausableTimeout(options.connectTimeoutMs ?? 0, () => stop.abort(timedOut(host, port)));
  signal?.addEventListener("abort", abort);
  let way = sock;
  try {
    const algorithms = chooseAlgorithms(options, options.compression === true);
    const { localAddress, addressFamily } = options;
    way ??= openSocket({ host, port, localAddress, addressFamily }, stop.signal);
    const socket = "then" in way ? await unlessAborted(way, stop.signal) : way;
    if (!socket.writable) throw cutOff(describeHost(host, port), new Error("The connection has ended"));
    const openedMs = performance.now();
    let onServerHello = (): void => {
      onServerHello = () => {};
      options.onServerHello?.(performance.now() - openedMs);
    };
    return await logIn(
      socket,
      { ...options, port, username, onServerHello: () => onServerHello() },
      algorithms,
      clock,
      stop,
    );
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

/** Destroys a stream, also one that is still being opened. */
function discard(way: Duplex | Promise<Duplex> | undefined): void {
  // A program without types may have passed any value.
  if (typeof way !== "object" || way === null) return;
  if ("then" in way) way.then((socket) => socket.destroy()).catch(() => {});
  else way.destroy?.();
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
  options: ConnectOptions & { readonly port: number; readonly onServerHello: () => void },
  algorithms: ReturnType<typeof chooseAlgorithms>,
  clock: PausableTimeout,
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
      // After the login the connection reports the error: it ends with each `error` event of its client.
      if (settled && !failed) client.emit("error", toError(error));
      if (settled) return;
      settled = true;
      failed = true;
      clock.stop();
      reject(error);
    };
    // An error must not unwind ssh2's event handlers, and must not be lost in a promise that nobody awaits.
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

    // The listener stays after the promise has rejected: an `error` event without a listener ends the process.
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
        // Only forwarding uses it: logins use this package's own `authHandler`.
        ...(options.forwardAgent === undefined ? {} : { agent: options.forwardAgent as string | BaseAgent }),
        readyTimeout: 0,
        keepaliveInterval,
        keepaliveCountMax: options.keepaliveCountMax ?? defaultKeepaliveCountMax,
        authHandler: authenticator.handler,
        debug: (line: string) => {
          if (stage === "handshake") {
            log.note(line);
            if (line.startsWith("Handshake: ")) call(options.onServerHello);
          }
          call(() => options.onDebug?.(line));
        },
        // Use this form only: with a verifier that returns a promise, ssh2 accepts every key.
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
