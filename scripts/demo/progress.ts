import type { ScpObserver } from "@scpkit/core";

/** Shows the progress of a transfer: one line that is updated on a terminal, otherwise one line per second. */
export class Progress {
  readonly #label: string;
  readonly #totalBytes: number;
  readonly #isTTY: boolean = process.stdout.isTTY === true;
  readonly #started: number = performance.now();
  readonly #counted = new WeakMap<object, number>();
  readonly #timer: ReturnType<typeof setInterval>;
  #bytes = 0;
  #files = 0;

  constructor(label: string, totalBytes: number) {
    this.#label = label;
    this.#totalBytes = totalBytes;
    this.#timer = setInterval(() => this.#show(), this.#isTTY ? 100 : 1_000);
  }

  /** The observer for `onEvent`. */
  readonly observe: ScpObserver = (event) => {
    if (event.type === "progress") {
      this.#bytes += event.transferred - (this.#counted.get(event.entry) ?? 0);
      this.#counted.set(event.entry, event.transferred);
    } else if (event.type === "finish" && event.entry.type === "file") {
      this.#bytes += event.entry.size - (this.#counted.get(event.entry) ?? 0);
      this.#counted.set(event.entry, event.entry.size);
      this.#files += 1;
    }
  };

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Shows the last state. */
  end(): void {
    clearInterval(this.#timer);
    this.#show();
    if (this.#isTTY) process.stdout.write("\n");
  }

  #show(): void {
    const percent = Math.floor((100 * this.#bytes) / Math.max(1, this.#totalBytes));
    const rate = formatRate(this.#bytes, this.seconds);
    const line = `${this.#label.padEnd(10)} ${`${percent}`.padStart(3)} %  ${`${this.#files}`.padStart(5)} files  ${rate}`;
    process.stdout.write(this.#isTTY ? `\r${line}\x1b[K` : `${line}\n`);
  }
}

/** Returns a rate in megabytes (10^6) per second. */
export function formatRate(bytes: number, seconds: number): string {
  return `${(bytes / 1e6 / Math.max(seconds, 0.001)).toFixed(1)} MB/s`;
}
