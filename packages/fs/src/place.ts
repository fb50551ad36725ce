import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import { type Awaitable, type Disk, readLinkSync } from "./disk.ts";
import { ruleError } from "./fs-error.ts";
import { asPrefix, childPath, components, type FsPath, splitPath, stripTrailingSlashes, toBytes } from "./path.ts";

/** A directory in which names can be looked up. */
export interface Place {
  /** The directory that holds it; `undefined` at the root of a confinement, and for unconfined places. */
  readonly parent: Place | undefined;
  /** Its path from the root of the confinement, without a slash at its end. An unconfined place has the path that it was opened by. */
  readonly path: FsPath;
  /** A directory in it. Nothing is looked up before it is held. */
  child(name: ScpName): Place;
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
export class PathPlace implements Place, HeldPlace {
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
export async function realPlace(disk: Disk, prefix: FsPath): Promise<PathPlace> {
  try {
    return new PathPlace(prefix, await disk.realpath(prefix.length === 0 ? "." : prefix));
  } catch {
    return new PathPlace(prefix);
  }
}

/** `O_PATH` of Linux, which `node:fs` does not name: a descriptor for looking up names, no right to read needed. */
const openPath = 0o10000000;

const directoryFlags = openPath | constants.O_DIRECTORY | (constants.O_NOFOLLOW ?? 0);

/**
 * A confined directory on Linux: a descriptor, and `/proc/self/fd/N/name` for what is in it, which is what `openat` is to C.
 * Each directory is opened from its parent's descriptor without following a symbolic link, so no change of the tree can
 * lead outside. The descriptor is open while the place is held. It stays with a directory that is moved, so `verify` compares
 * where the directory is with `path`.
 */
export class DescriptorPlace implements Place {
  readonly parent: DescriptorPlace | undefined;
  readonly path: FsPath;
  readonly #disk: Disk;
  readonly #root: ConfinementRoot;
  readonly #open: () => Promise<number>;
  #fd: Promise<number> | undefined;
  #users = 0;

  private constructor(
    disk: Disk,
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
  static root(disk: Disk, path: FsPath): DescriptorPlace {
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

/**
 * A confined directory where the system offers no lookup relative to a descriptor: before and after each use, the real path
 * must be the parent's real path and one name more. A local process that swaps a directory for a symbolic link exactly
 * between check and use, and back again before the second check, is not noticed.
 */
export class CheckedPlace implements Place {
  readonly parent: CheckedPlace | undefined;
  readonly path: FsPath;
  readonly #disk: Disk;
  readonly #find: () => Promise<FsPath>;
  #found: FsPath | undefined;

  private constructor(disk: Disk, parent: CheckedPlace | undefined, path: FsPath, find: () => Promise<FsPath>) {
    this.#disk = disk;
    this.parent = parent;
    this.path = path;
    this.#find = find;
  }

  /** The root of a confinement. Its own path is trusted, symbolic links in it included. */
  static root(disk: Disk, path: FsPath): CheckedPlace {
    return new CheckedPlace(disk, undefined, "", async () => disk.realpath(path));
  }

  child(name: ScpName): CheckedPlace {
    return new CheckedPlace(this.#disk, this, childPath(asPrefix(this.path), name), async () => {
      const parent = await this.#realPath();
      const path = childPath(asPrefix(parent), name);
      const real = await this.#disk.realpath(path);
      const stats = await this.#disk.lstat(path);
      if (!stats?.isDirectory() || !isChild(real, parent)) throw ruleError("", "outside-root");
      return real;
    });
  }

  async hold(): Promise<HeldPlace> {
    const real = await this.#realPath();
    const verify = async (): Promise<void> => {
      await this.#realPath();
    };
    return { prefix: asPrefix(real), verify, release() {} };
  }

  /**
   * Checks the directory against its parent once. From then on its path must be its own real path, which says the same of
   * every directory above it in one call.
   */
  async #realPath(): Promise<FsPath> {
    if (this.#found === undefined) {
      this.#found = await this.#find();
    } else if (!toBytes(await this.#disk.realpath(this.#found)).equals(toBytes(this.#found))) {
      throw ruleError("", "outside-root");
    }
    return this.#found;
  }
}

/** Whether one real path is another and one component more. The component may differ from the name asked for, by case. */
function isChild(path: FsPath, parent: FsPath): boolean {
  const { prefix } = splitPath(path);
  return toBytes(stripTrailingSlashes(prefix)).equals(toBytes(stripTrailingSlashes(parent)));
}

/** The safest confinement the platform allows. */
export function confinedRoot(disk: Disk, path: FsPath): Place {
  return descriptorsWork() ? DescriptorPlace.root(disk, path) : CheckedPlace.root(disk, path);
}

let descriptors: boolean | undefined;

/** Whether `/proc/self/fd/N/` leads to the directory of descriptor N: on Linux with `/proc` mounted. */
function descriptorsWork(): boolean {
  descriptors ??= process.platform === "linux" && probeDescriptors();
  return descriptors;
}

function probeDescriptors(): boolean {
  const fd = openSync("/", directoryFlags);
  try {
    const { dev, ino } = statSync(`/proc/self/fd/${fd}/`);
    const root = fstatSync(fd);
    return dev === root.dev && ino === root.ino;
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}
