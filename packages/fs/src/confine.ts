import type { Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import type { Disk } from "./disk.ts";
import { errnoError, ruleError } from "./fs-error.ts";
import { asPrefix, childPath, components, type FsPath, toBytes } from "./path.ts";
import type { Place } from "./place.ts";

/** Where a path leads. */
export interface Found {
  /** Of the thing itself: never a symbolic link. `undefined`: the last component does not exist. */
  readonly stats: Stats | undefined;
  /** The directory itself when it is one; otherwise the directory it is in. */
  readonly place: Place;
  /** Its name in `place`; `undefined` when it is a directory. */
  readonly name: ScpName | undefined;
}

/** As many as the kernel of Linux follows in one path. */
const maxLinks = 40;

const dot = 0x2e;

/**
 * Walks `path` from `start`, one component at a time, and never above the root of the confinement. `..` is the directory the
 * walk came from, and an absolute path starts at the root.
 *
 * @param root the real path of the root, for absolute symbolic links that lead back into it; absent: no link is followed
 * @param path only for messages: `label`
 * @throws {ScpFsError} `outside-root`, `symlink-refused`, `ENOENT` for a middle component, `ENOTDIR`, `ELOOP`
 */
export async function locate(
  disk: Disk,
  start: Place,
  path: FsPath,
  { root, label = path }: { readonly root?: FsPath | undefined; readonly label?: FsPath } = {},
): Promise<Found> {
  let place = start;
  let links = 0;
  const pending = components(path).reverse();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const { bytes } = name;
    if (bytes.length === 1 && bytes[0] === dot) continue;
    if (bytes.length === 2 && bytes[0] === dot && bytes[1] === dot) {
      if (place.parent === undefined) throw ruleError(label, "outside-root");
      place = place.parent;
      continue;
    }
    const { stats, link } = await look(disk, place, name);
    if (link !== undefined) {
      links += 1;
      if (root === undefined) throw ruleError(label, "symlink-refused");
      if (links > maxLinks) throw errnoError(label, "ELOOP");
      const inside = insideRoot(link, root);
      if (inside === undefined) throw ruleError(label, "outside-root");
      if (inside !== link) place = rootOf(place);
      pending.push(...components(inside).reverse());
    } else if (stats?.isDirectory()) {
      place = place.child(name);
    } else if (pending.length === 0) {
      return { stats, place, name };
    } else {
      throw errnoError(label, stats === undefined ? "ENOENT" : "ENOTDIR");
    }
  }
  const held = await place.hold();
  try {
    return { stats: await disk.stat(asPrefix(held.prefix)), place, name: undefined };
  } finally {
    held.release();
  }
}

async function look(
  disk: Disk,
  place: Place,
  name: ScpName,
): Promise<{ readonly stats: Stats | undefined; readonly link?: Buffer }> {
  const held = await place.hold();
  try {
    const path = childPath(held.prefix, name);
    const stats = await disk.lstat(path);
    return stats?.isSymbolicLink() ? { stats, link: await disk.readlink(path) } : { stats };
  } finally {
    held.release();
  }
}

/** A link's target as a path in the confinement: itself when relative, the rest of it below `root`, `undefined` outside. */
function insideRoot(link: Buffer, root: FsPath): Buffer | undefined {
  if (link[0] !== 0x2f) return link;
  const prefix = toBytes(asPrefix(root));
  const inside = toBytes(asPrefix(link)).subarray(0, prefix.length).equals(prefix);
  return inside ? link.subarray(prefix.length - 1) : undefined;
}

function rootOf(place: Place): Place {
  let root = place;
  while (root.parent !== undefined) root = root.parent;
  return root;
}
