import type { Duplex } from "node:stream";
import { ScpConnectionError, type ScpExecChannel, type ScpExecOptions, type ScpTransport } from "@scpkit/core";
import { quoteText } from "@scpkit/core/engine";
import type { Client, ClientCallback, ClientChannel, ExecOptions } from "ssh2";
import { identificationOf, ignoreLateWrites, socketOf } from "../channel/internals.ts";
import type { WindowGrowth } from "../channel/receive-window.ts";
import type { Ssh2Client } from "../ssh2-objects.ts";
import { toError } from "../to-error.ts";
import { createExecChannel } from "./exec-channel.ts";
import { SessionQueue } from "./session-queue.ts";
import { createTunnel } from "./tunnel.ts";

/** An SSH connection that runs commands. */
export interface Ssh2Connection extends ScpTransport, AsyncDisposable {
  readonly peerIdentification: string | undefined;
  /**
   * Resolves when the connection is closed: with `undefined` after {@link close}, or with the error if it was lost.
   * Never rejects.
   */
  readonly closed: Promise<ScpConnectionError | undefined>;
  /**
   * Starts `command` in the peer's shell. When `signal` is aborted, also later, the command's channel is closed and its
   * streams error with the reason.
   *
   * @throws {ScpConnectionError} `lost`, or `channel-refused` (OpenSSH's MaxSessions allows ten at a time). With
   * `queue` the command waits instead for the end of another one on this connection.
   */
  exec(command: string, options?: ScpExecOptions): Promise<ScpExecChannel>;
  /**
   * Opens a TCP connection from the peer. Its result is the `sock` of a further `connect`, as for ProxyJump. It ends
   * with this connection.
   *
   * @throws {ScpConnectionError} `lost`, or `channel-refused` if the peer cannot connect or does not allow it
   */
  forwardOut(host: string, port: number): Promise<Duplex>;
  /** Ends the connection and all its commands, and waits until it is closed. Safe to call twice. */
  close(): Promise<void>;
}

/** Options of {@link wrapClient}. */
export interface WrapClientOptions {
  /**
   * Bytes that the peer may send ahead of the reader, for each command, if the round-trip time requires it. A command
   * with unread output can buffer as many bytes. The minimum is ssh2's own 2 MiB and 2 MiB that it may hold beyond. 16
   * MiB allow 300 MB/s at 50 ms.
   * @default 16777216
   */
  readonly windowBytes?: number | undefined;
}

const defaultWindowBytes = 16 * 1024 * 1024;

/** Milliseconds that a peer has to reply to a disconnect. */
const closeGraceMs = 2_000;

/**
 * Makes a transport of a connected and logged-in ssh2 client. Its host key is not checked: whoever connected the client
 * is responsible for that.
 *
 * The client stays usable for other purposes. Closing the transport ends it.
 */
export function wrapClient(client: Ssh2Client, options: WrapClientOptions = {}): Ssh2Connection {
  return createConnection(client, options, {});
}

