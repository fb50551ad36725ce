import type { Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import type { DirectoryHandle, HeldPlace } from "./directory-handle.ts";
import type { FileSystem } from "./file-system.ts";
import { errnoError, ruleError } from "./fs-error.ts";
import { asPrefix, childPath, components, type FsPath, toBytes } from "./path.ts";
import { isTemporaryName } from "./temporary-name.ts";

/** The result of a lookup. */
export interface Found {
  /** The attributes of the entry itself: never a symbolic link. `undefined` if the last component does not exist. */
  readonly stats: Stats | undefined;
  /** The entry if it is a directory; otherwise the directory that contains it. */
  readonly place: DirectoryHandle;
  /** Its name in `place`; `undefined` if it is a directory. */
  readonly name: ScpName | undefined;
}

/** Options of {@link locate}. */
export interface LocateOptions {
  /** The real path of the root, for absolute symbolic links that lead back into it. If absent, no link is followed. */
  readonly root?: FsPath | undefined;
  /** Names the path in messages. @default the path */
  readonly label?: FsPath | undefined;
  /** Aborts the lookup before its next component. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The maximum number of components of one path, including those of symbolic links. Each level may hold a descriptor.
 */
export const maxComponents = 256;

/** The number of links that the Linux kernel follows in one path. */
const maxLinks = 40;

const dot = 0x2e;

/**
 * Resolves `path` from `start`, one component at a time, and never above the root of the confinement. `..` is the
 * previous directory, and an absolute path starts at the root. Names of temporary files are not found.
 *
 * Each directory on the path stays open until the end, so that the number of calls grows with the number of components.
 *
 * @throws {ScpFsError} `outside-root`, `symlink-refused`, `too-many-components`, `ENOENT` for a middle component or a
 * temporary file, `ENOTDIR`, `ELOOP`
 */
export async function locate(
  disk: FileSystem,
  start: DirectoryHandle,
  path: FsPath,
  { root, label = path, signal }: LocateOptions = {},
): Promise<Found> {
  const trail = new Trail();
  try {
    let here = await trail.enter(start);
    let links = 0;
    let taken = 0;
    const pending = components(path).reverse();
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      signal?.throwIfAborted();
      taken += 1;
      if (taken > maxComponents) throw ruleError(label, "too-many-components");
      if (isDots(name, 1)) continue;
      if (isDots(name, 2)) {
        if (here.place.parent === undefined) throw ruleError(label, "outside-root");
        here = await trail.leave(here.place.parent);
        continue;
      }
      if (isTemporaryName(name)) throw errnoError(label, "ENOENT");
      const { stats, link } = await look(disk, here.held, name);
      if (link !== undefined) {
        links += 1;
        if (root === undefined) throw ruleError(label, "symlink-refused");
        if (links > maxLinks) throw errnoError(label, "ELOOP");
        const inside = insideRoot(link, root);
        if (inside === undefined) throw ruleError(label, "outside-root");
        if (inside !== link) here = await trail.enter(rootOf(here.place));
        pending.push(...components(inside).reverse());
      } else if (stats?.isDirectory()) {
        here = await trail.enter(here.place.child(name));
      } else if (pending.length === 0) {
        return { stats, place: here.place, name };
      } else {
        throw errnoError(label, stats === undefined ? "ENOENT" : "ENOTDIR");
      }
    }
    return { stats: await disk.stat(asPrefix(here.held.prefix)), place: here.place, name: undefined };
  } finally {
    trail.release();
  }
}

interface Step {
  readonly place: DirectoryHandle;
  readonly held: HeldPlace;
}

/** The directories of a lookup. All are held, so that a step down or up opens at most one. */
class Trail {
  readonly #steps: Step[] = [];

  async enter(place: DirectoryHandle): Promise<Step> {
    const step = { place, held: await place.hold() };
    this.#steps.push(step);
    return step;
  }

  /** Steps up to `parent`. */
  async leave(parent: DirectoryHandle): Promise<Step> {
    this.#steps.pop()?.held.release();
    const step = this.#steps.at(-1);
    return step?.place === parent ? step : this.enter(parent);
  }

  release(): void {
    for (const { held } of this.#steps) held.release();
  }
}

function isDots({ bytes }: ScpName, count: number): boolean {
  return bytes.length === count && bytes.every((byte) => byte === dot);
}

async function look(
  disk: FileSystem,
  { prefix }: HeldPlace,
  name: ScpName,
): Promise<{ readonly stats: Stats | undefined; readonly link?: Buffer }> {
  const path = childPath(prefix, name);
  const stats = await disk.lstat(path);
  return stats?.isSymbolicLink() ? { stats, link: await disk.readlink(path) } : { stats };
}

/**
 * Returns a link's target as a path in the confinement: a relative target unchanged, the rest of an absolute one below
 * `root`, or `undefined` outside.
 */
function insideRoot(link: Buffer, root: FsPath): Buffer | undefined {
  if (link[0] !== 0x2f) return link;
  const prefix = toBytes(asPrefix(root));
  const inside = toBytes(asPrefix(link)).subarray(0, prefix.length).equals(prefix);
  return inside ? link.subarray(prefix.length - 1) : undefined;
}

function rootOf(place: DirectoryHandle): DirectoryHandle {
  let root = place;
  while (root.parent !== undefined) root = root.parent;
  return root;
}
