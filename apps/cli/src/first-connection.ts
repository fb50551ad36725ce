import type { Ssh2HostKey } from "@scpkit/ssh2";

/**
 * What a second connection to the same host takes over from the first: whether it pays, the host key, and that the login works
 * without asking anyone. It decides nothing by itself, learns no key, and fails no login.
 */
export class FirstConnection {
  /** Milliseconds from the open connection to the server's first answer; `undefined` when the connection failed before. Never rejects. */
  readonly answered: Promise<number | undefined>;
  readonly #hostKey: Promise<Uint8Array>;
  readonly #loggedIn: Promise<unknown>;
  #onAnswer: (ms: number | undefined) => void = () => {};
  #onHostKey: (blob: Uint8Array) => void = () => {};
  #asked = false;

  /** @param make makes the connection, telling this object of it */
  constructor(make: (first: FirstConnection) => Promise<unknown>) {
    this.answered = new Promise((resolve) => {
      this.#onAnswer = resolve;
    });
    const hostKey = new Promise<Uint8Array>((resolve) => {
      this.#onHostKey = resolve;
    });
    this.#loggedIn = make(this);
    this.#loggedIn.then(
      () => this.#onAnswer(undefined),
      () => this.#onAnswer(undefined),
    );
    this.#hostKey = Promise.race([hostKey, this.#loggedIn.then(() => hostKey)]);
    this.#hostKey.catch(() => {});
  }

  sawAnswer(ms: number): void {
    this.#onAnswer(ms);
  }

  acceptedHostKey({ blob }: Ssh2HostKey): void {
    this.#onHostKey(blob);
  }

  /** A person was asked something: what follows would have to ask again. */
  askedSomeone(): void {
    this.#asked = true;
  }

  /** Whether `key` is the one the first connection accepted; waits for that. Rejects when the first connection fails. */
  async hasHostKey(key: Ssh2HostKey): Promise<boolean> {
    return Buffer.compare(key.blob, await this.#hostKey) === 0;
  }

  /** Resolves when the first connection has logged in. Rejects when it failed, or asked somebody. */
  async loggedIn(): Promise<void> {
    await this.#loggedIn;
    if (this.#asked) throw new Error("The login needs a person");
  }
}
