/** When and how a call fails. */
export interface ScpFaultOptions {
  /**
   * The call that fails, counted from 1 over everything wrapped with this fault. @default none: calls are only counted
   */
  readonly at?: number | undefined;
  /**
   * - `fail`: the call rejects with `error`
   * - `stall`: the call does not return until its caller is cancelled or aborted
   * - `slow`: every call takes one more turn of the event loop; none fails
   *
   * @default "fail"
   */
  readonly how?: "fail" | "stall" | "slow" | undefined;
  /** The error. @default an Error that names the call */
  readonly error?: unknown;
}

/**
 * Makes the n-th call fail, stall or lag. `faultyTarget`, `faultyEntries` and `faultyTransport` share it, so that a
 * test can run the same transfer for every n until {@link struck} stays `false`.
 */
export class ScpFault {
  readonly #options: ScpFaultOptions;
  readonly #calls: string[] = [];
  #error: unknown;

  constructor(options: ScpFaultOptions = {}) {
    this.#options = options;
  }

  /** The names of the calls so far, in order: `"file"`, `"write"`, `"exec"` and so on. */
  get calls(): readonly string[] {
    return this.#calls;
  }

  /** Whether the call that fails has been made. */
  get struck(): boolean {
    return this.#options.at !== undefined && this.#calls.length >= this.#options.at;
  }

  /** The error that the failing call rejected with. */
  get error(): unknown {
    return this.#error;
  }

  /**
   * Counts a call, and makes it fail, stall or lag if it is its turn.
   *
   * @param signal ends a call that stalls: it rejects with the signal's reason
   */
  async pass(name: string, signal?: AbortSignal): Promise<void> {
    this.#calls.push(name);
    const { at, how = "fail" } = this.#options;
    if (how === "slow") await new Promise((resolve) => setTimeout(resolve));
    if (how === "slow" || this.#calls.length !== at) return;
    this.#error = this.#options.error ?? new Error(`Call ${at} (${name}) was made to ${how}`);
    if (how === "fail") throw this.#error;
    await new Promise((_, reject) => {
      const end = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", end, { once: true });
      if (signal?.aborted) end();
    });
  }
}
