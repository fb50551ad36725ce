import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ScpObserver } from "@scpkit/core";

/** So often the same names have to follow each other until they count as a circle. */
const rounds = 8;

/** A circle may lead through this many directories. */
const longestRound = 16;

/** The copy is being made inside the tree that is copied. */
export class CopyIntoItselfError extends Error {
  override readonly name = "CopyIntoItselfError";
  readonly hint = "Copy to a place outside of the directory";

  constructor(path: string) {
    super(`The directory is being copied into itself: ${JSON.stringify(path)} is part of the copy`);
  }
}

/**
 * Ends a transfer whose other side sends the copy that is being made, round after round, until paths become too long. Only the
 * other side could tell for sure; here it is told by names that repeat (`dir/sub/dir/sub/…`) and are those of the place where
 * the tree is stored.
 *
 * @param target the local path that is copied to; `undefined`: not known, but on the host that the tree comes from
 * @returns `observe`, which throws {@link CopyIntoItselfError} in that case
 */
export async function guardSelfCopy(target: string | undefined, observe: ScpObserver): Promise<ScpObserver> {
  const place = target === undefined ? undefined : (await realPath(target)).split("/");
  return (event) => {
    if (event.type === "start" && event.entry.type === "directory") {
      const names = event.entry.path.split("/");
      const round = repeated(names);
      if (round !== undefined && (place === undefined || leadsTo(place, round))) {
        throw new CopyIntoItselfError(names.slice(0, round.length * 2).join("/"));
      }
    }
    observe(event);
  };
}

/** The names that the path ends with {@link rounds} times, if there are any. */
function repeated(names: readonly string[]): string[] | undefined {
  for (let length = 1; length <= longestRound && length * rounds <= names.length; length += 1) {
    const tail = names.slice(-length * rounds);
    if (tail.every((name, index) => name === tail[index % length])) return tail.slice(0, length);
  }
  return undefined;
}

/** Whether a path ends with the names of a round, from whichever of them it begins. */
function leadsTo(place: readonly string[], round: readonly string[]): boolean {
  const end = place.slice(-round.length);
  return round.some((_, first) => end.every((name, index) => name === round[(first + index) % round.length]));
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // What does not exist yet will be made in a directory that does.
    return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
  }
}
