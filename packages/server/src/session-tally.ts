import type { ScpFailure, ScpTransferEvent, ScpTransferSummary } from "@scpkit/channel";

/** Follows the events of one transfer, so that its summary is known however it ends. */
export class SessionTally {
  readonly #role: "source" | "sink";
  readonly #failures: ScpFailure[] = [];
  readonly #late: ScpFailure[] = [];
  readonly #open: string[] = [];
  #files = 0;
  #directories = 0;
  #bytes = 0;

  constructor(role: "source" | "sink") {
    this.#role = role;
  }

  /** Failures that the wire had no room for: of directories whose children are done, since no sink may refuse an E record. */
  get late(): readonly ScpFailure[] {
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
        this.#failures.push(event.failure);
        if (event.failure.side === "local" && event.failure.path === this.#open.at(-1)) {
          this.#open.pop();
          this.#late.push(event.failure);
        }
    }
  }

  summary(): ScpTransferSummary {
    return { files: this.#files, directories: this.#directories, bytes: this.#bytes, failures: [...this.#failures] };
  }
}
