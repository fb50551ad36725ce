import type { ScpName } from "@scpkit/codec";
import { type Found, locate } from "../system/confine.ts";
import { confinedRoot } from "../system/confined-root.ts";
import { type DirectoryHandle, realPlace } from "../system/directory-handle.ts";
import type { FileSystem } from "../system/file-system.ts";
import { asPrefix, childPath, type FsPath, splitPath } from "../system/path.ts";

/** Looks up what a walk reads. Symbolic links are followed; missing entries have no `stats`. */
export interface Tree {
  /** Looks up the caller's path. */
  operand(path: FsPath): Promise<Found>;
  /** @param label path of the child, for messages */
  child(place: DirectoryHandle, name: ScpName, label: FsPath): Promise<Found>;
  /** Whether files are opened with O_NOFOLLOW, because links were already followed here, one step at a time. */
  readonly noFollow: boolean;
}

/** Returns a tree for the whole file system. */
export function pathTree(disk: FileSystem): Tree {
  return {
    async operand(path) {
      const stats = await disk.stat(path);
      const isDirectory = stats?.isDirectory() === true;
      const { prefix, name } = splitPath(path);
      const place = await realPlace(disk, isDirectory ? asPrefix(path) : prefix);
      return { stats, place, name: isDirectory ? undefined : name };
    },
    async child(place, name) {
      const stats = await disk.stat(childPath((await place.hold()).prefix, name));
      return stats?.isDirectory() ? { stats, place: place.child(name), name: undefined } : { stats, place, name };
    },
    noFollow: false,
  };
}

/**
 * Returns a tree for `root` only.
 *
 * @param options.place the handle of `root`
 * @param options.signal aborts the lookup of the operand
 */
export function confinedTree(
  disk: FileSystem,
  root: FsPath,
  {
    place = confinedRoot(disk, root),
    signal,
  }: { readonly place?: DirectoryHandle; readonly signal?: AbortSignal | undefined } = {},
): Tree {
  const realRoot = once(async () => await disk.realpath(root));
  return {
    async operand(path) {
      return locate(disk, place, path, { root: await realRoot(), signal });
    },
    async child(parent, name, label) {
      return locate(disk, parent, childPath("", name), { root: await realRoot(), label });
    },
    noFollow: true,
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
