import type { ScpName } from "@scpkit/codec";
import type { Awaitable } from "@scpkit/sink";

/** A file or directory as a listing shows it. */
export interface ScpShellEntry {
  readonly type: "file" | "directory" | "link";
  /** One path component. */
  readonly name: string | ScpName;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly size: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly mtimeMs: number;
  /** @default the shell's `user` */
  readonly owner?: string | undefined;
  /** @default the shell's `group` */
  readonly group?: string | undefined;
  /** Where a link points. */
  readonly linkTarget?: string | undefined;
}

/**
 * The files of one user as the shell shows and changes them. Every path is absolute, begins at the user's own root, and has neither `.` nor
 * `..` nor a doubled slash. The client writes it: the implementation must keep it inside that root, also through symbolic links.
 *
 * Errors whose `code` is an errno name are reported with the text of `strerror`, others as `Server error`. Absent methods are rejected.
 */
export interface ScpShellFiles {
  /** What is at `path`; links are not followed. `undefined`: nothing. */
  stat(path: string): Awaitable<ScpShellEntry | undefined>;
  /** What is in the directory `path`, without `.` and `..`. */
  list(path: string): Awaitable<AsyncIterable<ScpShellEntry> | Iterable<ScpShellEntry>>;
  /** `mkdir` */
  makeDirectory?(path: string): Awaitable<void>;
  /** `rm -f -r`: removes a file, or a directory with all below it. Never called with `/`. */
  remove?(path: string): Awaitable<void>;
  /** `mv -f`: `to` is the new path itself, not a directory to move into. Never called with `/`. */
  rename?(from: string, to: string): Awaitable<void>;
  /** `chmod` */
  setMode?(path: string, mode: number, options: { readonly recursive: boolean }): Awaitable<void>;
}
