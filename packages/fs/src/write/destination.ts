import { constants } from "node:fs";
import type { HeldPlace } from "../system/directory-handle.ts";
import type { FileSystem } from "../system/file-system.ts";
import { ruleError, toFsError } from "../system/fs-error.ts";
import { asPrefix, type FsPath } from "../system/path.ts";

/** An open file that receives a body. Either `commit` or `discard` is called, while no write is pending. */
export interface Destination {
  readonly fd: number;
  /** Whether writes may state a position. False for FIFOs and most devices. */
  readonly seekable: boolean;
  /** Makes the body the contents of the file. If it rejects, everything that can be undone was undone. */
  commit(size: number): Promise<void>;
  /** Undoes everything that can be undone. Never rejects. */
  discard(): Promise<void>;
}

/** The attributes that are applied to a received file before it is committed. */
export interface Finish {
  /** Set with fchmod; `undefined` if the mode is already correct. */
  readonly mode: number | undefined;
  /** In seconds. */
  readonly times: { readonly atime: number; readonly mtime: number } | undefined;
  readonly fsync: boolean;
}

/**
 * Creates a file under a temporary name, which a rename moves into place: readers see the complete old file or the
 * complete new one.
 */
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
 * Writes a file in place, as OpenSSH does. It is not truncated before all bytes have arrived, so until then only the
 * part already received is new. Only its creation can be undone, by `remove`.
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

/** Makes a change of the directory itself (a new name, a rename) durable across a power failure. */
export async function fsyncDirectory(disk: FileSystem, prefix: FsPath): Promise<void> {
  if (process.platform === "win32") return;
  const fd = await disk.open(prefix.length === 0 ? "." : asPrefix(prefix), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await disk.fsync(fd);
  } finally {
    await disk.close(fd);
  }
}

/** Sets the mode after the last write, which clears setuid, and the times after both. */
async function applyFinish(disk: FileSystem, fd: number, { mode, times, fsync }: Finish, label: FsPath): Promise<void> {
  if (mode !== undefined) await attempt(async () => disk.fchmod(fd, mode), label, "set mode");
  if (times !== undefined) await attempt(async () => disk.futimes(fd, times.atime, times.mtime), label, "set times");
  if (fsync) await disk.fsync(fd);
}

/** Checks that a name still refers to the open file, so that the renamed file is the received one. */
async function checkName(disk: FileSystem, fd: number, path: FsPath, label: FsPath): Promise<void> {
  const [opened, named] = [await disk.fstat(fd), await disk.lstat(path)];
  if (named?.ino !== opened.ino || named.dev !== opened.dev) throw ruleError(label, "changed-meanwhile");
}

/** Closes a descriptor and ignores errors. */
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
