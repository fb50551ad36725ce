import { constants } from "node:fs";
import type { HeldPlace } from "../system/directory-handle.ts";
import type { FileSystem } from "../system/file-system.ts";
import { ruleError, toFsError } from "../system/fs-error.ts";
import { asPrefix, type FsPath } from "../system/path.ts";

/** An open file that receives a body. One of `commit` and `discard` is called, when no write is under way. */
export interface Destination {
  readonly fd: number;
  /** Whether writes may say where they go. Not so for FIFOs and most devices. */
  readonly seekable: boolean;
  /** Makes the body the file's contents. When it rejects, what could be undone has been undone. */
  commit(size: number): Promise<void>;
  /** Undoes what can be undone. Never rejects. */
  discard(): Promise<void>;
}

/** What is done to a received file before it counts. */
export interface Finish {
  /** Set with fchmod; `undefined`: it is right already. */
  readonly mode: number | undefined;
  /** In seconds. */
  readonly times: { readonly atime: number; readonly mtime: number } | undefined;
  readonly fsync: boolean;
}

/** A new file under a temporary name, which becomes the file by a rename: readers see the old file or the new one, whole. */
export function createTemporaryDestination(
  disk: FileSystem,
  held: HeldPlace,
  fd: number,
  paths: { readonly temporary: FsPath; readonly final: FsPath; readonly label: FsPath },
  finish: Finish,
): Destination {
  let open = true;
  const discard = async (): Promise<void> => {
    if (open) await closeQuietly(disk, fd);
    open = false;
    await quietly(async () => disk.unlink(paths.temporary));
  };
  const commit = async (): Promise<void> => {
    try {
      await applyFinish(disk, fd, finish, paths.label);
      await checkName(disk, fd, paths.temporary, paths.label);
      open = false;
      await disk.close(fd);
      await held.verify();
      await disk.rename(paths.temporary, paths.final);
    } catch (error) {
      await discard();
      throw toFsError(error, paths.label);
    }
    if (finish.fsync) await fsyncDirectory(disk, held.prefix);
  };
  return { fd, seekable: true, commit, discard };
}

/**
 * A file that is written where it is, as OpenSSH does: not truncated before all bytes are there, so that until then only the
 * part already received is new. Nothing can be undone but its creation, by `remove`.
 */
export function createInPlaceDestination(
  disk: FileSystem,
  fd: number,
  label: FsPath,
  { regular, finish, remove }: { readonly regular: boolean; readonly finish: Finish; remove?(): Promise<void> },
): Destination {
  const discard = async (): Promise<void> => {
    await closeQuietly(disk, fd);
    if (remove !== undefined) await quietly(remove);
  };
  const commit = async (size: number): Promise<void> => {
    try {
      if (regular) {
        await attempt(async () => disk.ftruncate(fd, size), label, "truncate");
        await applyFinish(disk, fd, finish, label);
      }
    } catch (error) {
      await discard();
      throw toFsError(error, label);
    }
    await attempt(async () => disk.close(fd), label, "close");
  };
  return { fd, seekable: regular, commit, discard };
}

/** Makes a change of the directory itself (a new name, a rename) survive a power failure. */
export async function fsyncDirectory(disk: FileSystem, prefix: FsPath): Promise<void> {
  if (process.platform === "win32") return;
  const fd = await disk.open(prefix.length === 0 ? "." : asPrefix(prefix), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await disk.fsync(fd);
  } finally {
    await disk.close(fd);
  }
}

/** The mode after the last write, which takes setuid away; the times after both. */
async function applyFinish(disk: FileSystem, fd: number, { mode, times, fsync }: Finish, label: FsPath): Promise<void> {
  if (mode !== undefined) await attempt(async () => disk.fchmod(fd, mode), label, "set mode");
  if (times !== undefined) await attempt(async () => disk.futimes(fd, times.atime, times.mtime), label, "set times");
  if (fsync) await disk.fsync(fd);
}

/** Checks that a name still leads to the open file: what is renamed is what was received. */
async function checkName(disk: FileSystem, fd: number, path: FsPath, label: FsPath): Promise<void> {
  const [opened, named] = [await disk.fstat(fd), await disk.lstat(path)];
  if (named?.ino !== opened.ino || named.dev !== opened.dev) throw ruleError(label, "changed-meanwhile");
}

/** Lets go of a descriptor that nothing depends on. */
export async function closeQuietly(disk: FileSystem, fd: number): Promise<void> {
  await quietly(async () => disk.close(fd));
}

async function quietly(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch {}
}

async function attempt(run: () => Promise<void>, label: FsPath, action: string): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw toFsError(error, label, action);
  }
}
