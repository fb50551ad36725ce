import type { Socket } from "node:net";
import type { AcceptConnection, Connection, ExecInfo, RejectConnection, ServerChannel, Session } from "ssh2";
import { ServerLogin } from "./login.ts";
import type { Ssh2SessionHandler, SshServerOptions } from "./server-options.ts";
import { createSessionChannel } from "./session-channel.ts";

type Accept = AcceptConnection<ServerChannel>;
type Reject = RejectConnection | undefined;

/** Milliseconds that a client has to receive the end. */
const farewellMs = 1_000;

/** One connection of a server. */
export class ServerClient<S extends object> {
  /** Resolves when the connection is closed. */
  readonly gone: Promise<void>;
  readonly #connection: Connection;
  readonly #identification: string;
  readonly #socket: Socket;
  readonly #options: SshServerOptions<S>;
  readonly #login: ServerLogin<S>;
  #sessions = 0;
  #leaving = false;
  #unusedTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param onLogin called when the client has logged in */
  constructor(
    connection: Connection,
    identification: string,
    socket: Socket,
    options: SshServerOptions<S>,
    onLogin: () => void,
  ) {
    this.#connection = connection;
    this.#identification = identification;
    this.#socket = socket;
    this.#options = options;
    this.#login = new ServerLogin(options, { remoteAddress: socket.remoteAddress, cut: () => this.end() });
    connection.on("error", (error: Error) => {
      options.onError?.(error);
      // ssh2 closes only its half: a client that is lost would keep the socket open.
      this.end();
    });
    connection.on("authentication", (context) => void this.#login.answer(context));
    connection.on("session", (accept: () => Session, reject: () => void) => this.#open(accept, reject));
    connection.once("ready", () => {
      onLogin();
      this.#watchUnused();
    });
    this.gone = new Promise((resolve) => connection.once("close", () => resolve()));
    void this.gone.then(() => clearTimeout(this.#unusedTimer));
  }

  /** Accepts no more sessions, and ends the connection when the last one has ended. */
  closeWhenIdle(): void {
    this.#leaving = true;
    if (this.#sessions === 0) this.end();
  }

  /** Ends the connection and all its sessions. */
  end(): void {
    this.#connection.end();
    const timer = setTimeout(() => this.#socket.destroy(), farewellMs);
    void this.gone.then(() => clearTimeout(timer));
  }

  /** Ends a connection that has had no session for too long. */
  #watchUnused(): void {
    const { unusedConnectionMs = 600_000 } = this.#options;
    clearTimeout(this.#unusedTimer);
    if (this.#sessions === 0 && unusedConnectionMs > 0) {
      this.#unusedTimer = setTimeout(() => this.end(), unusedConnectionMs);
    }
  }

  #open(accept: () => Session, reject: () => void): void {
    const user = this.#login.session;
    if (user === undefined || this.#leaving || this.#sessions >= (this.#options.maxSessionsPerConnection ?? 10)) {
      reject();
      return;
    }
    const session = accept();
    this.#sessions += 1;
    this.#watchUnused();
    session.once("close", () => {
      this.#sessions -= 1;
      this.#watchUnused();
      if (this.#leaving) this.closeWhenIdle();
    });
    const request = { session: user, connection: this, peerIdentification: this.#identification };
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
