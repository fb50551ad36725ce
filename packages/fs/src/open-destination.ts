import { constants, type Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import type { ScpEntryInfo } from "@scpkit/sink";
import {
  createInPlaceDestination,
  createTemporaryDestination,
  type Destination,
  type Finish,
} from "./destination.ts";
import { poolDisk } from "./disk.ts";
import { errnoCode, errnoError, ruleError } from "./fs-error.ts";
import { childPath, type FsPath } from "./path.ts";
import type { HeldPlace } from "./place.ts";
import { finalMode, secondsOf, type StorePolicy } from "./store-policy.ts";
import { temporaryName } from "./temporary-name.ts";

const noFollow = constants.O_NOFOLLOW ?? 0;
const nonBlock = constants.O_NONBLOCK ?? 0;
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;

/** One file to be stored. */
export interface FileRequest {
  readonly policy: StorePolicy;
  /** Where; released by the destination, or by the caller when this fails. */
  readonly held: HeldPlace;
  readonly name: ScpName;
  readonly label: FsPath;
  readonly entry: ScpEntryInfo;
  readonly signal: AbortSignal;
}

/**
 * Opens what receives the file:
 *
 * | in its place is           | then                                                                              |
 * |---------------------------|-----------------------------------------------------------------------------------|
 * | nothing                   | temporary file, renamed                                                           |
 * | a file with one link      | temporary file with its owner, group and mode, renamed; in place where that cannot be had |
 * | a file with several links | in place; confined: temporary file, renamed, which leaves the other links alone   |
 * | a symbolic link           | what it leads to, in place; confined: refused                                     |
 * | a FIFO or device          | written to; confined: refused                                                     |
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

/** A mode the system leaves as it is at creation is given at once: nobody sees more of the file than in the end. */
async function createNew(request: FileRequest, path: FsPath): Promise<Destination> {
  const { policy, entry } = request;
  const mode = finalMode(policy, entry);
  const settled = (mode & (policy.processUmask | 0o7000)) === 0;
  const finish = { ...finishOf(request), mode: settled ? undefined : mode };
  return (await createTemporary(request, path, settled ? mode : 0o600, finish)).destination;
}

async function replaceFile(request: FileRequest, path: FsPath, existing: Stats): Promise<Destination> {
  const { policy, entry, label } = request;
  const { disk } = policy;
  const writable = await openWritable(request, path);
  const manyLinks = existing.nlink > 1;
  try {
    if (manyLinks && !policy.confined && policy.inPlace) return await takeInPlace(request, writable, label);
    const mode = policy.preserve ? finalMode(policy, entry) : existing.mode & 0o777;
    const { fd, destination } = await createTemporary(request, path, 0o600, { ...finishOf(request), mode });
    try {
      if (process.platform !== "win32") await disk.fchown(fd, existing.uid, existing.gid);
    } catch (error) {
      await destination.discard();
      throw error;
    }
    if (writable !== undefined) await disk.close(writable);
    return destination;
  } catch (error) {
    const code = errnoCode(error);
    if (policy.inPlace && writable !== undefined && (code === "EACCES" || code === "EPERM") && !manyLinks) {
      return await takeInPlace(request, writable, label);
    }
    if (writable !== undefined) await disk.close(writable);
    throw error;
  }
}
