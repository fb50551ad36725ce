import type { ScpFailure } from "../transfer.ts";

/** Failures that are kept. */
const maxFailures = 1000;
/** Characters of paths and messages that are kept: a peer chooses both, and a path may be as long as all directories above it. */
const maxCharacters = 1024 * 1024;

/** The first failures of a transfer, and how many there were. The memory it takes does not depend on the peer. */
export class FailureList {
  readonly #kept: ScpFailure[] = [];
  #count = 0;
  #characters = 0;

  /** Failures added so far. */
  get count(): number {
    return this.#count;
  }

  /** The first of them: at most 1,000, and at most 1 Mi characters in their paths and messages. */
  get kept(): readonly ScpFailure[] {
    return this.#kept;
  }

  /** Counts a failure, and keeps it when nothing was left out before and there is room. */
  add(failure: ScpFailure): void {
    this.#characters += failure.path.length + (failure.error instanceof Error ? failure.error.message.length : 0);
    const fits = this.#kept.length < maxFailures && this.#characters <= maxCharacters;
    if (fits && this.#kept.length === this.#count) this.#kept.push(failure);
    this.#count += 1;
  }
}
