import type { ScpEntries } from "@scpkit/source";

/** How much there is to send. */
export interface TreeTotal {
  readonly files: number;
  readonly bytes: number;
  /** Whether the counts are final. */
  readonly complete: boolean;
}

/** What {@link countTree} found. */
export interface TreeCount extends TreeTotal {
  /** Files and directories: each waits for an answer of the server. */
  readonly entries: number;
}

/**
 * Counts the files and directories of a tree without opening a file.
 *
 * @param most stops at this many entries: enough to choose by
 */
export async function countTree(tree: ScpEntries, most: number, signal: AbortSignal): Promise<TreeCount> {
  let [entries, files, bytes] = [0, 0, 0];
  const levels: ScpEntries[] = [tree];
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    try {
      for await (const entry of level) {
        if (signal.aborted || entries >= most) return { entries, files, bytes, complete: false };
        if (entry.type === "failed") continue;
        entries += 1;
        if (entry.type === "file") {
          files += 1;
          bytes += entry.size;
        } else {
          levels.push(entry.entries({ path: "", signal }));
        }
      }
    } catch {
      // The transfer will meet the same directory and report it.
    }
  }
  return { entries, files, bytes, complete: !signal.aborted };
}
