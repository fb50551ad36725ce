import type { Awaitable, ScpTarget } from "@scpkit/sink";

/** A new, empty storage, and functions that inspect it without the target. */
export interface ScpTargetFixture {
  readonly target: ScpTarget;
  /**
   * Gives a target for a path as a client wrote it, in the same storage. Needed for the feature `paths`.
   *
   * @param options `targetIsDirectory` is `scp -d`
   */
  at?(path: string, options: { readonly targetIsDirectory: boolean }): Awaitable<ScpTarget>;
  /** The bytes of a file by its names from the top; `undefined` when no such file is visible. */
  read(path: readonly string[]): Awaitable<Uint8Array | undefined>;
  /** The names in a directory, whatever they are, in any order. An empty path is the top. */
  list(path: readonly string[]): Awaitable<readonly string[]>;
  /** Needed for the features `modes` and `times`. */
  stat?(
    path: readonly string[],
  ): Awaitable<{ readonly mode?: number | undefined; readonly mtimeMs?: number | undefined }>;
  /** Called after the case, also when it failed. */
  dispose?(): Awaitable<void>;
}

/** What a target supports beyond the contract of `ScpTarget`. */
export interface ScpTargetFeatures {
  /**
   * Takes the paths of clients (`at` of the fixture) by scp's rule, see `resolveDestination` of `@scpkit/sink`, and declares where entries are
   * stored, as a path from its root. `false`: for a storage without paths, or one that hands them to an operating system.
   * @default true
   */
  readonly paths?: boolean | undefined;
  /** Takes directories. @default true */
  readonly directories?: boolean | undefined;
  /** A directory with nothing in it exists. @default true */
  readonly emptyDirectories?: boolean | undefined;
  /** A file of a name that is taken replaces the old one. @default true */
  readonly overwrite?: boolean | undefined;
  /** A directory is not replaced by a file, nor a file by a directory. @default false */
  readonly typesClash?: boolean | undefined;
  /** Keeps permission bits as sent. @default false */
  readonly modes?: boolean | undefined;
  /** Keeps modification times, to the second. @default false */
  readonly times?: boolean | undefined;
  /** Refuses names that are empty, `.` or `..`, or hold a slash, NUL or newline, should a caller fail to. @default false */
  readonly refusesBadNames?: boolean | undefined;
}
