import type { ScpName } from "@scpkit/codec";
import type { DirectoryHandle } from "../system/directory-handle.ts";
import type { Tree } from "./path-resolver.ts";

/** A directory of a walk, and those above it. */
export interface WalkedDirectory {
  readonly place: DirectoryHandle;
  /** As it is sent. */
  readonly name: ScpName;
  readonly parent: WalkedDirectory | undefined;
  /** Whether it held its own path when it was found; see {@link isOwnCopy}. */
  heldOwnPath?: boolean | undefined;
}

/** A copy that is stored further down in its own tree is not recognised. */
const deepest = 32;

/**
 * Whether a tree is being stored inside itself, and `directory` is where, or below it.
 *
 * When `a/b`, seen from the root of the walk, is where the other side stores what it is sent, then sending `a/b` makes
 * `a/b/a/b`. So a directory that did not hold its own path when it was found, and holds it after it was sent, is the copy. No clock
 * and no knowledge of the other side is needed, and nothing that a tree can hold from the beginning is taken for it.
 */
export async function isOwnCopy(tree: Tree, directory: WalkedDirectory): Promise<boolean> {
  let distance = 0;
  for (let above: WalkedDirectory | undefined = directory; above !== undefined; above = above.parent) {
    // Each is looked at again and again while the walk goes down, in all as often as the logarithm of the depth.
    const isDue = (distance & (distance - 1)) === 0;
    if (isDue && above.heldOwnPath === false && (await holdsOwnPath(tree, above))) return true;
    distance += 1;
  }
  return false;
}

/**
 * Whether there is a directory `a/b/a/b` in the tree, for the directory `a/b` of it.
 *
 * @returns `undefined` for the root, and so deep down that nobody copies there
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
    // A failed look-up is reported when the walk reaches the entry.
    return false;
  }
}

/** The names from the root of the walk, without the root's own. */
function pathOf(directory: WalkedDirectory): ScpName[] | undefined {
  const names: ScpName[] = [];
  for (let at = directory; at.parent !== undefined; at = at.parent) {
    if (names.push(at.name) > deepest) return undefined;
  }
  return names.length === 0 ? undefined : names.reverse();
}
