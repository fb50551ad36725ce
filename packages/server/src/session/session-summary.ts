import type { ScpTransferEvent, ScpTransferSummary } from "@scpkit/core";
import { FailureList } from "@scpkit/core/engine";

/** Builds the summary of one transfer from its events, so that it is available however the transfer ends. */
export class SessionSummary {
  readonly #role: "source" | "sink";
  readonly #failures = new FailureList();
  readonly #late = new FailureList();
  readonly #open: string[] = [];
  #files = 0;
  #directories = 0;
  #bytes = 0;

  constructor(role: "source" | "sink") {
    this.#role = role;
  }

  /**
   * Failures that the protocol could not report: those of completed directories, because a sink cannot reject an `E`
   * record.
   */
  get late(): FailureList {
    return this.#late;
  }

  observe(event: ScpTransferEvent): void {
    switch (event.type) {
      case "start":
        if (event.entry.type === "directory" && this.#role === "sink") this.#open.push(event.entry.path);
        return;
      case "progress":
        return;
      case "finish":
        if (event.entry.type === "directory") {
          this.#open.pop();
          this.#directories += 1;
        } else {
          this.#files += 1;
          this.#bytes += event.entry.size;
        }
        return;
      case "failure":
        this.#failures.add(event.failure);
        if (event.failure.side === "local" && event.failure.path === this.#open.at(-1)) {
          this.#open.pop();
          this.#late.add(event.failure);
        }
    }
  }

  summary(): ScpTransferSummary {
    return {
      files: this.#files,
      directories: this.#directories,
      bytes: this.#bytes,
      failures: [...this.#failures.kept],
      failureCount: this.#failures.count,
    };
  }
}