/** Requests that precede each command. */
export interface CommandRequests {
  /** Whether commands may use the agent of the client's configuration. @default false */
  readonly forwardAgent?: boolean | undefined;
  /** Environment variables to send. @default none */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Wraps a client as {@link wrapClient}, with requests that precede each command. */
export function createConnection(
  client: Ssh2Client,
  options: WrapClientOptions,
  requests: CommandRequests,
): Ssh2Connection {
  return new Connection(client as Client, options.windowBytes ?? defaultWindowBytes, requests);
}

class Connection implements Ssh2Connection {
  readonly peerIdentification: string | undefined;
  readonly closed: Promise<ScpConnectionError | undefined>;
  readonly #client: Client;
  readonly #windowBytes: number;
  readonly #environment: Readonly<Record<string, string>>;
  #forwardsAgent: boolean;
  readonly #sessions = new SessionQueue();
  #roundTripMs = Number.POSITIVE_INFINITY;
  #isClosed = false;
  #closing = false;
  #error: Error | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, windowBytes: number, { forwardAgent = false, environment = {} }: CommandRequests) {
    this.#client = client;
    this.#forwardsAgent = forwardAgent;
    this.#environment = environment;
    this.#windowBytes = windowBytes;
    this.peerIdentification = identificationOf(client);
    client.setNoDelay(true);
    ignoreLateWrites(client);
    client.on("error", (error: Error) => this.#fail(error));
    // The peer has closed its direction. ssh2 waits until everything was sent, which never happens if the peer no
    // longer reads.
    client.once("end", () => this.#end());
    this.closed = new Promise((resolve) => {
      client.once("close", () => {
        this.#isClosed = true;
        clearTimeout(this.#endTimer);
        resolve(this.#closing ? undefined : this.#describeLoss());
      });
    });
  }

  exec(command: string, options: ScpExecOptions = {}): Promise<ScpExecChannel> {
    const { signal, queue = false } = options;
    const open = (): Promise<ScpExecChannel> =>
      this.#open(
        (callback) => this.#exec(command, callback),
        (channel) =>
          createExecChannel(channel, {
            growth: this.#growth(),
            signal,
            describeLoss: () => this.#describeLoss(),
            onOverrun: () => this.#overrun(),
          }),
        signal,
      );
    return this.#sessions.run(open, queue, signal);
  }

  forwardOut(host: string, port: number): Promise<Duplex> {
    return this.#open(
      (callback) => this.#client.forwardOut("127.0.0.1", 0, host, port, callback),
      (channel) => createTunnel(channel, this.#growth(), () => this.#overrun()),
    );
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#closing = true;
    this.#end();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Calls `made` inside ssh2's callback, because the peer's next message may be in the same packet. */
  #open<T>(
    open: (callback: (error: Error | undefined, channel: ClientChannel) => void) => void,
    made: (channel: ClientChannel) => T,
    signal?: AbortSignal | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      const askedAt = performance.now();
      const opened = (error: Error | undefined, channel: ClientChannel): void => {
        // Two replies: one for the channel, one from the command or from the host behind the tunnel.
        this.#roundTripMs = Math.min(this.#roundTripMs, (performance.now() - askedAt) / 2);
        signal?.removeEventListener("abort", abort);
        if (error) reject(this.#describeRefusal(error));
        else if (signal?.aborted) channel.destroy();
        else {
          try {
            resolve(made(channel));
          } catch (failure) {
            reject(failure);
          }
        }
      };
      try {
        open(opened);
      } catch (error) {
        signal?.removeEventListener("abort", abort);
        this.#fail(toError(error));
        reject(this.#describeLoss());
      }
    });
  }

  #exec(command: string, callback: ClientCallback): void {
    // The types of ssh2 omit `agentForward`. ssh2 sends `env` without asking for a reply (RFC 4254, 6.4), as ssh does.
    const options: ExecOptions & { readonly agentForward: boolean } = {
      agentForward: this.#forwardsAgent,
      env: this.#environment,
    };
    this.#client.exec(command, options, (error, channel) => {
      // ssh also runs the command without the agent.
      const refused = this.#forwardsAgent && error?.message === "Unable to request agent forwarding";
      if (refused) this.#forwardsAgent = false;
      if (!refused || this.#isClosed) {
        callback(error, channel);
        return;
      }
      try {
        this.#exec(command, callback);
      } catch (failure) {
        callback(toError(failure), channel);
      }
    });
  }

  #growth(): WindowGrowth {
    return { ceilingBytes: this.#windowBytes, roundTripMs: this.#roundTripMs };
  }

  #describeRefusal(error: Error): ScpConnectionError {
    const noConnection = ["No response from server", "Not connected"].includes(error.message);
    if (this.#isClosed || this.#closing || noConnection) return this.#describeLoss();
    // The channel was opened, but the command was rejected: ssh2 has no reason from the server in this case.
    const refusedCommand = error.message === "Unable to exec";
    return new ScpConnectionError(
      "channel-refused",
      refusedCommand
        ? "The server refused to run the command"
        : `The server refused to open a channel: ${quoteText(error.message.replace(/^\(SSH\) /, ""))}`,
      refusedCommand
        ? "Ask the server's administrator whether this account may run commands; an SFTP-only server cannot be used"
        : "Use fewer channels at a time, or ask the server's administrator what is allowed (MaxSessions, ForceCommand, PermitOpen)",
      { cause: error },
    );
  }

  #describeLoss(): ScpConnectionError {
    if (this.#closing) {
      return new ScpConnectionError(
        "closed",
        "This side closed the connection",
        "Wait for transfers before closing it",
      );
    }
    if (this.#error instanceof ScpConnectionError) return this.#error;
    const words = this.#error === undefined ? "" : `: ${quoteText(this.#error.message)}`;
    return new ScpConnectionError(
      "lost",
      `The connection was lost${words}`,
      "Check the network, then try again",
      this.#error === undefined ? undefined : { cause: this.#error },
    );
  }

  #overrun(): void {
    this.#error ??= new Error("The server sent more data than the window allowed");
    this.#destroy();
  }

  /** Ends the connection after an error. Later errors are consequences of the first. */
  #fail(error: Error): void {
    this.#error ??= error;
    if (!this.#isClosed) this.#end();
  }

  /** Disconnects, and destroys the connection if the server does not reply in time. */
  #end(): void {
    if (this.#endTimer !== undefined) return;
    this.#endTimer = setTimeout(() => this.#destroy(), closeGraceMs);
    try {
      this.#client.end();
    } catch {
      // With compression ssh2 throws if the keys are being changed (see `ignoreLateWrites`).
      socketOf(this.#client)?.end();
    }
  }

  #destroy(): void {
    const socket = socketOf(this.#client);
    if (socket === undefined) this.#client.destroy();
    else socket.destroy();
  }
}
