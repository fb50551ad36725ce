/** The least time late lanes are waited for, in ms: the start of a shell on a busy machine. */
const graceMs = 50;

/** Lets lanes begin together: when all are ready, or when the late ones have had as long again as the first one took. */
export class Barrier {
  readonly #began = performance.now();
  /** Resolves when work may begin. */
  readonly opened: Promise<void>;
  #open: () => void = () => {};
  #missing: number;
  #isOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(lanes: number) {
    this.#missing = lanes;
    this.opened = new Promise((resolve) => {
      this.#open = () => {
        this.#isOpen = true;
        clearTimeout(this.#timer);
        resolve();
      };
    });
  }

  /** A lane is ready. Resolves when work may begin. */
  async arrive(): Promise<void> {
    if (!this.#isOpen) this.#timer ??= setTimeout(this.#open, Math.max(graceMs, performance.now() - this.#began));
    this.leave();
    await this.opened;
  }

  /** One lane fewer to wait for. */
  leave(): void {
    this.#missing -= 1;
    if (this.#missing === 0) this.#open();
  }
}
