import { escapeText } from "@scpkit/codec";
import { ScpConnectionError, type ScpExecChannel, type ScpExecOptions, type ScpTransport } from "@scpkit/core";
import type { RemoteOperand } from "../operands/operand.ts";
import { silentPrompter } from "../prompt/prompter.ts";
import { connectHost, type HostConnection, type HostRequest } from "./connect-host.ts";
import type { ConnectContext } from "./log-in.ts";
import { PrimaryConnection } from "./primary-connection.ts";

/** A second connection that is being opened. */
export interface SecondTransport {
  /** Rejects if the connection could not be opened. */
  readonly transport: Promise<ScpTransport>;
}

interface Pooled {
  readonly connection: Promise<HostConnection>;
  readonly first: PrimaryConnection;
  /** Commands that were started on it, or tried. */
  commands: number;
}

/** Connections of one run: operands of the same host, user and port share one. */
export class ConnectionPool {
  readonly #context: ConnectContext;
  readonly #pooled = new Map<string, Pooled>();
  /** Those that {@link ConnectionPool.#pooled} does not name. */
  readonly #others: Promise<HostConnection>[] = [];
  readonly #closing = new AbortController();

  constructor(context: ConnectContext) {
    this.#context = context;
  }

  /** See {@link CopyContext.transportFor}. */
  async transportFor(operand: RemoteOperand, role: "first" | "second" = "first"): Promise<ScpTransport> {
    const { transport } = await this.#connectionTo(operand).connection;
    return this.#withCommandLog({
      peerIdentification: transport.peerIdentification,
      exec: (command, options) => this.#exec(operand, command, options, role),
    });
  }

  /**
   * Runs a command on the shared connection, or on a new one when the server takes no further command on that one: `MaxSessions 1`, or a
   * device that ends the connection with its first session. scp has a connection for each command.
   */
  async #exec(
    operand: RemoteOperand,
    command: string,
    options: ScpExecOptions | undefined,
    role: "first" | "second",
  ): Promise<ScpExecChannel> {
    const shared = this.#connectionTo(operand);
    const isFirstCommand = shared.commands === 0;
    shared.commands += 1;
    try {
      const { transport } = await shared.connection;
      return await transport.exec(command, options);
    } catch (error) {
      const isUsedUp = error instanceof ScpConnectionError && ["channel-refused", "lost"].includes(error.code);
      // Without `queue` it is one of many that send a tree together: fewer will do.
      const isNeeded = role === "second" || options?.queue === true;
      if (isFirstCommand || !isUsedUp || !isNeeded) throw error;
      this.#context.debug(`Connecting again: ${escapeText(error.message)}`);
    }
    this.#others.push(shared.connection);
    const { host, user, port } = operand;
    const own = this.#connect({ host, user, port });
    own.commands += 1;
    this.#pooled.set(keyOf(operand), own);
    const { transport } = await own.connection;
    return await transport.exec(command, options);
  }

  /** See {@link CopyContext.secondTransportFor}. */
  async secondTransportFor(
    operand: RemoteOperand,
    isWorthwhile: (answeredMs: number) => Promise<boolean>,
  ): Promise<SecondTransport | undefined> {
    const { first } = this.#connectionTo(operand);
    const answeredMs = await first.answered;
    if (answeredMs === undefined || !(await isWorthwhile(answeredMs))) return undefined;
    const { host, user, port } = operand;
    const signal = AbortSignal.any([this.#context.signal, this.#closing.signal]);
    const connection = connectHost(
      { host, user, port },
      { ...this.#context, signal, prompter: silentPrompter, printError: () => {}, follows: first },
    );
    this.#others.push(connection);
    const transport = connection.then(({ transport }) => this.#withCommandLog(transport));
    transport.catch((error: unknown) => this.#context.debug(`No second connection: ${escapeText(String(error))}`));
    return { transport };
  }

  #connectionTo({ host, user, port }: RemoteOperand): Pooled {
    const key = keyOf({ host, user, port });
    let pooled = this.#pooled.get(key);
    if (pooled === undefined) {
      pooled = this.#connect({ host, user, port });
      this.#pooled.set(key, pooled);
    }
    return pooled;
  }

  #connect(request: HostRequest): Pooled {
    let connection: Promise<HostConnection> | undefined;
    const first = new PrimaryConnection((first) => {
      const { prompter } = this.#context;
      const ask: typeof prompter.ask = (...question) => {
        first.markInteractive();
        return prompter.ask(...question);
      };
      connection = connectHost(request, { ...this.#context, prompter: { ...prompter, ask }, first });
      return connection;
    });
    if (connection === undefined) throw new Error("The connection was not begun");
    return { connection, first, commands: 0 };
  }

  #withCommandLog(transport: ScpTransport): ScpTransport {
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
    const connections = [...this.#others, ...[...this.#pooled.values()].map(({ connection }) => connection)];
    for (const connection of connections) connection.then((made) => made[Symbol.asyncDispose]()).catch(() => {});
  }
}

function keyOf({ host, user, port }: HostRequest): string {
  return JSON.stringify([host, user, port]);
}
