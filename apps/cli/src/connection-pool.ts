import type { ScpTransport } from "@scpkit/channel";
import { escapeText } from "@scpkit/codec";
import { connectHost, type HostConnection } from "./connect-host.ts";
import type { RemoteOperand } from "./copy-session.ts";
import type { ConnectContext } from "./log-in.ts";

/** Connections of one run: operands of the same host, user and port share one. */
export class ConnectionPool {
  readonly #context: ConnectContext;
  readonly #connections = new Map<string, Promise<HostConnection>>();

  constructor(context: ConnectContext) {
    this.#context = context;
  }

  /** The connection to an operand's host, made when it is first asked for. */
  async transportFor({ host, user, port }: RemoteOperand): Promise<ScpTransport> {
    const key = JSON.stringify([host, user, port]);
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = connectHost({ host, user, port }, this.#context);
      this.#connections.set(key, connection);
    }
    const { transport } = await connection;
    const { debug, options } = this.#context;
    if (options.verbosity === 0) return transport;
    return {
      peerIdentification: transport.peerIdentification,
      exec: (command, how) => {
        debug(`Sending command: ${escapeText(command)}`);
        return transport.exec(command, how);
      },
    };
  }

  /** Closes all connections, and those still being made. Never rejects. */
  async close(): Promise<void> {
    const connections = [...this.#connections.values()];
    await Promise.allSettled(connections.map(async (connection) => (await connection)[Symbol.asyncDispose]()));
  }
}
