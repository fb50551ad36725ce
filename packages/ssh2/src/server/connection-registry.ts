import type { Socket } from "node:net";
import ssh2, { type Connection, type Server } from "ssh2";
import { chooseAlgorithms } from "../choose-algorithms.ts";
import { ServerClient } from "./client-connection.ts";
import type { SshServerOptions } from "./server-options.ts";
import { type Ssh2DropReason, StartupLimits } from "./startup-limits.ts";

/** Milliseconds of a client's silence after which TCP sends keepalive probes. */
const tcpKeepaliveMs = 60_000;
/** The longest interval of a timer, in milliseconds. */
const maxIntervalMs = 2 ** 31 - 1;

/**
 * Keeps the open sockets of a server. ssh2 reports a connection only once the client has identified itself; until then
 * only this class knows the socket.
 */
export class ConnectionRegistry<S extends object> {
  readonly #options: SshServerOptions<S>;
  readonly #server: Server;
  readonly #startups: StartupLimits;
  readonly #sockets = new Map<string, Socket>();
  readonly #timers = new WeakMap<Socket, ReturnType<typeof setTimeout>>();
  readonly #clients = new Map<Socket, ServerClient<S>>();
  readonly #whenEmpty: (() => void)[] = [];
  #leaving = false;

  /**
   * @throws {Error} if a host key cannot be read
   * @throws {ScpConnectionError} `handshake`: a list of algorithms contains none that this runtime supports
   */
  constructor(hostKeys: readonly (string | Buffer)[], options: SshServerOptions<S>) {
    this.#options = options;
    const { keepaliveIntervalMs = 15_000, keepaliveCountMax = 3 } = options;
    this.#startups = new StartupLimits(options.maxStartups, options.maxStartupsPerAddress);
    const settings = {
      hostKeys: [...hostKeys],
      ident: "scpkit_ssh2",
      algorithms: chooseAlgorithms(options.algorithms ?? {}, false),
      // ssh2 replaces 0 with its own default.
      keepaliveInterval: keepaliveIntervalMs === 0 ? maxIntervalMs : keepaliveIntervalMs,
      keepaliveCountMax,
    };
    this.#server = new ssh2.Server(settings, (connection, info) =>
      this.#introduce(connection, info.header.identRaw, this.#sockets.get(`${info.ip} ${info.port}`)),
    );
  }

  /** The number of open sockets. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Accepts a socket if the limits allow it, and drops it otherwise. */
  accept(socket: Socket): void {
    socket.on("error", () => {});
    if (this.#leaving) {
      socket.destroy();
      return;
    }
    const refused = this.#refusal(socket);
    if (refused !== undefined) {
      const { remoteAddress } = socket;
      socket.destroy();
      this.#options.onDrop?.({ remoteAddress, reason: refused });
      return;
    }
    const { loginGraceMs = 120_000 } = this.#options;
    const key = `${socket.remoteAddress} ${socket.remotePort}`;
    this.#sockets.set(key, socket);
    if (loginGraceMs > 0)
      this.#timers.set(
        socket,
        setTimeout(() => socket.destroy(), loginGraceMs),
      );
    socket.once("close", () => {
      this.#sockets.delete(key);
      this.#clients.delete(socket);
      this.#endStartup(socket);
      if (this.#sockets.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, tcpKeepaliveMs);
    this.#server.injectSocket(socket);
  }

  /** Waits until no socket is open. */
  async drained(): Promise<void> {
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  /** Ends each connection once it has no session. */
  closeWhenIdle(): void {
    this.#leaving = true;
    for (const socket of this.#sockets.values()) {
      const client = this.#clients.get(socket);
      if (client === undefined) socket.destroy();
      else client.closeWhenIdle();
    }
  }

  /** Ends all connections. */
  end(): void {
    for (const client of this.#clients.values()) client.end();
  }

  #refusal(socket: Socket): Ssh2DropReason | undefined {
    const { maxConnections = 128 } = this.#options;
    return this.#sockets.size >= maxConnections ? "maxConnections" : this.#startups.enter(socket);
  }

  /** Stops counting a client as starting, because it has logged in or disconnected. */
  #endStartup(socket: Socket): void {
    clearTimeout(this.#timers.get(socket));
    this.#startups.leave(socket);
  }

  #introduce(connection: Connection, identification: string, socket: Socket | undefined): void {
    if (socket === undefined) {
      connection.on("error", () => {});
      connection.end();
      return;
    }
    const onLogin = (): void => this.#endStartup(socket);
    this.#clients.set(socket, new ServerClient(connection, identification, socket, this.#options, onLogin));
  }
}
