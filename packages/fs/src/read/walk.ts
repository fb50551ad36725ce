import { constants, type Stats } from "node:fs";
import { checkOptions, createName, type OptionKinds, type ScpName } from "@scpkit/codec";
import type { ScpDirectoryEntry, ScpEntry, ScpFileEntry } from "@scpkit/source";
import { createAdaptiveDisk } from "../system/adaptive-file-system.ts";
import type { Found } from "../system/confine.ts";
import type { DirectoryHandle, HeldPlace } from "../system/directory-handle.ts";
import { type FileSystem, type Listing, poolFileSystem } from "../system/file-system.ts";
import { errnoError, ruleError, type ScpFsError, toFsError } from "../system/fs-error.ts";
import {
  asPrefix,
  childPath,
  type FsPath,
  rawPaths,
  splitPath,
  storagePath,
  stripTrailingSlashes,
  toBytes,
  toFsPath,
  usablePath,
} from "../system/path.ts";
import { isTemporaryName } from "../system/temporary-name.ts";
import { confinedTree, pathTree, type Tree } from "./path-resolver.ts";
import { modeAndTimes, openFile } from "./read-file.ts";
import { holdsOwnPath, isOwnCopy, type WalkedDirectory } from "./self-copy.ts";
import { hasNewline, visName } from "./vis-name.ts";

/** Options of {@link walk}. */
export interface WalkOptions {
  /**
   * Includes directories. Without it a directory is a failed entry, `not a regular file`, as in OpenSSH. @default false
   */
  readonly recursive?: boolean | undefined;
  /**
   * Yields the entries of the directory `path` instead of the directory, with everything below them; implies
   * `recursive`. Send them to an existing directory (`targetIsDirectory` of `upload`). If `path` is not a directory, it
   * becomes a failed entry, `ENOTDIR`.
   * @default false
   */
  readonly contents?: boolean | undefined;
  /**
   * Confines the walk: `path` is looked up in this directory and nothing outside it is opened. A leading `/` in `path`
   * means the root itself. Symbolic links are followed inside the root; a link that leads outside is a failed entry. On
   * Linux every step starts from an open directory, so changing the tree during the walk cannot lead outside either; on
   * other systems real paths are compared before and after opening. A hard link to a file outside cannot be
   * distinguished from a file inside.
   */
  readonly root?: string | Uint8Array | undefined;
  /**
   * How to handle a name that contains a newline, which SCP cannot carry. `"encode"` sends it visibly encoded as
   * OpenSSH does (`a\^Jb`). `"fail"` reports a failed entry. @default "encode"
   */
  readonly newline?: "encode" | "fail" | undefined;
  /**
   * Reads directories and files of up to 256 KiB with calls that block the event loop while they are fast. A slow disk
   * is read on the thread pool, and the event loop gets a turn after 10 ms in such calls. Takes about a tenth of the
   * time per small file. For programs that do nothing else; do not use it in a server. @default false
   */
  readonly blocking?: boolean | undefined;
  /** Aborts the lookup of `path` in `root`: the walk throws the signal's reason. Listings have their own signals. */
  readonly signal?: AbortSignal | undefined;
}

const optionKinds: OptionKinds<WalkOptions> = {
  recursive: "boolean",
  contents: "boolean",
  root: "string|bytes",
  newline: ["encode", "fail"],
  blocking: "boolean",
  signal: "signal",
};

/**
 * Yields the one entry for a local path, as `scp` sends it: a file, a directory with everything in it, or a failure.
 * With `contents`, yields the entries of the directory.
 *
 * Symbolic links are followed, as in OpenSSH. A link to a directory that contains it is a failed entry, so that the
 * walk ends. If a process stores the tree inside itself, listing the copy fails with the rule `own-copy`. Files that
 * cannot be sent (an unreadable file, a FIFO, socket or device, a dangling link) are failed entries with an {@link
 * ScpFsError}. Children are in the order of the file system, unsorted. The walk never waits for a FIFO.
 *
 * `path` of an entry is the path that is read. With `root` it is relative to the root, with symbolic links resolved.
 * Otherwise it is the real path of the operand's directory and the names below it.
 *
 * Trailing slashes are dropped. A directory given as `.`, `..`, `dir/.` or `""` is sent under its real name: OpenSSH
 * sends `.`, which every sink since 8.0 rejects. The root itself is sent under the last component of `root`. Otherwise
 * the name of the entry is the last component of the path, also for a symbolic link.
 *
 * Bodies: files of up to 256 KiB are read when they are opened and returned as bytes. Larger ones are streams of 256
 * KiB chunks with two concurrent reads, which close the file when they end, fail or are cancelled. Mode, size and times
 * come from the open file.
 *
 * @param path bytes for a path that is not UTF-8 (not on Deno and Windows)
 * @throws {TypeError} at once, if an option is unknown or has an invalid value
 */
