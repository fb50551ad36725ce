import type { AcceptConnection, Connection, ExecInfo, RejectConnection, ServerChannel, Session } from "ssh2";
import { socketOf } from "./internals.ts";
import { ServerLogin } from "./server-login.ts";
import type { Ssh2SessionHandler, SshServerOptions } from "./server-options.ts";
import { createSessionChannel } from "./session-channel.ts";

type Accept = AcceptConnection<ServerChannel>;
type Reject = RejectConnection | undefined;

/** Milliseconds a client has to take note of the end. */
const farewellMs = 1_000;

/** One connection of a server, from the first byte to the last. */
export class ServerClient<S extends object> {
  /** Settles when the connection is gone. */
  readonly gone: Promise<void>;
  readonly #connection: Connection;
  readonly #options: SshServerOptions<S>;
  readonly #login: ServerLogin<S>;
  #sessions = 0;
  #leaving = false;

  constructor(connection: Connection, remoteAddress: string | undefined, options: SshServerOptions<S>) {
    this.#connection = connection;
    this.#options = options;
    this.#login = new ServerLogin(options, { remoteAddress, cut: () => this.end() });
    connection.setNoDelay(true);
    connection.on("error", (error: Error) => options.onError?.(error));
    connection.on("authentication", (context) => void this.#login.answer(context));
    connection.on("session", (accept: () => Session, reject: () => void) => this.#open(accept, reject));
    const graceMs = options.loginGraceMs ?? 120_000;
    const timer = graceMs > 0 ? setTimeout(() => this.#destroy(), graceMs) : undefined;
    connection.once("ready", () => clearTimeout(timer));
    this.gone = new Promise((resolve) => {
      connection.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Takes no more sessions, and ends the connection when the last one has ended. */
  leave(): void {
    this.#leaving = true;
    if (this.#sessions === 0) this.end();
  }

  /** Ends the connection with everything on it. */
  end(): void {
    this.#connection.end();
    const timer = setTimeout(() => this.#destroy(), farewellMs);
    void this.gone.then(() => clearTimeout(timer));
  }

  #destroy(): void {
    const socket = socketOf(this.#connection);
    if (socket === undefined) this.#connection.end();
    else socket.destroy();
  }

  #open(accept: () => Session, reject: () => void): void {
    const user = this.#login.session;
    if (user === undefined || this.#leaving || this.#sessions >= (this.#options.maxSessionsPerConnection ?? 10)) {
      reject();
      return;
    }
    const session = accept();
    this.#sessions += 1;
    session.once("close", () => {
      this.#sessions -= 1;
      if (this.#leaving) this.leave();
    });
    const request = { session: user, connection: this };
    const { exec, shell } = this.#options;
    session.on("exec", (take: Accept, refuse: Reject, { command }: ExecInfo) =>
      this.#start(take, refuse, () => exec({ ...request, command })),
    );
    if (shell !== undefined) {
      session.on("shell", (take: Accept, refuse: Reject) => this.#start(take, refuse, () => shell(request)));
    }
  }

  #start(accept: Accept, reject: Reject, choose: () => Ssh2SessionHandler | undefined): void {
    try {
      const handler = choose();
      const channel: ServerChannel | undefined = handler === undefined ? undefined : accept();
      if (handler === undefined || channel === undefined) reject?.();
      else void this.#run(handler, channel);
    } catch (error) {
      reject?.();
      this.#options.onError?.(error);
    }
  }

  async #run(handler: Ssh2SessionHandler, accepted: ServerChannel): Promise<void> {
    const channel = createSessionChannel(accepted, { windowBytes: this.#options.windowBytes ?? 0 });
    try {
      await handler(channel);
    } catch (error) {
      await channel.exit(1);
      this.#options.onError?.(error);
    }
  }
}
