import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ScpObserver } from "@scpkit/core";

/** Number of repetitions of the same names that count as a cycle. */
const repetitions = 8;

/** Maximum number of directories in a cycle. */
const longestCycle = 16;

/** The target of the copy is inside the directory that is copied. */
export class CopyIntoItselfError extends Error {
  override readonly name = "CopyIntoItselfError";
  readonly hint = "Copy to a directory outside of the directory";

  constructor(path: string) {
    super(`The directory is being copied into itself: ${JSON.stringify(path)} is part of the copy`);
  }
}

/**
 * Ends a transfer in which the other side sends the copy that is being made, again and again, until paths become too long. Only the
 * other side knows this for certain. This side detects it by names that repeat (`dir/sub/dir/sub/…`) and are the names of the
 * directory in which the tree is stored.
 *
 * @param target the local path that is copied to; `undefined`: not known, but on the host that the tree comes from
 * @returns `observe`, which throws {@link CopyIntoItselfError} in that case
 */
export async function guardSelfCopy(target: string | undefined, observe: ScpObserver): Promise<ScpObserver> {
  const directory = target === undefined ? undefined : (await realPath(target)).split("/");
  return (event) => {
    if (event.type === "start" && event.entry.type === "directory") {
      const names = event.entry.path.split("/");
      const cycle = repeated(names);
      if (cycle !== undefined && (directory === undefined || endsInCycle(directory, cycle))) {
        throw new CopyIntoItselfError(names.slice(0, cycle.length * 2).join("/"));
      }
    }
    observe(event);
  };
}

/** The names that the path ends with {@link repetitions} times, if there are any. */
function repeated(names: readonly string[]): string[] | undefined {
  for (let length = 1; length <= longestCycle && length * repetitions <= names.length; length += 1) {
    const tail = names.slice(-length * repetitions);
    if (tail.every((name, index) => name === tail[index % length])) return tail.slice(0, length);
  }
  return undefined;
}

/** Whether a path ends with the names of a cycle, from whichever of them it begins. */
function endsInCycle(directory: readonly string[], cycle: readonly string[]): boolean {
  const end = directory.slice(-cycle.length);
  return cycle.some((_, first) => end.every((name, index) => name === cycle[(first + index) % cycle.length]));
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // What does not exist yet will be made in a directory that does.
    return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
  }
}
