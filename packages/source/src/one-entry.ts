import { quoteText, ScpStateError } from "@scpkit/codec";
import type { ScpEntries, ScpEntry } from "./entry.ts";

/** Returns whether a path can only name a directory, whatever is there. */
export function namesDirectory(remotePath: string): boolean {
  return /(^|\/)\.{0,2}$/.test(remotePath) || remotePath === "~";
}

/**
 * Passes on the first entry and fails those after it: a sink whose destination is no directory would store each of them over the one
 * before.
 */
export function oneEntry(entries: ScpEntries, remotePath: string): AsyncIterable<ScpEntry> {
  return { [Symbol.asyncIterator]: () => new OneEntry(entries, remotePath) };
}

/** Not a generator: its `return()` would wait for a `next()` that may never settle. */
class OneEntry implements AsyncIterator<ScpEntry> {
  readonly #iterator: AsyncIterator<ScpEntry> | Iterator<ScpEntry>;
  readonly #remotePath: string;
  #passed = false;

  constructor(entries: ScpEntries, remotePath: string) {
    this.#iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
    this.#remotePath = remotePath;
  }

  async next(): Promise<IteratorResult<ScpEntry>> {
    const result = await this.#iterator.next();
    if (result.done || result.value.type === "failed") return result;
    if (!this.#passed) {
      this.#passed = true;
      return result;
    }
    const message = `Only one entry can be stored as ${quoteText(this.#remotePath)}; set targetIsDirectory when it is a directory`;
    return { done: false, value: { type: "failed", name: result.value.name, error: new ScpStateError(message) } };
  }

  async return(): Promise<IteratorResult<ScpEntry>> {
    await this.#iterator.return?.();
    return { done: true, value: undefined };
  }
}
