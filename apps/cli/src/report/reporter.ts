import { type ScpFailure, type ScpTransferEvent, type ScpTransferSummary, summaryOf } from "@scpkit/core";
import { FailureList } from "@scpkit/core/engine";
import type { AdviceContext } from "./hints.ts";
import { explain, formatError, formatFailure, formatSummary } from "./messages.ts";

/** Tells what goes wrong during one run, each failure once and each advice once, and counts what went well. */
export class Reporter {
  readonly #say: (text: string) => void;
  readonly #context: AdviceContext;
  readonly #startMs = performance.now();
  readonly #told = new WeakSet<object>();
  readonly #advices = new Set<string>();
  readonly #failures = new FailureList();
  #files = 0;
  #directories = 0;
  #bytes = 0;

  /** @param say shows lines on standard error, a newline added */
  constructor(say: (text: string) => void, context: AdviceContext = {}) {
    this.#say = say;
    this.#context = context;
  }

  /** Whether anything has failed. */
  failed = false;

  /** To be told of every event of every transfer. */
  observe(event: ScpTransferEvent): void {
    if (event.type === "failure") this.#tell(event.failure);
    if (event.type !== "finish") return;
    if (event.entry.type === "directory") {
      this.#directories += 1;
    } else {
      this.#files += 1;
      this.#bytes += event.entry.size;
    }
  }

  /** Shows why an operand, or all of the run, failed. */
  fail(error: unknown): void {
    this.failed = true;
    const summary = summaryOf(error);
    if (summary !== undefined) {
      for (const failure of summary.failures) this.#tell(failure);
    } else if (!this.#isTold(error)) {
      const [happened = ""] = formatError(error).split("\n");
      this.#show(happened, explain(error, this.#context).advice);
    }
  }

  /** The closing words, with every failure once more; `undefined` where less than two things were copied or tried. */
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

  #tell(failure: ScpFailure): void {
    if (this.#isTold(failure)) return;
    // A fatal error is a failure, and the transfer rejects with it as well.
    this.#isTold(failure.error);
    this.#failures.add(failure);
    this.failed = true;
    this.#show(formatFailure(failure), explain(failure.error, this.#context).advice);
  }

  /** Returns whether something was shown before, and remembers it. */
  #isTold(what: unknown): boolean {
    if (typeof what !== "object" || what === null) return false;
    const told = this.#told.has(what);
    this.#told.add(what);
    return told;
  }

  #show(happened: string, advice: string | undefined): void {
    const fresh = advice !== undefined && !this.#advices.has(advice);
    if (advice !== undefined) this.#advices.add(advice);
    this.#say(fresh ? `${happened}\nhint: ${advice}` : happened);
  }
}
