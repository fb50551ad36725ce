import { closeSync, constants } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import { type Awaitable, type FileSystem, readLinkSync } from "./file-system.ts";
import { ruleError } from "./fs-error.ts";
import { asPrefix, childPath, components, type FsPath, stripTrailingSlashes, toBytes, toFsPath } from "./path.ts";

/** A directory in which names can be looked up. */
export interface DirectoryHandle {
  /** The parent directory; `undefined` at the root of a confinement, and for unconfined places. */
  readonly parent: DirectoryHandle | undefined;
  /**
   * Its path from the root of the confinement, without a trailing slash. An unconfined place has the path that it was
   * opened with.
   */
  readonly path: FsPath;
  /** Returns a directory in it. Nothing is looked up before that directory is held. */
  child(name: ScpName): DirectoryHandle;
  /** Makes its names usable until `release()`. Safe to call again while held. */
  hold(): Awaitable<HeldPlace>;
}

/** A place in use. */
export interface HeldPlace {
  /** The prefix of the paths of its entries: empty, or ending with a slash. */
  readonly prefix: FsPath;
  /**
   * Checks that the prefix leads to the directory at the place's `path`, which a symbolic link or a rename can change.
   */
  verify(): Awaitable<void>;
  /**
   * Releases the place. The prefix must not be used afterwards, because its descriptor may be reused. Safe to call
   * twice.
   */
  release(): void;
}

/** A directory identified by its path; symbolic links are followed. */
export class PathPlace implements DirectoryHandle, HeldPlace {
  readonly parent: undefined = undefined;
  readonly prefix: FsPath;
  readonly path: FsPath;

  /**
   * @param prefix empty (the working directory), or ending with a slash
   * @param path the value of `path`; the prefix may be relative and lead through symbolic links
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

/**
 * Returns the unconfined place of `prefix`. Its `path` is the real path, or the prefix itself if that cannot be
 * determined.
 */
export async function realPlace(disk: FileSystem, prefix: FsPath): Promise<PathPlace> {
  try {
    return new PathPlace(prefix, await disk.realpath(prefix.length === 0 ? "." : prefix));
  } catch {
    return new PathPlace(prefix);
  }
}

/** Linux's `O_PATH`, which `node:fs` does not define: a descriptor for lookups that needs no read permission. */
const openPath = 0o10000000;

/** Opens a directory for lookups and follows no symbolic link. */
export const directoryFlags: number = openPath | constants.O_DIRECTORY | (constants.O_NOFOLLOW ?? 0);

/**
 * A confined directory on Linux: a descriptor, and `/proc/self/fd/N/name` for its entries, which corresponds to
 * `openat` in C. Each directory is opened from its parent's descriptor without following a symbolic link, so no change
 * of the tree can lead outside. The descriptor is open while the place is held. It follows a directory that is moved,
 * so `verify` compares the directory's current location with `path`.
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

  /** Returns the root of a confinement. Its own path is trusted, including its symbolic links. */
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
   * Returns the same directory for repeated use. It is opened by its real path in one call, not through every directory
   * above it, so that nothing has to stay open between two files in a deep directory. The kernel must then report that
   * path for the opened directory; otherwise it is opened step by step from the root.
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
      // The path is too long or does not exist: the steps from the root decide.
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

  /**
   * Distinguishes a moved directory from a path that the kernel does not report because it is too long or differs in
   * case.
   */
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
  /** The path as given. */
  readonly path: FsPath;
  /** The real path when it was first opened; `undefined` before, and if the kernel does not report it. */
  real: Buffer | undefined;
}

/** Returns the current path of a descriptor's directory. `/proc` needs no disk access, so the call does not block. */
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
