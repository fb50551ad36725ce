import { quoteText, ScpError } from "@scpkit/codec";

/** What a file, a directory or an entry is called in events: its names joined with `/`, from the transfer's own root. */
export interface ScpTransferredEntry {
  readonly type: "file" | "directory";
  /** Decoded names joined with `/`, for people. Part of it may come from the peer: escape it before it reaches a terminal. */
  readonly path: string;
  /** Bytes of the body; 0 for a directory. */
  readonly size: number;
}

/** An entry that did not arrive, or an error of another kind. */
export interface ScpFailure {
  /** As {@link ScpTransferredEntry.path}; a path that the peer reported is only in the message of `error`. Empty: not about an entry. */
  readonly path: string;
  /** `local`: this side could not open, read, store or accept it; `peer`: the peer reported it. */
  readonly side: "local" | "peer";
  readonly error: unknown;
}

/** What a transfer did. */
export interface ScpTransferSummary {
  /** Files that arrived whole. */
  readonly files: number;
  /** Directories entered and left without a failure of their own. */
  readonly directories: number;
  /** Body bytes of the files counted in `files`. */
  readonly bytes: number;
  /**
   * The first failures, in the order in which they were noticed: at most 1,000, and fewer when their paths and messages exceed a mebi of
   * characters. Empty in a summary that a function returns. Every failure is an event of the observer.
   */
  readonly failures: readonly ScpFailure[];
  /** Number of all failures, those included that `failures` leaves out. */
  readonly failureCount: number;
}

/** An event of a transfer. Events are in order; entries of parallel lanes interleave. */
export type ScpTransferEvent =
  | { readonly type: "start"; readonly entry: ScpTransferredEntry }
  | {
      readonly type: "progress";
      readonly entry: ScpTransferredEntry /** Body bytes so far. */;
      readonly transferred: number;
    }
  | { readonly type: "finish"; readonly entry: ScpTransferredEntry }
  | { readonly type: "failure"; readonly failure: ScpFailure };

/** Called synchronously in the transfer. If it throws, the transfer ends. `entry` is the same object in all events of one entry. */
export type ScpObserver = (event: ScpTransferEvent) => void;

/** Describes the transfer that an entry or a target is part of. */
export interface ScpEntryContext {
  /**
   * In a target: the path in its storage, which begins with the target's `destination`. In an entry: as {@link ScpTransferredEntry.path}.
   */
  readonly path: string;
  /** Aborted when the transfer ends early. Stop waiting then. */
  readonly signal: AbortSignal;
}

/**
 * The transfer reached its end, but not everything arrived. Entries without a failure arrived. `summary.failures` lists the first of them,
 * `summary.failureCount` is their number.
 *
 * `upload`, `download`, `openDownload` and `relay` reject with the error of the failure itself when there is exactly one failure and no file
 * and no directory was copied. `summaryOf` returns the summary of both.
 */
export class ScpIncompleteError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpIncompleteError");
  override readonly name = "ScpIncompleteError";
  override readonly code = "incomplete";
  /** What the transfer did, with its first failures. */
  readonly summary: ScpTransferSummary;

  constructor(summary: ScpTransferSummary) {
    const { failures, failureCount } = summary;
    const noun = failureCount === 1 ? "failure" : "failures";
    super(`The transfer is incomplete: ${failureCount} ${noun}, the first ${describeFailure(failures[0])}`, {
      cause: failures[0]?.error,
    });
    this.summary = summary;
  }
}

function describeFailure(failure: ScpFailure | undefined): string {
  if (failure === undefined) return "unknown";
  const reason = failure.error instanceof Error ? failure.error.message : String(failure.error);
  return failure.path === "" ? reason : `for ${quoteText(failure.path)}: ${reason}`;
}

/**
 * Thrown by an entry, a target or a policy to end the whole transfer instead of failing one entry.
 * The transfer rejects with this error.
 */
export class ScpFatalError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpFatalError");
  override readonly name = "ScpFatalError";
  override readonly code = "fatal";
}
