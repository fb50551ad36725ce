import { createName } from "@scpkit/codec";
import { type Disk, poolDisk } from "./disk.ts";
import { toFsError } from "./fs-error.ts";
import { asPrefix, childPath, displayPath, type FsPath, toFsPath } from "./path.ts";
import { confinedRoot, type Place } from "./place.ts";
import { temporaryNamePattern } from "./temporary-name.ts";

/** Which temporary files {@link removeTemporaryFiles} removes. */
export interface RemoveTemporaryFilesOptions {
  /** Only those that nobody has written to for so many milliseconds. @default 86400000 (one day) */
  readonly olderThanMs?: number | undefined;
  /** Look into the directories below, too. @default false */
  readonly recursive?: boolean | undefined;
  /** Remove nothing; the paths returned are those that would be removed. @default false */
  readonly dryRun?: boolean | undefined;
}

/**
 * Removes what transfers that were killed have left in a directory: regular files named like {@link temporaryNamePattern}
 * whose status has not changed for a while. No symbolic link is followed below `directory`.
 *
 * @returns the paths of the removed files, for people
 * @throws {ScpFsError} a directory cannot be read, or a file cannot be removed
 */
export async function removeTemporaryFiles(
  directory: string | Uint8Array,
  options: RemoveTemporaryFilesOptions = {},
): Promise<readonly string[]> {
  const { olderThanMs = 86_400_000, recursive = false, dryRun = false } = options;
  const removed: string[] = [];
  const path = toFsPath(directory);
  const pending: Directory[] = [{ place: confinedRoot(poolDisk, path), label: path }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { place, label } = next;
    try {
      const children = recursive ? pending : undefined;
      const disk = dryRun ? { ...poolDisk, unlink() {} } : poolDisk;
      await sweep(disk, { place, label }, Date.now() - olderThanMs, removed, children);
    } catch (error) {
      throw toFsError(error, label);
    }
  }
  return removed;
}

interface Directory {
  readonly place: Place;
  readonly label: FsPath;
}

/** Removes the old temporary files of one directory and adds the directories in it to `children`. */
async function sweep(
  disk: Disk,
  { place, label }: Directory,
  beforeMs: number,
  removed: string[],
  children: Directory[] | undefined,
): Promise<void> {
  const held = await place.hold();
  try {
    const listing = await disk.list(held.prefix);
    try {
      for (let raw = await listing.next(); raw !== undefined; raw = await listing.next()) {
        const name = createName(raw);
        const isTemporary = temporaryNamePattern.test(name.text);
        if (!isTemporary && children === undefined) continue;
        const path = childPath(held.prefix, name);
        const childLabel = childPath(asPrefix(label), name);
        const stats = await disk.lstat(path);
        if (stats?.isDirectory()) children?.push({ place: place.child(name), label: childLabel });
        if (!isTemporary || !stats?.isFile() || Math.floor(stats.ctimeMs) > beforeMs) continue;
        await held.verify();
        await disk.unlink(path);
        removed.push(displayPath(childLabel));
      }
    } finally {
      await listing.close();
    }
  } finally {
    held.release();
  }
}
