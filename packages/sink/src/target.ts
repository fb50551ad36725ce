import type { ScpEntryContext } from "@scpkit/channel";
import { ScpError, type ScpName, type ScpTimes } from "@scpkit/codec";

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** A file or directory the peer wants to send: everything the wire says about it. */
export interface ScpEntryInfo {
  readonly type: "file" | "directory";
  /** One path component, checked: not empty, not `.` or `..`, no slash, NUL or newline. */
  readonly name: ScpName;
  /** Permission bits as sent, 0 to 0o7777: they may include setuid, setgid and sticky. */
  readonly mode: number;
  /** Bytes of the body as announced; 0 for a directory. Reserve nothing on its word alone. */
  readonly size: number;
  /** Present when the peer sent times that exist. OpenSSH applies them whether or not preserving was asked for. */
  readonly times?: ScpTimes | undefined;
  /** Number of directories above it: 0 at the top. */
  readonly depth: number;
}

/**
 * Where the top-level entries of a target are stored. `resolveDestination` makes one by scp's rule.
 *
 * Wrappers decide about the path that it gives, so the path must be the one that the storage opens.
 */
export interface ScpDestination {
  /**
   * The directory that holds the top-level entries: names joined with `/`, from the root of the storage, without `.` and `..`.
   * The root is `""`. A storage that is not confined to a root gives an absolute path.
   */
  readonly directory: string;
  /** The name under which the top-level entry is stored, whatever name the peer sends. Absent: its own name. */
  readonly name?: ScpName | undefined;
  /** Only a directory can be stored under `name`: the path ended with a slash. A file is refused. @default false */
  readonly mustBeDirectory?: boolean | undefined;
}

/**
 * Stores received entries. One target stands for one directory.
 *
 * A target for a path of the peer declares its `destination`. The transfer then offers the top-level entry under the name and the path
 * of the destination, so a target stores every entry under `entry.name`, and every wrapper around it sees that name and that path.
 *
 * A target decides before anything is stored. Throwing anything refuses that one entry and the transfer goes on;
 * throwing an `ScpFatalError` ends the transfer; throwing an {@link ScpSkipError} leaves the entry out on purpose.
 * What any other error says stays on this side unless `describeError` says otherwise.
 */
export interface ScpTarget {
  /**
   * Says where top-level entries are stored, and under which name. Read from the target given to the transfer only. A wrapper passes
   * it on. Absent: in the root of the storage, under their own names.
   */
  readonly destination?: ScpDestination | undefined;
  /**
   * Opens a file for writing. Exactly `entry.size` bytes are written, then `close()` commits the file. Success is reported to the peer
   * only after `close()` has settled. If the body is incomplete, or the source reports it as damaged, `abort()` rolls it back.
   * Exactly one of the two is called.
   */
  file(entry: ScpEntryInfo, context: ScpEntryContext): Awaitable<WritableStream<Uint8Array>>;
  /** Takes a directory and returns the target of its children. Absent: directories are refused. */
  directory?(entry: ScpEntryInfo, context: ScpEntryContext): Awaitable<ScpTarget>;
  /** All children of this directory are done: apply mode and times. Not called on the target given to the transfer. */
  close?(): Awaitable<void>;
  /** The transfer ended inside this directory; called instead of `close()`. Not called on the target given to the transfer. */
  abort?(reason: unknown): Awaitable<void>;
}

const brand = Symbol.for("scpkit.ScpSkipError");

/**
 * Thrown by a target to skip an entry on purpose. The message is sent to the peer, and the transfer does not count as incomplete.
 */
export class ScpSkipError extends ScpError {
  static override readonly brand: symbol = brand;
  override readonly name = "ScpSkipError";
  override readonly code = "skipped";

  constructor(message: string, options?: ErrorOptions) {
    super(message, { ...options, stack: false });
    Object.defineProperty(this, brand, { value: true });
  }
}