export function walk(path: string | Uint8Array, options: WalkOptions = {}): AsyncGenerator<ScpEntry, void, void> {
  checkOptions("walk", options, optionKinds, { error: TypeError });
  return walkPath(path, options);
}

async function* walkPath(path: string | Uint8Array, options: WalkOptions): AsyncGenerator<ScpEntry, void, void> {
  const disk = options.blocking ? createAdaptiveDisk() : poolFileSystem;
  const operand = toFsPath(path);
  const { root } = options;
  const tree = root === undefined ? pathTree(disk) : confinedTree(disk, toFsPath(root), { signal: options.signal });
  const walker = new Walker(disk, tree, options);
  const entry = await walker.operand(operand);
  if (!options.contents || entry.type === "failed") yield entry;
  else yield* walker.contents(entry, operand);
}

/** The directories above an entry, for the detection of loops. */
interface Ancestor extends WalkedDirectory {
  readonly stats: Stats;
  readonly parent: Ancestor | undefined;
}

class Walker {
  readonly #disk: FileSystem;
  readonly #tree: Tree;
  readonly #options: WalkOptions;

  constructor(disk: FileSystem, tree: Tree, options: WalkOptions) {
    this.#disk = disk;
    this.#tree = tree;
    this.#options = options;
  }

  async operand(path: FsPath): Promise<ScpEntry> {
    const label = path.length === 0 ? "." : stripTrailingSlashes(path);
    const { name } = splitPath(label);
    try {
      if (!usablePath(label)) throw notUtf8(label);
      const found = await this.#tree.operand(label);
      const isName = name.text !== "" && name.text !== "." && name.text !== "..";
      const sentAs = isName ? name : await this.#realName(found.place, label);
      return await this.#entry(found, sentAs, label, undefined);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      return { type: "failed", name, error: toFsError(error, label) };
    }
  }

  /** Yields the entries of the directory `entry`. A listing that fails ends with a failed entry. */
  async *contents(entry: ScpFileEntry | ScpDirectoryEntry, label: FsPath): AsyncGenerator<ScpEntry, void, void> {
    const { signal = new AbortController().signal } = this.#options;
    try {
      if (entry.type === "file") throw errnoError(label, "ENOTDIR");
      yield* entry.entries({ path: "", signal });
    } catch (error) {
      signal.throwIfAborted();
      yield { type: "failed", name: entry.name, error: toFsError(error, label) };
    }
  }

  async #realName(place: DirectoryHandle, label: FsPath): Promise<ScpName> {
    const held = await place.hold();
    try {
      const real = await this.#disk.realpath(asPrefix(held.prefix));
      const name = (await this.#rootName(real)) ?? splitPath(real).name;
      if (name.text === "") throw ruleError(label, "no-name");
      return name;
    } finally {
      held.release();
    }
  }

