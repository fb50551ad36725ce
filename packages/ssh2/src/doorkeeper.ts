import type { Socket } from "node:net";
import ssh2, { type Connection, type Server } from "ssh2";
import { chooseAlgorithms } from "./algorithms.ts";
import { ServerClient } from "./server-client.ts";
import type { SshServerOptions } from "./server-options.ts";

/**
 * Keeps the open sockets of a server. ssh2 tells of a connection only once the client has introduced itself; until then a
 * socket is known here alone.
 */
export class Doorkeeper<S extends object> {
  readonly #options: SshServerOptions<S>;
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();
  readonly #timers = new WeakMap<Socket, ReturnType<typeof setTimeout>>();
  readonly #clients = new Map<Socket, ServerClient<S>>();
  readonly #whenEmpty: (() => void)[] = [];
  #leaving = false;

  /** @throws {Error} a host key that cannot be read */
  constructor(hostKeys: readonly (string | Buffer)[], options: SshServerOptions<S>) {
    this.#options = options;
    const algorithms = chooseAlgorithms({}, false);
    this.#server = new ssh2.Server({ hostKeys: [...hostKeys], ident: "scpkit_ssh2", algorithms }, (connection, info) =>
      this.#introduce(connection, info.header.identRaw, this.#sockets.get(`${info.ip} ${info.port}`)),
    );
  }

  /** Sockets open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Lets a socket in, if there is room. */
  admit(socket: Socket): void {
    const { maxConnections = 128, loginGraceMs = 120_000 } = this.#options;
    if (this.#leaving || this.#sockets.size >= maxConnections) {
      socket.destroy();
      return;
    }
    const key = `${socket.remoteAddress} ${socket.remotePort}`;
    this.#sockets.set(key, socket);
    if (loginGraceMs > 0)
      this.#timers.set(
        socket,
        setTimeout(() => socket.destroy(), loginGraceMs),
      );
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#sockets.delete(key);
      this.#clients.delete(socket);
      clearTimeout(this.#timers.get(socket));
      if (this.#sockets.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    });
    socket.setNoDelay(true);
    this.#server.injectSocket(socket);
  }

  /** Waits until no socket is open. */
  async emptied(): Promise<void> {
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  /** Ends connections when they have nothing under way. */
  leave(): void {
    this.#leaving = true;
    for (const socket of this.#sockets.values()) {
      const client = this.#clients.get(socket);
      if (client === undefined) socket.destroy();
      else client.leave();
    }
  }

  /** Ends all connections. */
  end(): void {
    for (const client of this.#clients.values()) client.end();
  }

  #introduce(connection: Connection, identification: string, socket: Socket | undefined): void {
    if (socket === undefined) {
      connection.on("error", () => {});
      connection.end();
      return;
    }
    const onLogin = (): void => clearTimeout(this.#timers.get(socket));
    this.#clients.set(socket, new ServerClient(connection, identification, socket, this.#options, onLogin));
  }
}
