import type { ScpDirectoryEntry, ScpEntries, ScpEntry } from "@scpkit/source";
import type { TreeTotal } from "./count-tree.ts";

/** Entries that are kept for the sender, about 50 MB. */
const mostKept = 100_000;

/** Between two reports of what was counted so far. */
const reportEvery = 256;

/** How {@link readAhead} reads. */
export interface ReadAheadOptions {
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Called with the counts from time to time, and once more when they are final. */
  readonly onCount: (total: TreeTotal) => void;
  /** Entries that may be read before they are asked for. @default 100000 */
  readonly most?: number | undefined;
}

/**
 * Returns the same entries, and reads the tree below them ahead in order to count it: each directory is listed once,
 * for the count and for the sender. The sender only waits for the reading of what it asks for.
 */
export function readAhead(entries: ScpEntries, options: ReadAheadOptions): ScpEntries {
  const tally = new Tally(options);
  const top = new Level(tally, () => entries);
  void tally.countAll(top);
  return top.take();
}

/** Holds the counts, and how far they are ahead of the sender. */
class Tally {
  readonly #options: ReadAheadOptions;
  #files = 0;
  #bytes = 0;
  #kept = 0;
  #wake: () => void = () => {};

  constructor(options: ReadAheadOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  add(entry: ScpEntry): void {
    this.#kept += 1;
    if (entry.type !== "file") return;
    this.#files += 1;
    this.#bytes += entry.size;
    if (this.#files % reportEvery === 0) this.#report(false);
  }

  taken(): void {
    this.#kept -= 1;
    this.#wake();
  }

  /** Reads the whole tree, as far ahead as is allowed. */
  async countAll(top: Level): Promise<void> {
    const { signal, most = mostKept } = this.#options;
    const levels = [top];
    for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
      for (let more = true; more; ) {
        while (this.#kept >= most && !signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
        if (signal.aborted) return level.end();
        more = await level.read();
      }
      levels.push(...level.children.splice(0).reverse());
    }
    if (!signal.aborted) this.#report(true);
  }

  #report(complete: boolean): void {
    this.#options.onCount({ files: this.#files, bytes: this.#bytes, complete });
  }
}

/** One directory: what was read of it and not taken yet. */
class Level {
  /** The directories in it that were read since they were last looked at. */
  readonly children: Level[] = [];
  readonly #tally: Tally;
  readonly #open: () => ScpEntries;
  readonly #queue: ScpEntry[] = [];
  #iterator: AsyncIterator<ScpEntry> | Iterator<ScpEntry> | undefined;
  #reading: Promise<boolean> | undefined;
  #error: { readonly error: unknown } | undefined;
  #ended = false;

  constructor(tally: Tally, open: () => ScpEntries) {
    this.#tally = tally;
    this.#open = open;
  }

  /** Reads one more entry. Whoever else asks meanwhile waits for the same one. @returns whether there may be more */
  read(): Promise<boolean> {
    this.#reading ??= this.#readOne().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The entries, in order. Once. */
  async *take(): AsyncGenerator<ScpEntry, void, void> {
    try {
      while (true) {
        for (const entry of this.#queue.splice(0)) {
          this.#tally.taken();
          yield entry;
        }
        if (this.#queue.length > 0) continue;
        if (this.#ended) break;
        await this.read();
      }
      if (this.#error !== undefined) throw this.#error.error;
    } finally {
      await this.end();
    }
  }

  /** Releases the directory. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#reading;
    await this.#iterator?.return?.();
  }

  async #readOne(): Promise<boolean> {
    if (this.#ended) return false;
    try {
      this.#iterator ??= iteratorOf(this.#open());
      const { done, value } = await this.#iterator.next();
      if (done === true) this.#ended = true;
      else this.#keep(value);
    } catch (error) {
      this.#ended = true;
      this.#error = { error };
    }
    return !this.#ended;
  }

  #keep(entry: ScpEntry): void {
    this.#tally.add(entry);
    this.#queue.push(entry.type === "directory" ? this.#shared(entry) : entry);
  }

  #shared(entry: ScpDirectoryEntry): ScpDirectoryEntry {
    const { signal } = this.#tally;
    const child = new Level(this.#tally, () => entry.entries({ path: "", signal }));
    this.children.push(child);
    return { ...entry, entries: () => child.take() };
  }
}

function iteratorOf(entries: ScpEntries): AsyncIterator<ScpEntry> | Iterator<ScpEntry> {
  return Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
}
