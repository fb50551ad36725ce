/** A time limit that can be paused while a person is asked. */
export class PausableTimeout {
  readonly #onTimeout: () => void;
  #leftMs: number;
  #pauses = 0;
  #startedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param limitMs 0 sets no limit */
  constructor(limitMs: number, onTimeout: () => void) {
    this.#leftMs = limitMs;
    this.#onTimeout = onTimeout;
    this.#start();
  }

  /** Pauses until {@link resume} was called as often. */
  pause(): void {
    this.#pauses += 1;
    if (this.#timer === undefined) return;
    this.#leftMs = Math.max(1, this.#leftMs - (performance.now() - this.#startedAt));
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Continues after {@link pause}. */
  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#start();
  }

  /** Stops the timeout permanently. */
  stop(): void {
    this.#leftMs = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    if (this.#leftMs <= 0) return;
    this.#startedAt = performance.now();
    this.#timer = setTimeout(this.#onTimeout, this.#leftMs);
  }
}
