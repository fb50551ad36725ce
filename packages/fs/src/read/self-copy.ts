import type { ScpName } from "@scpkit/codec";
import type { DirectoryHandle } from "../system/directory-handle.ts";
import type { Tree } from "./path-resolver.ts";

/** A directory of a walk, with its ancestors. */
export interface WalkedDirectory {
  readonly place: DirectoryHandle;
  /** The name under which it is sent. */
  readonly name: ScpName;
  readonly parent: WalkedDirectory | undefined;
  /** Whether it contained its own path when it was found; see {@link isOwnCopy}. */
  heldOwnPath?: boolean | undefined;
}

/** The maximum depth at which a copy in its own tree is detected. */
const deepest = 32;

/**
 * Returns whether a tree is being stored inside itself, and `directory` is in the copy.
 *
 * If `a/b`, relative to the root of the walk, is where the other side stores the received files, then sending `a/b`
 * creates `a/b/a/b`. A directory that did not contain its own path when it was found, and contains it after it was
 * sent, is therefore the copy. This needs no clock and no knowledge of the other side, and never mistakes existing
 * contents for a copy.
 */
export async function isOwnCopy(tree: Tree, directory: WalkedDirectory): Promise<boolean> {
  let distance = 0;
  for (let above: WalkedDirectory | undefined = directory; above !== undefined; above = above.parent) {
    // Each directory is checked again while the walk goes down, as often as the logarithm of the depth in total.
    const isDue = (distance & (distance - 1)) === 0;
    if (isDue && above.heldOwnPath === false && (await holdsOwnPath(tree, above))) return true;
    distance += 1;
  }
  return false;
}

/**
 * Returns whether the tree contains a directory `a/b/a/b`, for its directory `a/b`.
 *
 * @returns `undefined` for the root, and below the maximum depth
 */
export async function holdsOwnPath(tree: Tree, directory: WalkedDirectory): Promise<boolean | undefined> {
  const names = pathOf(directory);
  if (names === undefined) return undefined;
  let { place } = directory;
  try {
    for (const name of names) {
      const found = await tree.child(place, name, "");
      if (found.stats?.isDirectory() !== true) return false;
      place = found.place;
    }
    return true;
  } catch {
    // A failed lookup is reported when the walk reaches the entry.
    return false;
  }
}

/** Returns the names from the root of the walk, without the root's own. */
function pathOf(directory: WalkedDirectory): ScpName[] | undefined {
  const names: ScpName[] = [];
  for (let at = directory; at.parent !== undefined; at = at.parent) {
    if (names.push(at.name) > deepest) return undefined;
  }
  return names.length === 0 ? undefined : names.reverse();
}
