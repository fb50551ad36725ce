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

/** How {@link createFsTarget} stores what it receives. */
export interface FsTargetOptions {
  /**
   * Modes are taken as they are sent, umask aside, also for what exists already: `scp -p`. Times are applied whenever they
   * are sent, as OpenSSH does. @default false
   */
  readonly preserve?: boolean | undefined;
  /** Bits taken from the modes of new files and directories; not used with `preserve`. @default the umask of the process */
  readonly umask?: number | undefined;
  /** The path must be a directory: `scp -d`. @default false */
  readonly targetIsDirectory?: boolean | undefined;
  /**
   * Confines the target to the directory `path`, which must exist, or to `root`: nothing outside is written, made or changed.
   * No symbolic link is followed, as leaf or on the way; a file with several links is replaced and not written through;
   * FIFOs and devices are refused; setuid, setgid and sticky are stripped. @default false, and true with `root`
   */
  readonly confine?: boolean | undefined;
  /**
   * The directory to be confined to, when `path` comes from the peer: `path` is looked up in it, a leading `/` and an empty path
   * mean the root itself. The path of the root is trusted, symbolic links in it included.
   */
  readonly root?: string | Uint8Array | undefined;
  /**
   * Whether an existing file is written where it is, as OpenSSH always does. An interrupted transfer leaves such a file partly
   * new.
   *
   * - `"when-needed"`: when it cannot be replaced by a rename: it has several links, is behind a symbolic link, is in a
   *   directory one may not write to, belongs to somebody else, or has an access control list or another attribute that a
   *   new file would lack. It is also written in place when nobody can say whether it has one: `/bin/ls` is not that of
   *   GNU, macOS or FreeBSD, or cannot be run.
   * - `"never"`: several links are broken up; of a file with an access control list, or where nobody can say, only the
   *   owner's rights stay; the others are refused.
   * - `"always"`: no room is needed for both copies of a file. Confined, a file with several links is replaced all the same.
   *
   * @default "when-needed"
   */
  readonly inPlace?: "when-needed" | "never" | "always" | undefined;
  /**
   * With `preserve`, set setuid, setgid and sticky as sent, as OpenSSH does. Without `preserve` they are always stripped.
   * @default true, false when confined
   */
  readonly allowSpecialBits?: boolean | undefined;
  /** Write into FIFOs and devices that are there, as OpenSSH does. @default true, false when confined */
  readonly allowSpecialFiles?: boolean | undefined;
  /** A committed file or directory survives a power failure: fsync of the file and of its directory. @default false */
  readonly fsync?: boolean | undefined;
  /**
   * Store files of up to 256 KiB, and make directories, with calls that block the event loop, as long as they are fast; on machines
   * with one or two processors larger files too. A disk that turns out to be slow is used on the thread pool. About a quarter of the time per small file; for programs that have nothing else to do, never for a server.
   * @default false
   */
  readonly blocking?: boolean | undefined;
  /** Ends the look-up of `path` in `root`, with the signal's reason. Transfers have signals of their own. */
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
 * A place on this machine's file system that takes received files: the sink of `scp`.
 *
 * Whether `path` is a directory is decided once, here, by the rule of `resolveDestination` of `@scpkit/sink`. If it is, entries are stored in
 * it under their own names; if not, a file or directory is stored as `path` itself, whatever its name. `destination` of the target
 * says which: confined, as a path from the root; otherwise as the real path of the directory.
 *
 * A file is received under a temporary name beside its own ({@link temporaryNamePattern}) and renamed when it is whole: the old
 * file or the new one is there, never half of one. An existing file keeps its owner, its group and, without `preserve`, its mode.
 * Extended attributes without a say in access are not carried over. What cannot be replaced is written in place, see
 * `inPlace`. A read-only file is refused with `Permission denied`, as in OpenSSH.
 *
 * The stream of a file takes chunks of any size and keeps them until they are written: do not change them. Every failure is an
 * {@link ScpFsError} with OpenSSH's words: from `file` and `directory` when nothing was stored, from a write or `close()` later.
 * Nothing needs to be closed when the target itself is no longer used.
 *
 * @param path bytes for a path that is not UTF-8 (not on Deno and Windows)
 * @throws {ScpFsError} with `targetIsDirectory` or confined: `path: No such file or directory`, `path: Not a directory`
 * @throws {TypeError} an option is unknown or has a wrong value
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

/** Fills in the defaults. */
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

/** Returns the existing file. Unless `now` is set, an error of the look-up is reported later, when something is stored. */
async function existing(disk: FileSystem, path: FsPath, now: boolean): Promise<Stats | undefined> {
  try {
    return await disk.stat(path.length === 0 ? "." : path);
  } catch (error) {
    if (now) throw error;
    return undefined;
  }
}

/** Makes a target for `path` in the directory `root`. */
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
 * The target for a path, which led to `found`. Its files and directories are stored in `found.place`, so what the destination says is
 * what is opened.
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
 * Entries go into a directory, under their own names.
 *
 * @param prefix of the entries' paths in messages: empty, or ending with a slash
 * @param own the name that is the caller's own and not the peer's: it needs no check, and is called `label` in messages
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
