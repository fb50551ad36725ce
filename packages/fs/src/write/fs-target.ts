import type { Stats } from "node:fs";
import { checkOptions, type OptionKinds, type ScpName } from "@scpkit/codec";
import { resolveDestination, type ScpTarget } from "@scpkit/sink";
import { createAdaptiveDisk } from "../system/adaptive-file-system.ts";
import { type Found, locate } from "../system/confine.ts";
import { confinedRoot } from "../system/confined-root.ts";
import { DescriptorPlace, type DirectoryHandle, realPlace } from "../system/directory-handle.ts";
import { type FileSystem, poolFileSystem } from "../system/file-system.ts";
import { ruleError, toFsError } from "../system/fs-error.ts";
import {
  asPrefix,
  childPath,
  type FsPath,
  splitPath,
  storagePath,
  stripTrailingSlashes,
  toFsPath,
  usablePath,
} from "../system/path.ts";
import { AttributeCheck } from "./attribute-check.ts";
import { enterDirectory } from "./enter-directory.ts";
import type { ResolvedFsOptions } from "./resolved-options.ts";
import { checkStorable } from "./storable-name.ts";
import { storeFile } from "./store-file.ts";

/** Options of {@link createFsTarget}. */
export interface FsTargetOptions {
  /**
   * Sets modes as they are sent, without the umask, also on existing files and directories: `scp -p`. Times are applied
   * whenever they are sent, as OpenSSH does. @default false
   */
  readonly preserve?: boolean | undefined;
  /**
   * Bits removed from the modes of new files and directories; not used with `preserve`.
   * @default the umask of the process
   */
  readonly umask?: number | undefined;
  /** Whether the path must be a directory: `scp -d`. @default false */
  readonly targetIsDirectory?: boolean | undefined;
  /**
   * Confines the target to the directory `path`, which must exist, or to `root`: nothing outside is written, created or
   * changed. No symbolic link is followed, neither as the last component nor before it; a file with several links is
   * replaced and not written through; FIFOs and devices are rejected; setuid, setgid and sticky are stripped.
   * @default false, and true with `root`
   */
  readonly confine?: boolean | undefined;
  /**
   * The directory to confine the target to, for a `path` from the peer: `path` is looked up in it, and a leading `/` or
   * an empty path means the root itself. The path of the root is trusted, including its symbolic links.
   */
  readonly root?: string | Uint8Array | undefined;
  /**
   * Whether an existing file is written in place, as OpenSSH always does. An interrupted transfer leaves such a file
   * partly new.
   *
   * - `"when-needed"`: if it cannot be replaced by a rename, because it has several links, is behind a symbolic link,
   *   is in a directory without write permission, belongs to another user, or has an access control list or another
   *   attribute that a new file would lack. It is also written in place if this cannot be determined: `/bin/ls` is not
   *   that of GNU, macOS or FreeBSD, or cannot be run.
   * - `"never"`: a file with several links is replaced, which separates it from the other links. A file with an access
   *   control list, or one whose attributes cannot be determined, keeps only the owner's rights. Other files are
   *   rejected.
   * - `"always"`: needs no space for two copies of a file. In a confined target, a file with several links is still
   *   replaced.
   *
   * @default "when-needed"
   */
  readonly inPlace?: "when-needed" | "never" | "always" | undefined;
  /**
   * Whether `preserve` sets setuid, setgid and sticky as sent, as OpenSSH does. Without `preserve` they are always
   * stripped.
   * @default true, false when confined
   */
  readonly allowSpecialBits?: boolean | undefined;
  /** Writes into existing FIFOs and devices, as OpenSSH does. @default true, false when confined */
  readonly allowSpecialFiles?: boolean | undefined;
  /**
   * Makes a committed file or directory durable across a power failure: fsync of the file and of its directory.
   * @default false
   */
  readonly fsync?: boolean | undefined;
  /**
   * Stores files of up to 256 KiB, and creates directories, with calls that block the event loop while they are fast;
   * on machines with one or two processors also larger files. A slow disk is used on the thread pool. Takes about a
   * quarter of the time per small file. For programs that do nothing else; do not use it in a server.
   * @default false
   */
  readonly blocking?: boolean | undefined;
  /** Aborts the lookup of `path` in `root`, with the signal's reason. Transfers have their own signals. */
  readonly signal?: AbortSignal | undefined;
}

const optionKinds: OptionKinds<FsTargetOptions> = {
  preserve: "boolean",
  umask: "number",
  targetIsDirectory: "boolean",
  confine: "boolean",
  root: "string|bytes",
  inPlace: ["when-needed", "never", "always"],
  allowSpecialBits: "boolean",
  allowSpecialFiles: "boolean",
  fsync: "boolean",
  blocking: "boolean",
  signal: "signal",
};

/**
 * Creates a target that stores received files in the local file system: the sink of `scp`.
 *
 * Whether `path` is a directory is decided once, here, by the rule of `resolveDestination` of `@scpkit/sink`. If it is,
 * entries are stored in it under their own names. Otherwise a file or directory is stored as `path` itself, whatever
 * its name. The target's `destination` states which: a path from the root if confined, otherwise the real path of the
 * directory.
 *
 * A file is received under a temporary name in the same directory ({@link temporaryNamePattern}) and renamed when it is
 * complete, so readers see the old file or the new one, and never a partial one. An existing file keeps its owner, its
 * group and, without `preserve`, its mode. Extended attributes that do not affect access are not carried over. A file
 * that cannot be replaced is written in place, see `inPlace`. A read-only file is rejected with `Permission denied`, as
 * in OpenSSH.
 *
 * The stream of a file accepts chunks of any size and keeps them until they are written: do not change them. Every
 * failure is an {@link ScpFsError} with OpenSSH's message: from `file` and `directory` if nothing was stored, later
 * from a write or `close()`. The target itself holds no resources.
 *
 * @param path bytes for a path that is not UTF-8 (not on Deno and Windows)
 * @throws {ScpFsError} with `targetIsDirectory` or confined: `path: No such file or directory`, `path: Not a directory`
 * @throws {TypeError} if an option is unknown or has an invalid value
 */
