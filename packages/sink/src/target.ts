import { ScpError, type ScpName, type ScpTimes } from "@scpkit/codec";
import type { ScpEntryContext } from "@scpkit/core";

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** The data of a file or directory that the peer offers. */
export interface ScpEntryInfo {
  readonly type: "file" | "directory";
  /** One path component, checked: not empty, not `.` or `..`, no slash, NUL or newline. */
  readonly name: ScpName;
  /** Permission bits as sent, 0 to 0o7777: they may include setuid, setgid and sticky. */
  readonly mode: number;
  /** Bytes of the body as announced; 0 for a directory. Untrusted: do not preallocate based on it. */
  readonly size: number;
  /** Present if the peer sent valid times. OpenSSH applies them even if `-p` was not requested. */
  readonly times?: ScpTimes | undefined;
  /** Number of directories above it: 0 at the top. */
  readonly depth: number;
}

/**
 * Declares where the top-level entries of a target are stored. `resolveDestination` returns one by the rule of scp.
 *
 * Wrappers decide about this path, so the path must be the one that the storage opens.
 */
export interface ScpDestination {
  /**
   * The directory that holds the top-level entries: names joined with `/`, from the root of the storage, without `.` and `..`.
   * The root is `""`. A storage that is not confined to a root gives an absolute path.
   */
  readonly directory: string;
  /** The name under which the top-level entry is stored, whatever name the peer sends. Absent: its own name. */
  readonly name?: ScpName | undefined;
  /** Whether only a directory can be stored under `name`, because the path ended with a slash. A file is rejected. @default false */
  readonly mustBeDirectory?: boolean | undefined;
}

/**
 * Stores received entries. One target stands for one directory.
 *
 * A target for a path of the peer declares its `destination`. The transfer then offers the top-level entry under the name and the path
 * of the destination, so a target stores every entry under `entry.name`, and every wrapper around it sees that name and that path.
 *
 * A target decides before anything is stored. An error rejects that one entry, and the transfer continues. An `ScpFatalError` ends the
 * transfer. An {@link ScpSkipError} skips the entry on purpose. Messages of other errors are not sent to the peer unless `describeError`
 * returns them.
 */
export interface ScpTarget {
  /**
   * Declares where top-level entries are stored, and under which name. Only that of the target passed to the transfer is read. A wrapper
   * passes it on. Absent: in the root of the storage, under their own names.
   */
  readonly destination?: ScpDestination | undefined;
  /**
   * Opens a file for writing. Exactly `entry.size` bytes are written, then `close()` commits the file. Success is reported to the peer
   * only after `close()` has settled. If the body is incomplete, or the source reports it as damaged, `abort()` rolls it back.
   * Exactly one of the two is called.
   */
  file(entry: ScpEntryInfo, context: ScpEntryContext): Awaitable<WritableStream<Uint8Array>>;
  /** Opens a directory and returns the target of its children. Absent: directories are rejected. */
  directory?(entry: ScpEntryInfo, context: ScpEntryContext): Awaitable<ScpTarget>;
  /** Called after all children of this directory: apply mode and times. Not called on the target given to the transfer. */
  close?(): Awaitable<void>;
  /** Called instead of `close()` if the transfer ended inside this directory. Not called on the target given to the transfer. */
  abort?(reason: unknown): Awaitable<void>;
}

/**
 * Thrown by a target to skip an entry on purpose. The message is sent to the peer, and the transfer does not count as incomplete.
 */
export class ScpSkipError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpSkipError");
  override readonly name = "ScpSkipError";
  override readonly code = "skipped";

  constructor(message: string, options?: ErrorOptions) {
    super(message, { ...options, stack: false });
  }
}
