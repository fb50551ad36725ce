import type { ScpEntries } from "@scpkit/source";

/** How much there is to send. */
export interface TreeTotal {
  readonly files: number;
  readonly bytes: number;
}

/** Between two reports of what was counted so far. */
const reportEvery = 256;

/**
 * Counts the files of a tree without opening them.
 *
 * @param most stop at this many: enough to choose by
 * @param onCount told of what was counted so far, now and then
 */
export async function countFiles(
  entries: ScpEntries,
  most: number,
  signal: AbortSignal,
  onCount: (total: TreeTotal) => void = () => {},
): Promise<TreeTotal> {
  let files = 0;
  let bytes = 0;
  const levels: ScpEntries[] = [entries];
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    try {
      for await (const entry of level) {
        if (signal.aborted || files >= most) return { files, bytes };
        if (entry.type === "file") {
          files += 1;
          bytes += entry.size;
          if (files % reportEvery === 0) onCount({ files, bytes });
        } else if (entry.type === "directory") {
          levels.push(entry.entries({ path: "", signal }));
        }
      }
    } catch {
      // The transfer will meet the same directory and report it.
    }
  }
  return { files, bytes };
}
