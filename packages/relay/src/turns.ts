interface Waiting {
  resolve(): void;
  reject(reason: unknown): void;
}

/** Admits callers one at a time, in the order of their requests, beginning with the first call of {@link pass}. */
export class Turns {
  readonly #waiting: Waiting[] = [];
  #free = false;
  #failure: { readonly reason: unknown } | undefined;
  #asked: () => void = () => {};

  /** Resolves when it is the caller's turn, which lasts until {@link pass}. Rejects after {@link fail}. */
  take(): Promise<void> {
    this.#asked();
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    if (this.#free) {
      this.#free = false;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends the turn and admits the next caller. */
  pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free = true;
    else next.resolve();
  }

  /** Resolves as soon as someone asks for a turn, or when someone has been waiting already. */
  async asked(): Promise<void> {
    if (this.#waiting.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#asked = resolve;
    });
  }

  /** Sends everyone away, now and later. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
    this.#asked();
  }
}
