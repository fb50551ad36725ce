import { constants, type Stats } from "node:fs";
import { createName, type ScpName } from "@scpkit/codec";
import { locate } from "./confine.ts";
import { type Disk, poolDisk } from "./disk.ts";
import { errnoError, ruleError, toFsError } from "./fs-error.ts";
import { asPrefix, childPath, splitPath, stripTrailingSlashes, toFsPath } from "./path.ts";
import { confinedRoot, type HeldPlace, type Place } from "./place.ts";

/** A file or directory as a listing shows it. */
export interface FsShellEntry {
  /** Devices, FIFOs and sockets are shown as files. */
  readonly type: "file" | "directory" | "link";
  readonly name: ScpName;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What can be looked at below a root. Paths are absolute, from the root, without `..`. No symbolic link is followed. */
export interface FsShellFiles {
  /** What is at `path`, links themselves included. `undefined`: nothing. */
  stat(path: string): Promise<FsShellEntry | undefined>;
  /** What is in the directory `path`, in the order of the file system. */
  list(path: string): AsyncIterable<FsShellEntry>;
}

/** What can be looked at and changed below a root. */
export interface WritableFsShellFiles extends FsShellFiles {
  /** Makes one directory, with the rights that the umask leaves. Its parent must exist. */
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or link, or a directory with all below it. */
  remove(path: string): Promise<void>;
  /** Replaces what is at `to`, as rename(2) does. */
  rename(from: string, to: string): Promise<void>;
  /** Of files and directories; links are left out. setuid, setgid and sticky are not set. */
  setMode(path: string, mode: number, options: { readonly recursive: boolean }): Promise<void>;
}

/**
 * The files below `root` for the shell that WinSCP opens in SCP mode: `ScpShellFiles` of `@scpkit/server`. Confined like a
 * target with `root`: on Linux every step is taken from an open directory, and a link is an entry that leads nowhere.
 *
 * @param options.readOnly nothing can be changed
 */
export function createShellFiles(root: string | Uint8Array, options: { readonly readOnly: true }): FsShellFiles;
export function createShellFiles(
  root: string | Uint8Array,
  options?: { readonly readOnly?: false | undefined },
): WritableFsShellFiles;
export function createShellFiles(
  root: string | Uint8Array,
  { readOnly = false }: { readonly readOnly?: boolean | undefined } = {},
): FsShellFiles {
  const files = new ShellFiles(poolDisk, confinedRoot(poolDisk, toFsPath(root)));
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

/** O_NONBLOCK: opening what has just become a FIFO does not wait. */
const openFlags = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

class ShellFiles {
  readonly #disk: Disk;
  readonly #root: Place;

  constructor(disk: Disk, root: Place) {
    this.#disk = disk;
    this.#root = root;
  }

  async stat(path: string): Promise<FsShellEntry | undefined> {
    const name = nameOf(path);
    if (name === undefined) {
      return this.#in(this.#root, path, async ({ prefix }) => describe(createName("/"), await this.#disk.stat(prefix)));
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
    for (const name of await this.#namesIn(place, path)) {
      const entry = await this.#in(place, path, async ({ prefix }) =>
        describe(name, await this.#disk.lstat(childPath(prefix, name))),
      );
      // It may have gone since.
      if (entry !== undefined) yield entry;
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#at(path, async (child) => this.#disk.mkdir(child, 0o777));
  }

  async remove(path: string): Promise<void> {
    const name = nameOf(path);
    if (name === undefined) throw errnoError(path, "EPERM");
    await this.#remove(await this.#directory(parentOf(path)), name, path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#at(from, (source) => this.#at(to, async (destination) => this.#disk.rename(source, destination)));
  }

  async setMode(path: string, mode: number, recursive: boolean): Promise<void> {
    const name = nameOf(path);
    if (name === undefined) throw errnoError(path, "EPERM");
    await this.#setMode(await this.#directory(parentOf(path)), name, mode, recursive, path);
  }

  async #remove(parent: Place, name: ScpName, label: string): Promise<void> {
    const isDirectory = await this.#in(parent, label, async ({ prefix }) => {
      const stats = await this.#disk.lstat(childPath(prefix, name));
      return stats?.isDirectory() === true;
    });
    if (isDirectory) {
      const place = parent.child(name);
      for (const child of await this.#namesIn(place, label)) await this.#remove(place, child, `${label}/${child.text}`);
    }
    await this.#in(parent, label, async ({ prefix }) => {
      const child = childPath(prefix, name);
      await (isDirectory ? this.#disk.rmdir(child) : this.#disk.unlink(child));
    });
  }

  async #setMode(parent: Place, name: ScpName, mode: number, recursive: boolean, label: string): Promise<void> {
    const stats = await this.#in(parent, label, async ({ prefix }) => this.#disk.lstat(childPath(prefix, name)));
    if (stats === undefined) throw errnoError(label, "ENOENT");
    if (stats.isDirectory()) {
      const place = parent.child(name);
      if (recursive) {
        for (const child of await this.#namesIn(place, label)) {
          await this.#setMode(place, child, mode, true, `${label}/${child.text}`);
        }
      }
      await this.#in(place, label, async ({ prefix }) => this.#disk.chmod(prefix, mode));
    } else if (stats.isFile()) {
      await this.#in(parent, label, async ({ prefix }) => {
        const fd = await this.#disk.open(childPath(prefix, name), openFlags | accessOf(stats));
        try {
          await this.#disk.fchmod(fd, mode);
        } finally {
          await this.#disk.close(fd);
        }
      });
    } else if (!stats.isSymbolicLink()) {
      throw ruleError(label, "special-file-refused");
    }
  }

  async #namesIn(place: Place, label: string): Promise<ScpName[]> {
    return this.#in(place, label, async ({ prefix }) => {
      const listing = await this.#disk.list(prefix);
      try {
        const names: ScpName[] = [];
        for (let name = await listing.next(); name !== undefined; name = await listing.next()) {
          names.push(createName(name));
        }
        return names;
      } finally {
        await listing.close();
      }
    });
  }

  /** Runs `use` with the path of something whose directory is there. */
  async #at<T>(path: string, use: (child: ReturnType<typeof childPath>) => Promise<T>): Promise<T> {
    const name = nameOf(path);
    if (name === undefined) throw errnoError(path, "EPERM");
    const parent = await this.#directory(parentOf(path));
    return this.#in(parent, path, async ({ prefix }) => use(childPath(prefix, name)));
  }

  async #directory(path: string): Promise<Place> {
    try {
      const found = await locate(this.#disk, this.#root, path);
      if (found.name !== undefined) throw errnoError(path, found.stats === undefined ? "ENOENT" : "ENOTDIR");
      return found.place;
    } catch (error) {
      throw toFsError(error, path);
    }
  }

  async #in<T>(place: Place, label: string, use: (held: HeldPlace) => Promise<T>): Promise<T> {
    let held: HeldPlace | undefined;
    try {
      held = await place.hold();
      await held.verify();
      return await use(held);
    } catch (error) {
      throw toFsError(error, label);
    } finally {
      held?.release();
    }
  }
}

/** Opened for writing where it may not be read. */
function accessOf({ mode }: Stats): number {
  return (mode & 0o400) === 0 ? constants.O_WRONLY : constants.O_RDONLY;
}

function describe(name: ScpName, stats: Stats | undefined): FsShellEntry | undefined {
  if (stats === undefined) return undefined;
  const type = stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "link" : "file";
  return { type, name, mode: stats.mode & 0o7777, size: stats.size, mtimeMs: stats.mtimeMs };
}

/** The last component; `undefined` for the root. */
function nameOf(path: string): ScpName | undefined {
  const { name } = splitPath(stripTrailingSlashes(path));
  if (name.text === ".." || name.text === ".") throw ruleError(path, "outside-root");
  return name.text === "" ? undefined : name;
}

function parentOf(path: string): string {
  const { prefix } = splitPath(stripTrailingSlashes(path));
  return String(asPrefix(prefix));
}