export async function createFsTarget(path: string | Uint8Array, options: FsTargetOptions = {}): Promise<ScpTarget> {
  checkOptions("createFsTarget", options, optionKinds, { error: TypeError });
  const { root, confine = root !== undefined } = options;
  const policy = decidePolicy(options, confine);
  const given = toFsPath(path);
  try {
    for (const used of [given, ...(root === undefined ? [] : [toFsPath(root)])]) {
      if (!usablePath(used)) throw ruleError(used, "name-not-storable");
    }
    if (root !== undefined) return await confinedTarget(policy, toFsPath(root), given, options);
    if (confine) return await confinedTarget(policy, given, "", { ...options, targetIsDirectory: true });
    return await pathTarget(policy, given, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toFsError(error, given);
  }
}

/** Applies the defaults to the options. */
export function decidePolicy(options: FsTargetOptions, confined: boolean): ResolvedFsOptions {
  const { preserve = false, fsync = false, blocking = false, allowSpecialFiles = !confined } = options;
  const { umask, inPlace = "when-needed", allowSpecialBits = !confined } = options;
  const processUmask = process.umask();
  return {
    disk: blocking ? createAdaptiveDisk() : poolFileSystem,
    preserve,
    umask: preserve ? 0 : (umask ?? processUmask),
    processUmask,
    specialBits: preserve && allowSpecialBits,
    fsync,
    confined,
    inPlace,
    specialFiles: allowSpecialFiles,
  };
}

async function pathTarget(policy: ResolvedFsOptions, path: FsPath, options: FsTargetOptions): Promise<ScpTarget> {
  const stats = await existing(policy.disk, path, options.targetIsDirectory === true);
  const isDirectory = stats?.isDirectory() === true;
  const { prefix, name } = splitPath(stripTrailingSlashes(path));
  const place = await realPlace(policy.disk, isDirectory ? asPrefix(path) : prefix);
  return targetAt(policy, { stats, place, name: isDirectory ? undefined : name }, path, {
    ...options,
    confined: false,
  });
}

/**
 * Returns the existing file. Unless `now` is set, an error of the lookup is reported later, when something is stored.
 */
async function existing(disk: FileSystem, path: FsPath, now: boolean): Promise<Stats | undefined> {
  try {
    return await disk.stat(path.length === 0 ? "." : path);
  } catch (error) {
    if (now) throw error;
    return undefined;
  }
}

/** Creates a target for `path` in the directory `root`. */
export async function confinedTarget(
  policy: ResolvedFsOptions,
  root: FsPath,
  path: FsPath,
  options: FsTargetOptions,
): Promise<ScpTarget> {
  const label = path.length === 0 ? root : path;
  const { signal } = options;
  const found = await locate(policy.disk, confinedRoot(policy.disk, root), path, { label, signal });
  const place = found.place instanceof DescriptorPlace ? found.place.direct() : found.place;
  return targetAt(policy, { ...found, place }, path, { ...options, confined: true });
}

/**
 * Creates the target for a path that resolved to `found`. Its files and directories are stored in `found.place`, so the
 * paths that the destination states are those that are opened.
 */
async function targetAt(
  policy: ResolvedFsOptions,
  found: Found,
  path: FsPath,
  { targetIsDirectory, confined }: { readonly targetIsDirectory?: boolean | undefined; readonly confined: boolean },
): Promise<ScpTarget> {
  const { stats, place } = found;
  const type = stats === undefined ? undefined : stats.isDirectory() ? "directory" : "file";
  const given = typeof path === "string" ? storagePath(path) : path;
  const resolved = await resolveDestination(given, { typeOf: () => type, targetIsDirectory, confined });
  const destination = { ...resolved, directory: storagePath(place.path) };
  const { name } = destination;
  if (name === undefined) {
    return { ...directoryTarget(policy, place, path.length === 0 ? "" : asPrefix(path)), destination };
  }
  const { prefix } = splitPath(stripTrailingSlashes(path));
  return { ...directoryTarget(policy, place, prefix, { name, label: path }), destination };
}

/**
 * Creates a target that stores entries in a directory under their own names.
 *
 * @param prefix of the entries' paths in messages: empty, or ending with a slash
 * @param own a name that comes from the caller and not from the peer: it is not checked, and messages call it `label`
 */
export function directoryTarget(
  policy: ResolvedFsOptions,
  place: DirectoryHandle,
  prefix: FsPath,
  own?: { readonly name: ScpName; readonly label: FsPath },
): ScpTarget {
  const labelOf = (name: ScpName): FsPath => {
    if (name === own?.name) return own.label;
    const label = childPath(prefix, name);
    checkStorable(name, label);
    return label;
  };
  const attributes = new AttributeCheck();
  return {
    async file(entry, { signal }) {
      const label = labelOf(entry.name);
      return storeFile({ policy, name: entry.name, label, entry, signal, attributes }, place);
    },
    async directory(entry) {
      const label = labelOf(entry.name);
      const { place: child, close, abort } = await enterDirectory(policy, place, entry.name, label, entry);
      return { ...directoryTarget(policy, child, asPrefix(label)), close, abort };
    },
  };
}
