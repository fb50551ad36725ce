import type { ScpName } from "@scpkit/codec";
import type { DirectoryHandle, HeldPlace } from "./directory-handle.ts";
import type { FileSystem } from "./file-system.ts";
import { ruleError } from "./fs-error.ts";
import { asPrefix, childPath, type FsPath, splitPath, stripTrailingSlashes, toBytes } from "./path.ts";

/**
 * A confined directory on systems without lookups relative to a descriptor. Before and after each use, its real path
 * must be the parent's real path and one more name. It does not detect a local process that swaps a directory for a
 * symbolic link exactly between check and use, and back again before the second check.
 */
export class CheckedHandle implements DirectoryHandle {
  readonly parent: CheckedHandle | undefined;
  readonly path: FsPath;
  readonly #disk: FileSystem;
  readonly #find: () => Promise<FsPath>;
  #found: FsPath | undefined;

  private constructor(disk: FileSystem, parent: CheckedHandle | undefined, path: FsPath, find: () => Promise<FsPath>) {
    this.#disk = disk;
    this.parent = parent;
    this.path = path;
    this.#find = find;
  }

  /** Returns the root of a confinement. Its own path is trusted, including its symbolic links. */
  static root(disk: FileSystem, path: FsPath): CheckedHandle {
    return new CheckedHandle(disk, undefined, "", async () => disk.realpath(path));
  }

  child(name: ScpName): CheckedHandle {
    return new CheckedHandle(this.#disk, this, childPath(asPrefix(this.path), name), async () => {
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
   * Checks the directory against its parent once. From then on its path must be its own real path, which covers every
   * directory above it in one call.
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

/**
 * Returns whether a real path is the other one and one component more. The component may differ in case from the
 * requested name.
 */
function isChild(path: FsPath, parent: FsPath): boolean {
  const { prefix } = splitPath(path);
  return toBytes(stripTrailingSlashes(prefix)).equals(toBytes(stripTrailingSlashes(parent)));
}