  /**
   * Returns the name of the root as the caller wrote it, if `real` is the root. The peer does not see its real name.
   */
  async #rootName(real: FsPath): Promise<ScpName | undefined> {
    const { root } = this.#options;
    if (root === undefined) return undefined;
    const path = toFsPath(root);
    if (!toBytes(real).equals(toBytes(await this.#disk.realpath(path)))) return undefined;
    const { name } = splitPath(stripTrailingSlashes(path));
    return ["", ".", ".."].includes(name.text) ? undefined : name;
  }

  /** Returns the entry of a child. Never rejects: a child that cannot be looked up becomes a failed entry. */
  async #child(parent: Ancestor, rawName: string | Uint8Array, prefix: FsPath): Promise<ScpEntry> {
    const name = createName(rawName);
    const label = childPath(prefix, name);
    try {
      return await this.#entry(await this.#tree.child(parent.place, name, label), name, label, parent);
    } catch (error) {
      return { type: "failed", name, error: toFsError(error, label) };
    }
  }

  async #entry(found: Found, name: ScpName, label: FsPath, parent: Ancestor | undefined): Promise<ScpEntry> {
    const { stats, place } = found;
    if (stats === undefined) throw isLost(name) ? notUtf8(label) : errnoError(label, "ENOENT");
    if (hasNewline(name) && this.#options.newline === "fail") throw ruleError(label, "newline-in-name");
    const sentAs = hasNewline(name) ? visName(name) : name;
    if (stats.isFile() && found.name !== undefined) return this.#file(stats, place, found.name, sentAs, label);
    if (!stats.isDirectory() || !(this.#options.recursive || this.#options.contents))
      throw ruleError(label, "not-a-regular-file");
    await this.#checkLoop(stats, place, parent, label);
    await this.#checkReadable(place);
    const directory: Ancestor = { stats, place, parent, name: sentAs };
    directory.heldOwnPath = await holdsOwnPath(this.#tree, directory);
    return this.#directory(directory, label);
  }

  #file(stats: Stats, place: DirectoryHandle, name: ScpName, sentAs: ScpName, label: FsPath): ScpFileEntry {
    return {
      type: "file",
      path: storagePath(childPath(asPrefix(place.path), name)),
      name: sentAs,
      size: stats.size,
      ...modeAndTimes(stats),
      open: () => openFile(this.#disk, place, name, label, this.#tree.noFollow),
    };
  }

  #directory(ancestor: Ancestor, label: FsPath): ScpDirectoryEntry {
    const { name, stats, place } = ancestor;
    return {
      type: "directory",
      path: storagePath(place.path),
      name,
      ...modeAndTimes(stats),
      entries: ({ signal }) => this.#entries(ancestor, label, signal),
    };
  }

  async *#entries(directory: Ancestor, label: FsPath, signal: AbortSignal): AsyncGenerator<ScpEntry, void, void> {
    let held: HeldPlace | undefined;
    let listing: Listing | undefined;
    try {
      if (await isOwnCopy(this.#tree, directory)) throw ruleError(label, "own-copy");
      held = await directory.place.hold();
      listing = await this.#disk.list(held.prefix);
      yield* this.#listed(directory, listing, asPrefix(label), signal);
    } catch (error) {
      throw signal.aborted && error === signal.reason ? error : toFsError(error, label);
    } finally {
      await listing?.close();
      held?.release();
    }
  }

  async *#listed(
    directory: Ancestor,
    listing: Listing,
    prefix: FsPath,
    signal: AbortSignal,
  ): AsyncGenerator<ScpEntry, void, void> {
    const ahead: Promise<ScpEntry>[] = [];
    for (let ended = false; ; ) {
      while (!ended && ahead.length < this.#disk.entriesAhead()) {
        signal.throwIfAborted();
        const name = await listing.next();
        if (name === undefined) ended = true;
        else if (!isTemporaryName(createName(name))) ahead.push(this.#child(directory, name, prefix));
      }
      const next = ahead.shift();
      if (next === undefined) return;
      yield await next;
    }
  }

  async #checkLoop(stats: Stats, place: DirectoryHandle, parent: Ancestor | undefined, label: FsPath): Promise<void> {
    for (let above = parent; above !== undefined; above = above.parent) {
      if (above.stats.ino !== stats.ino || above.stats.dev !== stats.dev) continue;
      // Numbers lose digits of inodes from 2^53 on, which overlay file systems use.
      if ((await this.#identity(above.place)) === (await this.#identity(place)))
        throw ruleError(label, "directory-loop");
    }
  }

  async #identity(place: DirectoryHandle): Promise<string> {
    const held = await place.hold();
    try {
      return await this.#disk.identity(held.prefix);
    } finally {
      held.release();
    }
  }

  /** Reports a directory that cannot be listed before it is announced, as OpenSSH does with `opendir`. */
  async #checkReadable(place: DirectoryHandle): Promise<void> {
    if (process.platform === "win32") return;
    const held = await place.hold();
    try {
      await this.#disk.close(await this.#disk.open(held.prefix, constants.O_RDONLY | constants.O_DIRECTORY));
    } finally {
      held.release();
    }
  }
}

/** Returns whether the runtime may have replaced bytes of the name with U+FFFD, so that the file cannot be found. */
function isLost(name: ScpName): boolean {
  return !rawPaths && name.text.includes("\uFFFD");
}

function notUtf8(label: FsPath): ScpFsError {
  return ruleError(label, "name-not-storable", "The name is not UTF-8, and this runtime cannot open such files");
}
