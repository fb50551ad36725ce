import { blockingDisk, type FileSystem, type Listing, poolFileSystem } from "./file-system.ts";

/** Milliseconds above which a call is considered to wait for a device or a network. */
const slowMs = 0.5;

/**
 * The disk counts as slow when slow calls outweigh fast ones by this number. A single call may be slow for another
 * reason.
 */
const slowScore = 16;

/** Milliseconds in blocking calls after which the event loop gets a turn. */
const turnMs = 10;

/**
 * Returns a file system that makes blocking calls while they are fast, and uses the thread pool once they are slow. The
 * first call uses the pool, in case the file system does not respond at all. After 10 ms in blocking calls the event
 * loop gets a turn, so that signals and connections are not delayed.
 */
export function createAdaptiveDisk(fast: FileSystem = blockingDisk, slow: FileSystem = poolFileSystem): FileSystem {
  const pace = new Pace();
  const names = Object.keys(fast) as (keyof FileSystem)[];
  const calls = names.map((name) => {
    const [atOnce, onPool] = [fast[name] as Call, slow[name] as Call];
    return [name, (...words: unknown[]) => (pace.blocks() ? pace.run(() => atOnce(...words)) : onPool(...words))];
  });
  return {
    ...(Object.fromEntries(calls) as FileSystem),
    entriesAhead: () => (pace.isSlow ? slow : fast).entriesAhead(),
    async list(path) {
      if (!pace.blocks()) return slow.list(path);
      const { next, close } = (await pace.run(() => fast.list(path))) as Listing;
      return { next: () => pace.run(next) as ReturnType<Listing["next"]>, close };
    },
  };
}

type Call = (...words: unknown[]) => unknown;

/** Measures the time of blocking calls. */
class Pace {
  #isFirst = true;
  #score = 0;
  #spentMs = 0;

  get isSlow(): boolean {
    return this.#score >= slowScore;
  }

  /** Returns whether the next call may block. */
  blocks(): boolean {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    return !isFirst && !this.isSlow;
  }

  /** Runs a blocking call. Its result may be delayed by one turn of the event loop. */
  run(call: () => unknown): unknown {
    const start = performance.now();
    try {
      return this.#afterTurn(call(), start);
    } catch (error) {
      this.#measure(start);
      throw error;
    }
  }

  #afterTurn(value: unknown, start: number): unknown {
    this.#measure(start);
    if (this.#spentMs < turnMs) return value;
    this.#spentMs = 0;
    return new Promise((resolve) => setImmediate(resolve, value));
  }

  #measure(start: number): void {
    const tookMs = performance.now() - start;
    this.#spentMs += tookMs;
    if (!this.isSlow) this.#score = Math.max(0, this.#score + (tookMs > slowMs ? 2 : -1));
  }
}
