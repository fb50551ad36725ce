import type { ScpEntries } from "@scpkit/source";

/** How much there is to send. */
export interface TreeTotal {
  readonly files: number;
  readonly bytes: number;
  /** Whether the counts are final. */
  readonly complete: boolean;
}

/**
 * Counts the files of a tree without opening them.
 *
 * @param most stops at this many: enough to choose by
 */
export async function countFiles(entries: ScpEntries, most: number, signal: AbortSignal): Promise<TreeTotal> {
  let files = 0;
  let bytes = 0;
  const levels: ScpEntries[] = [entries];
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    try {
      for await (const entry of level) {
        if (signal.aborted || files >= most) return { files, bytes, complete: false };
        if (entry.type === "file") {
          files += 1;
          bytes += entry.size;
        } else if (entry.type === "directory") {
          levels.push(entry.entries({ path: "", signal }));
        }
      }
    } catch {
      // The transfer will meet the same directory and report it.
    }
  }
  return { files, bytes, complete: !signal.aborted };
}
