import type { Awaitable, ScpTarget } from "@scpkit/sink";

/** A new, empty storage, and functions that inspect it without the target. */
export interface ScpTargetFixture {
  readonly target: ScpTarget;
  /**
   * Returns a target for a path as a client wrote it, in the same storage. Needed for the feature `paths`.
   *
   * @param options `targetIsDirectory` is `scp -d`
   */
  at?(path: string, options: { readonly targetIsDirectory: boolean }): Awaitable<ScpTarget>;
  /** Returns the bytes of a file by its names from the top; `undefined` if no such file is visible. */
  read(path: readonly string[]): Awaitable<Uint8Array | undefined>;
  /** Returns the names of all entries in a directory, in any order. An empty path is the top. */
  list(path: readonly string[]): Awaitable<readonly string[]>;
  /** Returns the attributes of an entry. Needed for the features `modes` and `times`. */
  stat?(
    path: readonly string[],
  ): Awaitable<{ readonly mode?: number | undefined; readonly mtimeMs?: number | undefined }>;
  /** Called after the case, also if it failed. */
  dispose?(): Awaitable<void>;
}

/** The features of a target beyond the contract of `ScpTarget`. */
export interface ScpTargetFeatures {
  /**
   * Accepts the paths of clients (`at` of the fixture) by scp's rule, see `resolveDestination` of `@scpkit/sink`, and
   * declares where entries are stored, as a path from its root. Set it to `false` for a storage without paths, or one
   * that passes them to an operating system.
   * @default true
   */
  readonly paths?: boolean | undefined;
  /** Accepts directories. @default true */
  readonly directories?: boolean | undefined;
  /** Stores empty directories. @default true */
  readonly emptyDirectories?: boolean | undefined;
  /** Replaces an existing file with the same name. @default true */
  readonly overwrite?: boolean | undefined;
  /** Does not replace a directory with a file, or a file with a directory. @default false */
  readonly typesClash?: boolean | undefined;
  /** Stores permission bits as sent. @default false */
  readonly modes?: boolean | undefined;
  /** Stores modification times, to the second. @default false */
  readonly times?: boolean | undefined;
  /**
   * Rejects names that are empty, `.` or `..`, or contain a slash, NUL or newline, even if the caller does not check
   * them. @default false
   */
  readonly refusesBadNames?: boolean | undefined;
}
