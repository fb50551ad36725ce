import type { ScpTransport } from "@scpkit/channel";
import { escapeText } from "@scpkit/codec";
import { connectHost, type HostConnection, type HostRequest } from "./connect-host.ts";
import type { RemoteOperand, SecondTransport } from "./copy-session.ts";
import { FirstConnection } from "./first-connection.ts";
import type { ConnectContext } from "./log-in.ts";
import { silentPrompter } from "./prompter.ts";

interface Pooled {
  readonly connection: Promise<HostConnection>;
  readonly first: FirstConnection;
}

/** Connections of one run: operands of the same host, user and port share one. */
export class ConnectionPool {
  readonly #context: ConnectContext;
  readonly #pooled = new Map<string, Pooled>();
  readonly #seconds: Promise<HostConnection>[] = [];
  readonly #closing = new AbortController();

  constructor(context: ConnectContext) {
    this.#context = context;
  }

  /** The connection to an operand's host, made when it is first asked for. */
  async transportFor(operand: RemoteOperand): Promise<ScpTransport> {
    const { transport } = await this.#connectionTo(operand).connection;
    return this.#told(transport);
  }

  /** See {@link CopySession.secondTransportFor}. */
  async secondTransportFor(
    operand: RemoteOperand,
    pays: (answeredMs: number) => Promise<boolean>,
  ): Promise<SecondTransport | undefined> {
    const { first } = this.#connectionTo(operand);
    const answeredMs = await first.answered;
    if (answeredMs === undefined || !(await pays(answeredMs))) return undefined;
    const { host, user, port } = operand;
    const signal = AbortSignal.any([this.#context.signal, this.#closing.signal]);
    const connection = connectHost(
      { host, user, port },
      { ...this.#context, signal, prompter: silentPrompter, say: () => {}, follows: first },
    );
    this.#seconds.push(connection);
    const transport = connection.then(({ transport }) => this.#told(transport));
    transport.catch((error: unknown) => this.#context.debug(`No second connection: ${escapeText(String(error))}`));
    return { transport };
  }

  #connectionTo({ host, user, port }: RemoteOperand): Pooled {
    const key = JSON.stringify([host, user, port]);
    let pooled = this.#pooled.get(key);
    if (pooled === undefined) {
      pooled = this.#connect({ host, user, port });
      this.#pooled.set(key, pooled);
    }
    return pooled;
  }

  #connect(request: HostRequest): Pooled {
    let connection: Promise<HostConnection> | undefined;
    const first = new FirstConnection((first) => {
      const { prompter } = this.#context;
      const ask: typeof prompter.ask = (...question) => {
        first.askedSomeone();
        return prompter.ask(...question);
      };
      connection = connectHost(request, { ...this.#context, prompter: { ...prompter, ask }, first });
      return connection;
    });
    if (connection === undefined) throw new Error("The connection was not begun");
    return { connection, first };
  }

  #told(transport: ScpTransport): ScpTransport {
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

  /** Closes all connections, and those still being made, without waiting for the peers. */
  close(): void {
    this.#closing.abort(new Error("The run is over"));
    const connections = [...this.#seconds, ...[...this.#pooled.values()].map(({ connection }) => connection)];
    for (const connection of connections) connection.then((made) => made[Symbol.asyncDispose]()).catch(() => {});
  }
}
