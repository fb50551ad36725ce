import type { ScpObserver } from "@scpkit/core";
import { isPlainPath } from "../operands/plain-path.ts";
import type { ProgressTotal } from "../progress/tracker.ts";

/** Adds up the files and bytes of all sources of one run. */
export class RunTotal {
  readonly #sources: number;
  readonly #report: (total: ProgressTotal) => void;
  readonly #parts: { readonly sources: number; total: ProgressTotal }[] = [];

  /**
   * @param sources how many operands are sources
   * @param report called with every new sum; it is complete when the totals of all sources are
   */
  constructor(sources: number, report: (total: ProgressTotal) => void) {
    this.#sources = sources;
    this.#report = report;
  }

  /** Returns a function that sets the total of `sources` sources that are copied together. It can be called repeatedly. */
  part(sources = 1): (total: ProgressTotal) => void {
    const part = { sources, total: { files: 0, bytes: 0, complete: false } };
    this.#parts.push(part);
    return (total) => {
      part.total = total;
      this.#report(this.#sum());
    };
  }

  #sum(): ProgressTotal {
    let [files, bytes, complete] = [0, 0, 0];
    for (const { sources, total } of this.#parts) {
      files += total.files;
      bytes += total.bytes;
      if (total.complete) complete += sources;
    }
    return { files, bytes, complete: complete === this.#sources };
  }
}

/**
 * Reports the total of a remote source that is a single file, as soon as the server has announced it. Of directories, and of paths that
 * the remote shell may expand, the total is not known.
 *
 * @returns `observe`, which reports besides
 */
export function reportSingleFile(
  path: string,
  report: (total: ProgressTotal) => void,
  observe: ScpObserver,
): ScpObserver {
  if (!isPlainPath(path)) return observe;
  return (event) => {
    const { entry } = event.type === "start" ? event : { entry: undefined };
    if (entry?.type === "file" && !entry.path.includes("/")) report({ files: 1, bytes: entry.size, complete: true });
    observe(event);
  };
}
