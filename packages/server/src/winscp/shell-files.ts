import type { ScpName } from "@scpkit/codec";
import type { Awaitable } from "@scpkit/sink";

/** A file or directory as shown in a listing. */
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
  /** The target of a link. */
  readonly linkTarget?: string | undefined;
}

/**
 * The files of one user, as listed and changed by the shell. Every path is absolute, begins at the user's own root, and
 * contains no `.`, no `..` and no doubled slash. The path comes from the client: the implementation must keep it inside
 * that root, also across symbolic links.
 *
 * Errors whose `code` is an errno name are reported with the text of `strerror`, others as `Server error`. A command
 * whose method is absent is rejected.
 */
export interface ScpShellFiles {
  /** Returns the entry at `path`, or `undefined` if there is none. Does not follow links. */
  stat(path: string): Awaitable<ScpShellEntry | undefined>;
  /** Lists the directory `path`, without `.` and `..`. */
  list(path: string): Awaitable<AsyncIterable<ScpShellEntry> | Iterable<ScpShellEntry>>;
  /** Creates a directory (`mkdir`). */
  makeDirectory?(path: string): Awaitable<void>;
  /** Removes a file, or a directory with everything below it (`rm -f -r`). Never called with `/`. */
  remove?(path: string): Awaitable<void>;
  /** Renames an entry (`mv -f`). `to` is the new path itself, not a directory to move into. Never called with `/`. */
  rename?(from: string, to: string): Awaitable<void>;
  /** Sets the permission bits (`chmod`). */
  setMode?(path: string, mode: number, options: { readonly recursive: boolean }): Awaitable<void>;
}
