import type { ScpName, ScpTimes } from "@scpkit/codec";
import type { Awaitable } from "@scpkit/sink";

/** An entry that is about to be transferred. Nothing was opened, truncated or created for it yet. */
export interface ScpPolicyEntry {
  /** The direction from the client's point of view. A change by the WinSCP shell is an upload. */
  readonly direction: "upload" | "download";
  readonly type: "file" | "directory";
  /**
   * The path that is stored or read: names joined with `/`, from the root of the storage (`destination` of the target,
   * `path` of the entry). In an upload, renames of its parent directories are already applied. The root itself, which
   * can only be read, is `""`.
   */
  readonly path: string;
  /** The last component of `path`, with its bytes. For the root: the name that it is sent under. */
  readonly name: ScpName;
  /** The announced size of the body in bytes; 0 for a directory. */
  readonly size: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly times?: ScpTimes | undefined;
}

/**
 * A decision about an entry.
 *
 * - `allow`: it is transferred
 * - `rename`: it is stored in the same directory, or sent, under another name: one path component
 * - `skip`: it is left out; the reason is sent to the client and the transfer continues. A download counts it as
 *   failed, an upload does not
 * - `end`: the whole transfer ends; the reason is sent to the client
 *
 * The client sees the reasons. Any other value rejects the entry.
 */
export type ScpPolicyDecision =
  | { readonly type: "allow" }
  | { readonly type: "rename"; readonly name: string | ScpName }
  | { readonly type: "skip"; readonly reason: string }
  | { readonly type: "end"; readonly reason: string };

/**
 * Decides about one entry. An error that it throws rejects that entry, or ends the transfer if it is an
 * `ScpFatalError`.
 */
export type ScpPolicy = (entry: ScpPolicyEntry) => Awaitable<ScpPolicyDecision>;
