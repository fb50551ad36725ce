import { type ScpFailure, type ScpTransferEvent, type ScpTransferSummary, summaryOf } from "@scpkit/core";
import { FailureList } from "@scpkit/core/engine";
import type { HintContext } from "./hints.ts";
import { explain, formatError, formatFailure, formatSummary } from "./messages.ts";

/** Reports the failures of one run, each failure and each hint once, and counts what was copied. */
export class Reporter {
  readonly #print: (text: string) => void;
  readonly #context: HintContext;
  readonly #startMs = performance.now();
  readonly #reported = new WeakSet<object>();
  readonly #hints = new Set<string>();
  readonly #failures = new FailureList();
  #files = 0;
  #directories = 0;
  #bytes = 0;

  /** @param print shows lines on standard error, a newline added */
  constructor(print: (text: string) => void, context: HintContext = {}) {
    this.#print = print;
    this.#context = context;
  }

  /** Whether anything has failed. */
  failed = false;

  /** Receives every event of every transfer. */
  observe(event: ScpTransferEvent): void {
    if (event.type === "failure") this.#report(event.failure);
    if (event.type !== "finish") return;
    if (event.entry.type === "directory") {
      this.#directories += 1;
    } else {
      this.#files += 1;
      this.#bytes += event.entry.size;
    }
  }

  /** Reports why an operand, or the whole run, failed. */
  fail(error: unknown): void {
    this.failed = true;
    const summary = summaryOf(error);
    if (summary !== undefined) {
      for (const failure of summary.failures) this.#report(failure);
    } else if (!this.#isReported(error)) {
      const [message = ""] = formatError(error).split("\n");
      this.#show(message, explain(error, this.#context).hint);
    }
  }

  /** Returns the summary with all failures; `undefined` if fewer than two entries were copied or failed. */
  closing(): string | undefined {
    const summary: ScpTransferSummary = {
      files: this.#files,
      directories: this.#directories,
      bytes: this.#bytes,
      failures: this.#failures.kept,
      failureCount: this.#failures.count,
    };
    if (this.#files + this.#directories + this.#failures.count < 2) return undefined;
    return formatSummary(summary, (performance.now() - this.#startMs) / 1000);
  }

  #report(failure: ScpFailure): void {
    if (this.#isReported(failure)) return;
    // The transfer also rejects with an error that ends it.
    this.#isReported(failure.error);
    this.#failures.add(failure);
    this.failed = true;
    this.#show(formatFailure(failure), explain(failure.error, this.#context).hint);
  }

  /** Returns whether something was shown before, and remembers it. */
  #isReported(what: unknown): boolean {
    if (typeof what !== "object" || what === null) return false;
    const reported = this.#reported.has(what);
    this.#reported.add(what);
    return reported;
  }

  #show(message: string, hint: string | undefined): void {
    const fresh = hint !== undefined && !this.#hints.has(hint);
    if (hint !== undefined) this.#hints.add(hint);
    this.#print(fresh ? `${message}\nhint: ${hint}` : message);
  }
}
