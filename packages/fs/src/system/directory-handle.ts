import { closeSync, constants } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import { type Awaitable, type FileSystem, readLinkSync } from "./file-system.ts";
import { ruleError } from "./fs-error.ts";
import { asPrefix, childPath, components, type FsPath, stripTrailingSlashes, toBytes, toFsPath } from "./path.ts";

/** A directory in which names can be looked up. */
export interface DirectoryHandle {
  /** The directory that holds it; `undefined` at the root of a confinement, and for unconfined places. */
  readonly parent: DirectoryHandle | undefined;
  /** Its path from the root of the confinement, without a slash at its end. An unconfined place has the path that it was opened by. */
  readonly path: FsPath;
  /** A directory in it. Nothing is looked up before it is held. */
  child(name: ScpName): DirectoryHandle;
  /** Makes names in it usable until `release()`. Safe to call again while held. */
  hold(): Awaitable<HeldPlace>;
}

/** A place in use. */
export interface HeldPlace {
  /** Prefix of the paths of what is in it: empty, or ending with a slash. */
  readonly prefix: FsPath;
  /** Checks that the prefix leads to the directory at `path` of the place: both a link in its way and a rename can change that. */
  verify(): Awaitable<void>;
  /** The prefix must not be used afterwards: its descriptor may soon be another's. Safe to call twice. */
  release(): void;
}

/** A directory by its path; symbolic links are followed like everywhere else. */
export class PathPlace implements DirectoryHandle, HeldPlace {
  readonly parent: undefined = undefined;
  readonly prefix: FsPath;
  readonly path: FsPath;

  /**
   * @param prefix empty (the working directory), or ending with a slash
   * @param path what `path` of the place says; the prefix may be relative and lead through symbolic links
   */
  constructor(prefix: FsPath, path: FsPath = stripTrailingSlashes(prefix)) {
    this.prefix = prefix;
    this.path = path;
  }

  child(name: ScpName): PathPlace {
    return new PathPlace(asPrefix(childPath(this.prefix, name)), childPath(asPrefix(this.path), name));
  }

  hold(): this {
    return this;
  }

  verify(): void {}

  release(): void {}
}

/** The unconfined place of `prefix`. Its `path` is the real path, or the prefix itself where that cannot be looked up. */
export async function realPlace(disk: FileSystem, prefix: FsPath): Promise<PathPlace> {
  try {
    return new PathPlace(prefix, await disk.realpath(prefix.length === 0 ? "." : prefix));
  } catch {
    return new PathPlace(prefix);
  }
}

/** `O_PATH` of Linux, which `node:fs` does not name: a descriptor for looking up names, no right to read needed. */
const openPath = 0o10000000;

/** Opens a directory for looking up names, and follows no symbolic link. */
export const directoryFlags: number = openPath | constants.O_DIRECTORY | (constants.O_NOFOLLOW ?? 0);

/**
 * A confined directory on Linux: a descriptor, and `/proc/self/fd/N/name` for what is in it, which is what `openat` is to C.
 * Each directory is opened from its parent's descriptor without following a symbolic link, so no change of the tree can
 * lead outside. The descriptor is open while the place is held. It stays with a directory that is moved, so `verify` compares
 * where the directory is with `path`.
 */
export class DescriptorPlace implements DirectoryHandle {
  readonly parent: DescriptorPlace | undefined;
  readonly path: FsPath;
  readonly #disk: FileSystem;
  readonly #root: ConfinementRoot;
  readonly #open: () => Promise<number>;
  #fd: Promise<number> | undefined;
  #users = 0;

  private constructor(
    disk: FileSystem,
    parent: DescriptorPlace | undefined,
    path: FsPath,
    root: ConfinementRoot,
    open: () => Promise<number>,
  ) {
    this.#disk = disk;
    this.parent = parent;
    this.path = path;
    this.#root = root;
    this.#open = open;
  }

