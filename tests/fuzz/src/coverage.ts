/** The counters that istanbul keeps for one file: statements, functions and branches, numbered. */
interface FileCounters {
  readonly s: Record<number, number>;
  readonly f: Record<number, number>;
  readonly b: Record<number, number[]>;
}

/** Counters numbered from 0. */
interface Counters {
  readonly counts: Record<number, number>;
  readonly length: number;
}

/** Records how often one input reached each place of the instrumented code, and whether that is new. */
export class Coverage {
  readonly #groups: readonly Counters[];
  /** One bit per size class of a counter, as AFL counts: 1, 2, 3, 4, 8, 16, 32, 128 times and more. */
  readonly #seen: Uint8Array;

  /** @param counters the counters of the instrumented code, by file */
  constructor(counters: Readonly<Record<string, FileCounters>>) {
    this.#groups = Object.values(counters).flatMap(({ s, f, b }) => [
      { counts: s, length: Object.keys(s).length },
      { counts: f, length: Object.keys(f).length },
      ...Object.values(b).map((branch) => ({ counts: branch, length: branch.length })),
    ]);
    this.#seen = new Uint8Array(this.#groups.reduce((sum, { length }) => sum + length, 0));
  }

  /** The number of places reached so far. */
  get reached(): number {
    return this.#seen.reduce((count, bits) => count + (bits === 0 ? 0 : 1), 0);
  }

  /** The total number of places. */
  get places(): number {
    return this.#seen.length;
  }

  /** Reads the counters since the last call, and returns whether any of them is new. */
  takeIsNew(): boolean {
    const seen = this.#seen;
    let isNew = false;
    let place = 0;
    for (const { counts, length } of this.#groups) {
      for (let at = 0; at < length; at++, place++) {
        const count = counts[at] ?? 0;
        if (count === 0) continue;
        counts[at] = 0;
        const before = seen[place] ?? 0;
        const now = before | bucket(count);
        if (now === before) continue;
        seen[place] = now;
        isNew = true;
      }
    }
    return isNew;
  }
}

function bucket(count: number): number {
  if (count < 4) return count === 0 ? 0 : 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}
