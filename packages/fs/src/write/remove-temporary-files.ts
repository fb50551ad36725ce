import { createName, type ScpName } from "@scpkit/codec";
import { confinedRoot } from "../system/confined-root.ts";
import type { DirectoryHandle } from "../system/directory-handle.ts";
import { type FileSystem, poolFileSystem } from "../system/file-system.ts";
import { asPrefix, childPath, displayPath, type FsPath, toFsPath } from "../system/path.ts";
import { temporaryNamePattern } from "../system/temporary-name.ts";
import { useHandle } from "../system/use-handle.ts";

/** Options of {@link removeTemporaryFiles}. */
export interface RemoveTemporaryFilesOptions {
  /** Removes only files that have not changed for this many milliseconds. @default 86400000 (one day) */
  readonly olderThanMs?: number | undefined;
  /** Also searches the directories below. @default false */
  readonly recursive?: boolean | undefined;
  /** Removes nothing and returns the paths that would be removed. @default false */
  readonly dryRun?: boolean | undefined;
}

/**
 * Removes the files that killed transfers left in a directory: regular files with names as {@link temporaryNamePattern}
 * whose status has not changed for a while. No symbolic link is followed below `directory`.
 *
 * @returns the paths of the removed files, as text for display
 * @throws {ScpFsError} if a directory cannot be read, or a file cannot be removed
 */
export async function removeTemporaryFiles(
  directory: string | Uint8Array,
  options: RemoveTemporaryFilesOptions = {},
): Promise<readonly string[]> {
  const { olderThanMs = 86_400_000, recursive = false, dryRun = false } = options;
  const path = toFsPath(directory);
  const sweep: Sweep = {
    disk: dryRun ? { ...poolFileSystem, unlink() {} } : poolFileSystem,
    beforeMs: Date.now() - olderThanMs,
    recursive,
    removed: [],
  };
  await sweepDirectory(sweep, confinedRoot(poolFileSystem, path), path);
  return sweep.removed;
}

interface Sweep {
  readonly disk: FileSystem;
  /** Files that changed after this time stay. */
  readonly beforeMs: number;
  readonly recursive: boolean;
  readonly removed: string[];
}

/** Removes the old temporary files of one directory. The directory stays open while those in it are searched. */
async function sweepDirectory(sweep: Sweep, place: DirectoryHandle, label: FsPath): Promise<void> {
  const { disk, beforeMs, recursive, removed } = sweep;
  const below: ScpName[] = [];
  await useHandle(place, label, async (held) => {
    const listing = await disk.list(held.prefix);
    try {
      for (let raw = await listing.next(); raw !== undefined; raw = await listing.next()) {
        const name = createName(raw);
        const isTemporary = temporaryNamePattern.test(name.text);
        if (!isTemporary && !recursive) continue;
        const path = childPath(held.prefix, name);
        const stats = await disk.lstat(path);
        if (stats?.isDirectory() && recursive) below.push(name);
        if (!isTemporary || !stats?.isFile() || Math.floor(stats.ctimeMs) > beforeMs) continue;
        await held.verify();
        await disk.unlink(path);
        removed.push(displayPath(childPath(asPrefix(label), name)));
      }
    } finally {
      await listing.close();
    }
    for (const name of below) await sweepDirectory(sweep, place.child(name), childPath(asPrefix(label), name));
  });
}
