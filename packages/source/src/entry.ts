import type { ScpEntryContext } from "@scpkit/channel";
import type { ScpName, ScpTimes } from "@scpkit/codec";

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
  /** Permission bits, 0 to 0o7777; what exceeds 0o6777 is not sent, as in OpenSSH. */
  readonly mode: number;
  /** Bytes that will be sent. A body that ends earlier is padded with NULs and reported as failed; a longer one is cut and reported as failed, unless `allowGrowth`. */
  readonly size: number;
  /** Sent only when the transfer preserves. Fractions of a second are dropped, negative times are sent as 0. */
  readonly times?: ScpTimes | undefined;
  /**
   * Opens the body, just before its record is sent. A rejection is reported as this entry's failure and the transfer goes on.
   *
   * A returned stream is read to its end or cancelled, on every path. Bytes are taken as a body that is already whole
   * (small files: no stream to set up). An object with `size` replaces what the entry said, for sources that know
   * better once the file is open.
   */
  open(context: ScpEntryContext): Awaitable<ScpBody | ScpOpenedFile>;
}

/** The bytes of a file. Chunks may have any length; large ones (64 KiB and more) are fastest. */
export type ScpBody = ReadableStream<Uint8Array> | Uint8Array;

/** A body with what became known when it was opened. */
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
   * Lists the children, once. Iterated only after the peer has accepted the directory, a few entries ahead of what is being sent;
   * `return()` is called when the transfer ends early. Throwing reports the directory as failed; the transfer goes on after it.
   */
  entries(context: ScpEntryContext): AsyncIterable<ScpEntry> | Iterable<ScpEntry>;
}

/**
 * Something that should have been sent and cannot be: reported to the peer and in the summary, in its place among the others.
 */
export interface ScpFailedEntry {
  readonly type: "failed";
  readonly name: string | ScpName;
  readonly error: unknown;
}

/** What can be sent, or could not be. */
export type ScpEntry = ScpFileEntry | ScpDirectoryEntry | ScpFailedEntry;

/** What to send: entries, in order, pulled as they are needed. */
export type ScpEntries = AsyncIterable<ScpEntry> | Iterable<ScpEntry>;
