import type { ScpName, ScpTimes } from "@scpkit/codec";
import type { ScpEntryContext } from "@scpkit/core";

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** A file to send. */
export interface ScpFileEntry {
  readonly type: "file";
  /**
   * What is read: names joined with `/`, from the root of the storage, without `.`, `..` and symbolic links. Those who decide about an
   * entry decide about this path; `name` is only what the peer calls it. The root itself is `""`. Absent: the path of the directory
   * above it and its name. Not sent.
   */
  readonly path?: string | undefined;
  /** Name under which it is sent: one path component. Text is encoded as UTF-8; an `ScpName` carries any bytes. */
  readonly name: string | ScpName;
  /** Permission bits, 0 to 0o7777. The sticky bit is not sent, as in OpenSSH. */
  readonly mode: number;
  /**
   * Bytes that will be sent. A body that ends earlier is padded with NULs and reported as failed. A longer body is cut, and reported as
   * failed unless `allowGrowth` is set.
   */
  readonly size: number;
  /** Sent only with `preserve`. Fractions of a second are dropped, and negative times are sent as 0. */
  readonly times?: ScpTimes | undefined;
  /**
   * Opens the body, just before its record is sent. A rejection is reported as a failure of this entry, and the transfer continues.
   *
   * A returned stream is always read to its end or cancelled. A `Uint8Array` is the whole body, which saves a stream for small files. The
   * values of an object with `size` replace those of the entry, for sources that know them only once the file is open.
   */
  open(context: ScpEntryContext): Awaitable<ScpBody | ScpOpenedFile>;
}

/** The bytes of a file. Chunks may have any length; large ones (64 KiB and more) are fastest. */
export type ScpBody = ReadableStream<Uint8Array> | Uint8Array;

/** A body, and the values that became known when it was opened. */
export interface ScpOpenedFile {
  readonly body: ScpBody;
  readonly size: number;
  readonly mode?: number | undefined;
  readonly times?: ScpTimes | undefined;
}

/** A directory to send. */
export interface ScpDirectoryEntry {
  readonly type: "directory";
  /** As {@link ScpFileEntry.path}. */
  readonly path?: string | undefined;
  /** As {@link ScpFileEntry.name}. */
  readonly name: string | ScpName;
  /** As {@link ScpFileEntry.mode}. */
  readonly mode: number;
  /** As {@link ScpFileEntry.times}. */
  readonly times?: ScpTimes | undefined;
  /**
   * Lists the children. Called once, after the peer has accepted the directory, and read a few entries ahead. `return()` is called if the
   * transfer ends early. If it throws, the directory is reported as failed, and the transfer continues after it.
   */
  entries(context: ScpEntryContext): AsyncIterable<ScpEntry> | Iterable<ScpEntry>;
}

/**
 * An entry that cannot be sent. It is reported to the peer and in the summary, in order with the other entries.
 */
export interface ScpFailedEntry {
  readonly type: "failed";
  readonly name: string | ScpName;
  readonly error: unknown;
}

/** An entry to send, or one that cannot be sent. */
export type ScpEntry = ScpFileEntry | ScpDirectoryEntry | ScpFailedEntry;

/** What to send: entries, in order, pulled as they are needed. */
export type ScpEntries = AsyncIterable<ScpEntry> | Iterable<ScpEntry>;
