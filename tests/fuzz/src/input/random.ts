/** A random number generator that returns the same numbers for the same seed on all runtimes (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns an integer from 0 to `count - 1`; 0 if `count` is not above 0. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return count <= 0 ? 0 : ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  }

  /** Returns true once in `count` times on average. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** @throws {Error} if `items` is empty */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("Nothing to pick from");
    return item;
  }
}

/**
 * Returns a number that depends on every byte (FNV-1a). A target derives its choices from it, so that they depend only
 * on the input.
 */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
