import { ScpLimitError, ScpPeerError } from "@scpkit/codec";
import {
  type ScpFailure,
  ScpIncompleteError,
  type ScpObserver,
  type ScpTransferredEntry,
  type ScpTransferSummary,
} from "../transfer.ts";
import { FailureList } from "./failure-list.ts";

/** Counts the files, bytes and failures of a transfer and calls its observer. The engines share it; several lanes may share one. */
export class TransferLog {
  readonly #onEvent: ScpObserver | undefined;
  readonly #maxPeerErrors: number;
  readonly #failures = new FailureList();
  #files = 0;
  #directories = 0;
  #bytes = 0;
  #peerErrors = 0;

  constructor(onEvent: ScpObserver | undefined, maxPeerErrors: number) {
    this.#onEvent = onEvent;
    this.#maxPeerErrors = maxPeerErrors;
  }

  /** Whether anything has failed so far. */
  get failed(): boolean {
    return this.#failures.count > 0;
  }

  /** An entry is about to be transferred. */
  start(entry: ScpTransferredEntry): void {
    this.#onEvent?.({ type: "start", entry });
  }

  /** Body bytes of an entry have passed; `transferred` counts from its beginning. */
  progress(entry: ScpTransferredEntry, transferred: number): void {
    this.#onEvent?.({ type: "progress", entry, transferred });
  }

  /** An entry has arrived whole: it counts. */
  finish(entry: ScpTransferredEntry): void {
    if (entry.type === "file") {
      this.#files += 1;
      this.#bytes += entry.size;
    } else {
      this.#directories += 1;
    }
    this.#onEvent?.({ type: "finish", entry });
  }

  /** Records a failure; `path` is empty when it belongs to no entry. */
  fail(path: string, side: ScpFailure["side"], error: unknown): void {
    const failure: ScpFailure = { path, side, error };
    this.#failures.add(failure);
    this.#onEvent?.({ type: "failure", failure });
  }

  /**
   * Records an error line of the peer and returns it as an error.
   *
   * @throws {ScpLimitError} `limit-peer-errors`
   */
  failByPeer(path: string, severity: "warning" | "fatal", message: string): ScpPeerError {
    this.#peerErrors += 1;
    if (this.#peerErrors > this.#maxPeerErrors) {
      throw new ScpLimitError(
        "limit-peer-errors",
        this.#maxPeerErrors,
        `The peer reported more than ${this.#maxPeerErrors} errors`,
      );
    }
    const error = new ScpPeerError(severity, message);
    this.fail(path, "peer", error);
    return error;
  }

  /** What was done so far. */
  summary(): ScpTransferSummary {
    return {
      files: this.#files,
      directories: this.#directories,
      bytes: this.#bytes,
      failures: [...this.#failures.kept],
      failureCount: this.#failures.count,
    };
  }

  /**
   * The summary of a transfer in which nothing failed.
   *
   * @throws {ScpIncompleteError} something failed
   */
  conclude(): ScpTransferSummary {
    const summary = this.summary();
    if (summary.failureCount > 0) throw new ScpIncompleteError(summary);
    return summary;
  }
}
