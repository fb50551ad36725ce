import type { Stats } from "node:fs";
import { createName, type ScpName } from "@scpkit/codec";
import { locate } from "../system/confine.ts";
import { confinedRoot } from "../system/confined-root.ts";
import type { DirectoryHandle } from "../system/directory-handle.ts";
import { type FileSystem, poolFileSystem } from "../system/file-system.ts";
import { errnoError, ruleError, toFsError } from "../system/fs-error.ts";
import { asPrefix, childPath, type FsPath, splitPath, stripTrailingSlashes, toFsPath } from "../system/path.ts";
import { isTemporaryName } from "../system/temporary-name.ts";
import { listNames, useHandle } from "../system/use-handle.ts";
import { removeTree, setModes, type TreeToChange } from "./change-tree.ts";

/** A file or directory as shown in a listing. */
export interface FsShellEntry {
  /** Devices, FIFOs and sockets are shown as files. */
  readonly type: "file" | "directory" | "link";
  readonly name: ScpName;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * The readable files below a root. Paths are absolute, from the root, without `..`. No symbolic link is followed.
 * Temporary files of transfers are not visible; a directory that contains one cannot be removed.
 */
export interface FsShellFiles {
  /** Returns the entry at `path`, or `undefined` if there is none. Returns links themselves. */
  stat(path: string): Promise<FsShellEntry | undefined>;
  /** Lists the directory `path`, in the order of the file system. */
  list(path: string): AsyncIterable<FsShellEntry>;
}

/** The files below a root that can be read and changed. */
export interface WritableFsShellFiles extends FsShellFiles {
  /** Creates one directory, with the permissions that the umask leaves. Its parent must exist. */
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or link, or a directory with everything below it. */
  remove(path: string): Promise<void>;
  /** Replaces the entry at `to`, as rename(2) does. */
  rename(from: string, to: string): Promise<void>;
  /** Sets the mode of files and directories; ignores links. Does not set setuid, setgid and sticky. */
  setMode(path: string, mode: number, options: { readonly recursive: boolean }): Promise<void>;
}

/**
 * Returns the files below `root` for the shell that WinSCP opens in SCP mode: `ScpShellFiles` of `@scpkit/server`. They
 * are confined like a target with `root`: on Linux every step starts from an open directory, and links are listed but
 * not followed.
 *
 * @param options.readOnly allows no changes
 * @param options.signal aborts pending work with its reason, before the next file, directory or component of a path
 */
export function createShellFiles(
  root: string | Uint8Array,
  options: { readonly readOnly: true; readonly signal?: AbortSignal | undefined },
): FsShellFiles;
export function createShellFiles(
  root: string | Uint8Array,
  options?: { readonly readOnly?: false | undefined; readonly signal?: AbortSignal | undefined },
): WritableFsShellFiles;
export function createShellFiles(
  root: string | Uint8Array,
  {
    readOnly = false,
    signal,
  }: { readonly readOnly?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): FsShellFiles {
  const files = new ShellFiles(poolFileSystem, confinedRoot(poolFileSystem, toFsPath(root)), signal);
  const looking: FsShellFiles = { stat: (path) => files.stat(path), list: (path) => files.list(path) };
  if (readOnly) return looking;
  const writable: WritableFsShellFiles = {
    ...looking,
    makeDirectory: (path) => files.makeDirectory(path),
    remove: (path) => files.remove(path),
    rename: (from, to) => files.rename(from, to),
    setMode: (path, mode, { recursive }) => files.setMode(path, mode & 0o777, recursive),
  };
  return writable;
}

class ShellFiles {
  readonly #disk: FileSystem;
  readonly #root: DirectoryHandle;
  readonly #signal: AbortSignal | undefined;

  constructor(disk: FileSystem, root: DirectoryHandle, signal: AbortSignal | undefined) {
    this.#disk = disk;
    this.#root = root;
    this.#signal = signal;
  }

  async stat(path: string): Promise<FsShellEntry | undefined> {
    const name = nameOf(path);
    if (name === undefined) {
      return useHandle(this.#root, path, async ({ prefix }) =>
        describe(createName("/"), await this.#disk.stat(prefix)),
      );
    }
    try {
      return await this.#at(path, async (child) => describe(name, await this.#disk.lstat(child)));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async *list(path: string): AsyncGenerator<FsShellEntry, void, void> {
    const place = await this.#directory(path);
    // Held until the end, so that no entry opens the directories above it again.
    const held = await place.hold();
    try {
      const names = await this.#orAborted(() =>
        useHandle(place, path, (used) => listNames(this.#disk, used, this.#signal)),
      );
      for (const name of names) {
        this.#signal?.throwIfAborted();
        const entry = await useHandle(place, path, async ({ prefix }) =>
          describe(name, await this.#disk.lstat(childPath(prefix, name))),
        );
        // It may have been removed since.
        if (entry !== undefined) yield entry;
      }
    } finally {
      held.release();
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#atNew(path, async (child) => this.#disk.mkdir(child, 0o777));
  }

  async remove(path: string): Promise<void> {
    const tree = await this.#tree(path);
    await this.#orAborted(() => removeTree(tree));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#at(from, (source) => this.#atNew(to, async (destination) => this.#disk.rename(source, destination)));
  }

  async setMode(path: string, mode: number, recursive: boolean): Promise<void> {
    const tree = await this.#tree(path);
    await this.#orAborted(() => setModes(tree, mode, recursive));
  }

  async #tree(path: string): Promise<TreeToChange> {
    const name = existingName(path);
    const parent = await this.#directory(parentOf(path));
    return { disk: this.#disk, parent, name, label: path, signal: this.#signal };
  }

  /** Runs `use` with the path of an entry in an existing directory. */
  async #at<T>(path: string, use: (child: FsPath) => Promise<T>): Promise<T> {
    return this.#child(path, existingName(path), use);
  }

  /** Runs `use` with a path to create or replace. */
  async #atNew(path: string, use: (child: FsPath) => Promise<void>): Promise<void> {
    const name = nameOf(path);
    if (name === undefined || isTemporaryName(name)) throw errnoError(path, "EPERM");
    await this.#child(path, name, use);
  }

  async #child<T>(path: string, name: ScpName, use: (child: FsPath) => Promise<T>): Promise<T> {
    const parent = await this.#directory(parentOf(path));
    return useHandle(parent, path, async ({ prefix }) => use(childPath(prefix, name)));
  }

  async #directory(path: string): Promise<DirectoryHandle> {
    const { place, name, stats } = await this.#orAborted(async () => {
      try {
        return await locate(this.#disk, this.#root, path, { signal: this.#signal });
      } catch (error) {
        throw toFsError(error, path);
      }
    });
    if (name !== undefined) throw errnoError(path, stats === undefined ? "ENOENT" : "ENOTDIR");
    return place;
  }

  /** Rejects with the signal's reason once it is aborted, whatever else failed. */
  async #orAborted<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw error;
    }
  }
}

function describe(name: ScpName, stats: Stats | undefined): FsShellEntry | undefined {
  if (stats === undefined) return undefined;
  const type = stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "link" : "file";
  return { type, name, mode: stats.mode & 0o7777, size: stats.size, mtimeMs: stats.mtimeMs };
}

/** Returns the last component; `undefined` for the root. */
function nameOf(path: string): ScpName | undefined {
  const { name } = splitPath(stripTrailingSlashes(path));
  if (name.text === ".." || name.text === ".") throw ruleError(path, "outside-root");
  return name.text === "" ? undefined : name;
}

/** Returns the last component of a path other than the root. */
function existingName(path: string): ScpName {
  const name = nameOf(path);
  if (name === undefined) throw errnoError(path, "EPERM");
  if (isTemporaryName(name)) throw errnoError(path, "ENOENT");
  return name;
}

function parentOf(path: string): string {
  const { prefix } = splitPath(stripTrailingSlashes(path));
  return String(asPrefix(prefix));
}
