import type { Ssh2HostKey, Ssh2HostKeyVerdict } from "@scpkit/ssh2";

/** A host key with the decision about it. */
interface DecidedKey {
  readonly blob: Uint8Array;
  readonly verdict: Ssh2HostKeyVerdict;
}

/**
 * What a second connection to the same host takes over from the first: whether it isWorthwhile, the host key, and that the login works
 * without asking anyone. It decides nothing by itself, learns no key, and fails no login.
 */
export class PrimaryConnection {
  /** Milliseconds from the open connection to the server's first answer; `undefined` when the connection failed before. Never rejects. */
  readonly answered: Promise<number | undefined>;
  readonly #hostKey: Promise<DecidedKey>;
  readonly #loggedIn: Promise<unknown>;
  #onServerHello: (ms: number | undefined) => void = () => {};
  #onHostKey: (key: DecidedKey) => void = () => {};
  #asked = false;

  /** @param make opens the connection and reports its steps to this object */
  constructor(make: (first: PrimaryConnection) => Promise<unknown>) {
    this.answered = new Promise((resolve) => {
      this.#onServerHello = resolve;
    });
    const hostKey = new Promise<DecidedKey>((resolve) => {
      this.#onHostKey = resolve;
    });
    this.#loggedIn = make(this);
    this.#loggedIn.then(
      () => this.#onServerHello(undefined),
      () => this.#onServerHello(undefined),
    );
    this.#hostKey = Promise.race([hostKey, this.#loggedIn.then(() => hostKey)]);
    this.#hostKey.catch(() => {});
  }

  sawAnswer(ms: number): void {
    this.#onServerHello(ms);
  }

  acceptedHostKey({ blob }: Ssh2HostKey, verdict: Ssh2HostKeyVerdict): void {
    this.#onHostKey({ blob, verdict });
  }

  /** Records that the user was prompted, so a second login would prompt again. */
  markInteractive(): void {
    this.#asked = true;
  }

  /** Decides about `key` as the first connection did, which must have shown the same one. Rejects when the first connection fails. */
  async verdictOn(key: Ssh2HostKey): Promise<Ssh2HostKeyVerdict> {
    const { blob, verdict } = await this.#hostKey;
    return Buffer.compare(key.blob, blob) === 0 && verdict;
  }

  /** Resolves when this connection has logged in. Rejects when it failed or needed a prompt. */
  async loggedIn(): Promise<void> {
    await this.#loggedIn;
    if (this.#asked) throw new Error("The login needs a prompt");
  }
}