  /** The root of a confinement. Its own path is trusted, symbolic links in it included. */
  static root(disk: FileSystem, path: FsPath): DescriptorPlace {
    const root: ConfinementRoot = { path, real: undefined };
    return new DescriptorPlace(disk, undefined, "", root, async () => {
      const fd = await disk.open(asPrefix(path), openPath | constants.O_DIRECTORY);
      root.real ??= pathOfDescriptor(fd);
      return fd;
    });
  }

  child(name: ScpName): DescriptorPlace {
    return new DescriptorPlace(this.#disk, this, childPath(asPrefix(this.path), name), this.#root, async () => {
      const held = await this.hold();
      try {
        return await this.#disk.open(childPath(held.prefix, name), directoryFlags);
      } finally {
        held.release();
      }
    });
  }

  /**
   * Returns the same directory for repeated use: it is opened by its real path in one call, not through every directory above it, so
   * that nothing has to stay open between one file and the next into a deep directory. Whatever the path leads through by then, the
   * kernel has to report it for the directory that was opened; otherwise the way from the root is taken.
   */
  direct(): DescriptorPlace {
    if (this.parent === undefined) return this;
    const open = async (): Promise<number> => (await this.#openAtOnce()) ?? (await this.#open());
    return new DescriptorPlace(this.#disk, this.parent, this.path, this.#root, open);
  }

  async #openAtOnce(): Promise<number | undefined> {
    const { real } = this.#root;
    if (real === undefined) return undefined;
    const path = joinPaths(real, this.path);
    try {
      const fd = await this.#disk.open(toFsPath(path), directoryFlags);
      if (pathOfDescriptor(fd)?.equals(path)) return fd;
      closeSync(fd);
    } catch {
      // Longer than paths may be, or not there: the way from the root decides.
    }
    return undefined;
  }

  async hold(): Promise<HeldPlace> {
    this.#users += 1;
    this.#fd ??= this.#open();
    const opening = this.#fd;
    try {
      const fd = await opening;
      let released = false;
      const release = (): void => {
        if (!released) this.#release(fd);
        released = true;
      };
      return { prefix: `/proc/self/fd/${fd}/`, verify: () => this.#verify(fd), release };
    } catch (error) {
      this.#users -= 1;
      if (this.#fd === opening) this.#fd = undefined;
      throw error;
    }
  }

  #verify(fd: number): Promise<void> | undefined {
    const { real } = this.#root;
    if (this.parent === undefined) return undefined;
    if (real !== undefined && pathOfDescriptor(fd)?.equals(joinPaths(real, this.path))) return undefined;
    return this.#lookUpAgain(fd);
  }

  /** Tells a directory that was moved from a path that the kernel does not report: too long, or of other upper and lower case. */
  async #lookUpAgain(fd: number): Promise<void> {
    let place = DescriptorPlace.root(this.#disk, this.#root.path);
    for (const name of components(this.path)) place = place.child(name);
    const held = await place.hold();
    try {
      const [there, here] = [await this.#disk.stat(held.prefix), await this.#disk.fstat(fd)];
      if (there?.ino !== here.ino || there.dev !== here.dev) throw ruleError(this.path, "changed-meanwhile");
    } finally {
      held.release();
    }
  }

  #release(fd: number): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#fd = undefined;
    // An O_PATH descriptor has nothing to flush: closing it never waits for the disk.
    closeSync(fd);
  }
}

/** The root of a confinement of {@link DescriptorPlace}. */
interface ConfinementRoot {
  /** As it was given. */
  readonly path: FsPath;
  /** Its real path when it was opened first; `undefined` before, and where the kernel does not report it. */
  real: Buffer | undefined;
}

/** Where the directory of a descriptor is now. `/proc` needs no disk, so the call does not block. */
function pathOfDescriptor(fd: number): Buffer | undefined {
  try {
    return readLinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function joinPaths(directory: FsPath, path: FsPath): Buffer {
  return Buffer.concat([toBytes(asPrefix(directory)), toBytes(path)]);
}
