import type { ScpEntries, ScpEntry } from "../entry.ts";
import { discardEntry, type PreparedEntry, prepareEntry } from "./prepared-entry.ts";

/** Files opened before their turn, unless the caller says otherwise. */
const defaultFilesAhead = 8;

/**
 * Prepares the entries of one directory a few ahead of what is being sent, so that opening overlaps with the network.
 * It stops at each subdirectory until that was taken: at any time only the directory being sent holds files open.
 */
export class LookAhead {
  readonly #iterator: AsyncIterator<ScpEntry> | Iterator<ScpEntry>;
  readonly #parentPath: string;
  readonly #signal: AbortSignal;
  readonly #filesAhead: number;
  readonly #queue: Promise<PreparedEntry | undefined>[] = [];
  #filling = false;
  #blocked = false;
  #asking = false;
  #done = false;
  #wake: () => void = () => {};

  /** @param parentPath path of the directory the entries are in; empty at the top */
  constructor(entries: ScpEntries, parentPath: string, signal: AbortSignal, filesAhead: number = defaultFilesAhead) {
    this.#filesAhead = filesAhead;
    this.#iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
    this.#parentPath = parentPath;
    this.#signal = signal;
  }

  /**
   * The next entry, or `undefined` after the last. Rejects once when listing the entries fails, then ends.
   */
  async next(): Promise<PreparedEntry | undefined> {
    this.#fill();
    while (this.#queue.length === 0 && !this.#done) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const first = this.#queue.shift();
    // A subdirectory, also one that cannot be sent, is the last that was prepared.
    if (this.#queue.length === 0) this.#blocked = false;
    const prepared = await first;
    this.#fill();
    return prepared;
  }

  /**
   * Lets go of everything prepared and ends the caller's iterator. An iterator that is just being asked for an entry is not waited for:
   * it may never give one.
   */
  async close(reason: unknown): Promise<void> {
    const wasDone = this.#done;
    this.#done = true;
    for (const waiting of this.#queue.splice(0)) {
      waiting.then((prepared) => prepared !== undefined && discardEntry(prepared, reason), ignore);
    }
    if (wasDone) return;
    const ended = this.#end().catch(ignore);
    if (!this.#asking) await ended;
  }

  async #end(): Promise<void> {
    await this.#iterator.return?.();
  }

  #fill(): void {
    if (this.#filling || this.#done) return;
    this.#filling = true;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    while (!this.#done && !this.#blocked && this.#queue.length < this.#filesAhead) {
      try {
        this.#asking = true;
        const { done, value } = await this.#iterator.next();
        this.#asking = false;
        if (this.#done) break;
        if (done) this.#done = true;
        else this.#add(value);
      } catch (error) {
        this.#done = true;
        const failed = Promise.reject(error);
        failed.catch(ignore);
        this.#queue.push(failed);
      }
      this.#wake();
    }
    this.#filling = false;
  }

  #add(entry: ScpEntry): void {
    if (entry.type === "directory") this.#blocked = true;
    const prepared = prepareEntry(entry, this.#parentPath, this.#signal);
    prepared.catch(ignore);
    this.#queue.push(prepared);
  }
}

function ignore(): void {}
