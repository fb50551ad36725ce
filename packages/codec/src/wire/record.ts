import type { ScpName } from "./name.ts";

/** `C<mode> <size> <name>\n`: a file follows, once the sink has accepted it. */
export interface ScpFileRecord {
  readonly type: "file";
  /** Permission bits, 0 to 0o7777. OpenSSH sends at most 0o6777. */
  readonly mode: number;
  /** Length of the body in bytes, 0 to 2^53-1. */
  readonly size: number;
  readonly name: ScpName;
}

/** `D<mode> 0 <name>\n`: a directory opens, once the sink has accepted it. Its size field is always sent as 0. */
export interface ScpDirectoryRecord {
  readonly type: "directory";
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly name: ScpName;
}

/** Modification and access time of a file or directory. */
export interface ScpTimes {
  /** Milliseconds since 1970-01-01T00:00:00Z, never negative. The wire carries whole seconds and microseconds. */
  readonly mtimeMs: number;
  /** As `mtimeMs`, of the last access. */
  readonly atimeMs: number;
}

/**
 * `T<mtime> <usec> <atime> <usec>\n`: times of the next file or directory.
 * A time too large for a safe integer of milliseconds is `Infinity`; such times are acknowledged and not applied, as OpenSSH does.
 */
export interface ScpTimesRecord extends ScpTimes {
  readonly type: "times";
}

/** `E\n`: the current directory ends. */
export interface ScpEndRecord {
  readonly type: "end";
}

/**
 * `\x01text\n` (`warning`: this entry failed, the transfer goes on) or `\x02text\n` (`fatal`: the transfer is over).
 * Both directions use it: a sink answers with it, a source reports an entry it cannot send.
 */
export interface ScpMessage {
  readonly type: "warning" | "fatal";
  /** The text without its newline, decoded as UTF-8. Written by the peer: escape it before it reaches a terminal. */
  readonly message: string;
}

/** One line from source to sink. */
export type ScpRecord = ScpFileRecord | ScpDirectoryRecord | ScpTimesRecord | ScpEndRecord | ScpMessage;

/** One answer from sink to source: `\0`, or a message. */
export type ScpReply = { readonly type: "ok" } | ScpMessage;

/**
 * What {@link ScpRecordDecoder} yields: records, pieces of the accepted body, and the source's closing status of that body.
 * `data` is a view into the pushed chunk, valid as long as the chunk is.
 * `missing-status`: the body came whole and the source closed instead of sending a status, as curl does.
 */
export type ScpEvent =
  | ScpRecord
  | { readonly type: "data"; readonly data: Uint8Array }
  | { readonly type: "status"; readonly status: ScpReply }
  | { readonly type: "missing-status" };
