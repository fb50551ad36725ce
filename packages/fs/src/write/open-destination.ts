import { constants, type Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import type { ScpEntryInfo } from "@scpkit/sink";
import type { HeldPlace } from "../system/directory-handle.ts";
import type { FileSystem } from "../system/file-system.ts";
import { errnoCode, errnoError, ruleError } from "../system/fs-error.ts";
import { childPath, type FsPath } from "../system/path.ts";
import { temporaryName } from "../system/temporary-name.ts";
import type { AttributeCheck } from "./attribute-check.ts";
import {
  closeQuietly,
  createInPlaceDestination,
  createTemporaryDestination,
  type Destination,
  type Finish,
} from "./destination.ts";
import { openSpecial } from "./open-special.ts";
import { finalMode, type ResolvedFsOptions, secondsOf } from "./resolved-options.ts";

const noFollow = constants.O_NOFOLLOW ?? 0;
const nonBlock = constants.O_NONBLOCK ?? 0;
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;

/** A request to store one file. */
export interface FileRequest {
  readonly policy: ResolvedFsOptions;
  /** The directory to store it in. Stays held until the destination was committed or discarded. */
  readonly held: HeldPlace;
  readonly name: ScpName;
  readonly label: FsPath;
  readonly entry: ScpEntryInfo;
  readonly signal: AbortSignal;
  /** The check for the directory's files. */
  readonly attributes: AttributeCheck;
}

/**
 * Opens the file that receives the body:
 *
 * | existing                  | action                                                                            |
 * |---------------------------|-----------------------------------------------------------------------------------|
 * | nothing                   | temporary file, renamed                                                           |
 * | a file with one link      | temporary file with its owner, group and mode, renamed; in place if that fails, or if it may have an access control list |
 * | a file with several links | in place; confined: temporary file, renamed, which leaves the other links alone   |
 * | a symbolic link           | the target of the link, in place; confined: rejected                              |
 * | a FIFO or device          | written to; confined: rejected                                                    |
 * | a directory               | `Is a directory`                                                                  |
 */
export async function openDestination(request: FileRequest): Promise<Destination> {
  const { policy, held, name, label } = request;
  const path = childPath(held.prefix, name);
  const existing = await policy.disk.lstat(path);
  if (existing === undefined) return createNew(request, path);
  if (existing.isDirectory()) throw errnoError(label, "EISDIR");
  if (existing.isFile()) return replaceFile(request, path, existing);
  if (policy.confined && existing.isSymbolicLink()) throw ruleError(label, "symlink-refused");
  return openThrough(request, path);
}

/**
 * Creates a new file. A mode that the umask does not change is set at creation, so that the file is never more
 * accessible than in the end.
 */
async function createNew(request: FileRequest, path: FsPath): Promise<Destination> {
  const { policy, entry } = request;
  const mode = finalMode(policy, entry);
  const settled = (mode & (policy.processUmask | 0o7000)) === 0;
  return createTemporary(request, path, settled ? mode : 0o600, settled ? undefined : mode);
}

async function replaceFile(request: FileRequest, path: FsPath, existing: Stats): Promise<Destination> {
  const { policy, held, name, label, attributes } = request;
  const manyLinks = existing.nlink > 1;
  const mayStay = policy.inPlace !== "never" && !(policy.confined && manyLinks);
  const writable = await openWritable(request, path);
  try {
    const stays = mayStay && (manyLinks || policy.inPlace === "always");
    const plain = stays || (await attributes.isPlain(held, name, existing));
    if (!stays && (plain || !mayStay)) {
      const replacement = await createReplacement(request, path, existing, plain);
      if (writable !== undefined) await closeQuietly(policy.disk, writable);
      return replacement;
    }
  } catch (error) {
    const denied = ["EACCES", "EPERM"].includes(errnoCode(error) ?? "");
    if (writable === undefined || !denied || !mayStay) {
      if (writable !== undefined) await closeQuietly(policy.disk, writable);
      throw error;
    }
  }
  if (writable === undefined) throw errnoError(label, "ETXTBSY");
  return takeInPlace(request, writable, existing);
}

/**
 * Opens for writing, as OpenSSH does to check access: a read-only file is not replaced either. Returns `undefined` if
 * the file is writable but is being executed.
 */
async function openWritable({ policy }: FileRequest, path: FsPath): Promise<number | undefined> {
  try {
    return await policy.disk.open(path, constants.O_WRONLY | noFollow | nonBlock);
  } catch (error) {
    if (errnoCode(error) === "ETXTBSY") return undefined;
    throw error;
  }
}

/**
 * Creates a temporary file with the owner of the existing file, before anybody else could read it.
 *
 * @param plain whether the mode of the existing file is its only access rule; otherwise only its owner keeps rights
 */
async function createReplacement(
  request: FileRequest,
  path: FsPath,
  existing: Stats,
  plain: boolean,
): Promise<Destination> {
  const { policy, entry } = request;
  const wanted = policy.preserve ? finalMode(policy, entry) : existing.mode & 0o777;
  const mode = plain ? wanted : wanted & 0o7700;
  const destination = await createTemporary(request, path, 0o600, mode);
  try {
    if (process.platform !== "win32") await policy.disk.fchown(destination.fd, existing.uid, existing.gid);
    return destination;
  } catch (error) {
    await destination.discard();
    throw error;
  }
}

async function createTemporary(
  { policy, held, label, entry }: FileRequest,
  final: FsPath,
  createMode: number,
  mode: number | undefined,
): Promise<Destination> {
  const temporary = childPath(held.prefix, temporaryName());
  const fd = await policy.disk.open(temporary, createFlags, createMode);
  const finish = { mode, times: secondsOf(entry.times), fsync: policy.fsync };
  const destination = createTemporaryDestination(policy.disk, held, fd, { temporary, final, label }, finish);
  try {
    await held.verify();
    return destination;
  } catch (error) {
    await destination.discard();
    throw error;
  }
}

/**
 * Writes to an existing file in place. Checks that the opened file is the one that was looked up and, in a confined
 * target, that it has no other link.
 */
async function takeInPlace(request: FileRequest, fd: number, existing: Stats): Promise<Destination> {
  const { policy, label, entry } = request;
  const { disk } = policy;
  const stats = await checkOpened(disk, fd, label, (opened) => {
    const same = opened.isFile() && opened.ino === existing.ino && opened.dev === existing.dev;
    return same && !(policy.confined && opened.nlink !== 1);
  });
  const finish = { mode: keptMode(policy, entry, stats), times: secondsOf(entry.times), fsync: policy.fsync };
  return createInPlaceDestination(disk, fd, label, { regular: true, finish });
}

/** Checks an opened file. Closes it if it is not the expected file or cannot be checked. */
async function checkOpened(
  disk: FileSystem,
  fd: number,
  label: FsPath,
  isRight: (opened: Stats) => boolean,
): Promise<Stats> {
  try {
    const stats = await disk.fstat(fd);
    if (!isRight(stats)) throw errnoError(label, "ESTALE");
    return stats;
  } catch (error) {
    await closeQuietly(disk, fd);
    throw error;
  }
}

/** Opens a file through a symbolic link, or a FIFO or device. */
async function openThrough(request: FileRequest, path: FsPath): Promise<Destination> {
  const { policy, label, entry, signal } = request;
  const { disk } = policy;
  const existing = await disk.stat(path);
  const special = existing !== undefined && !existing.isFile();
  if (existing?.isDirectory()) throw errnoError(label, "EISDIR");
  if (special && !policy.specialFiles) throw ruleError(label, "special-file-refused");
  if (!special && policy.inPlace === "never") throw ruleError(label, "in-place-refused");
  const mode = finalMode(policy, entry);
  const fd = special
    ? await openSpecial(path, signal, policy.confined ? noFollow : 0)
    : await disk.open(path, constants.O_WRONLY | constants.O_CREAT, (mode | 0o200) & 0o777);
  const stats = await checkOpened(disk, fd, label, (opened) => opened.isFile() !== special);
  const finish: Finish = {
    mode: existing === undefined ? mode : keptMode(policy, entry, stats),
    times: secondsOf(entry.times),
    fsync: policy.fsync,
  };
  const remove = async (): Promise<void> => disk.unlink(await disk.realpath(path));
  return createInPlaceDestination(disk, fd, label, {
    regular: !special,
    finish,
    ...(existing === undefined && { remove }),
  });
}

/**
 * Returns the mode for an existing file that stays: the sent mode with `preserve`, otherwise its own without the bits
 * that must not apply to new contents.
 */
function keptMode(policy: ResolvedFsOptions, entry: ScpEntryInfo, existing: Stats): number | undefined {
  if (policy.preserve) return finalMode(policy, entry);
  const mayRun = (existing.mode & 0o6000) !== 0;
  // Without privileges the kernel clears these bits at the first write.
  return mayRun && process.geteuid?.() === 0 ? existing.mode & 0o1777 : undefined;
}
