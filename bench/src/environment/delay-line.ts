import type { Socket } from "node:net";

/** Options of a {@link DelayLine}. */
export interface DelayLineOptions {
  /** Milliseconds between a chunk's arrival and its departure. */
  readonly delayMs: number;
  /** Bytes in flight before the sender is paused; it resumes at half of this. */
  readonly capacity: number;
  /** Whether nothing leaves before {@link DelayLine.release}. @default false */
  readonly held?: boolean;
}

type Item = { readonly dueMs: number; readonly chunk: Buffer | "end" | "close" };

/**
 * Delays one direction of a connection: every chunk leaves `delayMs` after it arrived, in order, and the end of the
 * stream is delayed as its bytes are.
 *
 * Bandwidth is not limited. A slow receiver holds the line back, and a full line holds the sender back.
 */
export class DelayLine {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: DelayLineOptions;
  #items: Item[] = [];
  #head = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #blocked: boolean;
  #stopped = false;

  constructor(from: Socket, to: Socket, options: DelayLineOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#blocked = options.held === true;
    from.on("data", (chunk: Buffer) => this.#push(chunk));
    from.on("end", () => this.#push("end"));
    from.on("close", () => this.#push("close"));
    to.on("drain", () => this.release());
    to.on("close", () => this.#stop());
  }

  /** Sends the chunks that are due. */
  release(): void {
    if (this.#stopped) return;
    this.#blocked = false;
    this.#deliver();
  }

  #push(chunk: Item["chunk"]): void {
    if (this.#stopped) return;
    this.#items.push({ dueMs: performance.now() + this.#options.delayMs, chunk });
    if (typeof chunk !== "string") {
      this.#bytes += chunk.length;
      if (this.#bytes >= this.#options.capacity) this.#from.pause();
    }
    this.#arm();
  }

  #arm(): void {
    const next = this.#items[this.#head];
    if (next === undefined || this.#timer !== undefined || this.#blocked) return;
    // Timers use whole milliseconds: rounding errs by at most half a millisecond, rounding up would add half a
    // millisecond to every crossing on average.
    const waitMs = Math.max(0, Math.round(next.dueMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#deliver();
    }, waitMs);
  }

  #deliver(): void {
    const nowMs = performance.now() + 0.5;
    this.#to.cork();
    while (!this.#blocked) {
      const item = this.#items[this.#head];
      if (item === undefined || item.dueMs > nowMs) break;
      this.#head += 1;
      this.#pass(item.chunk);
    }
    this.#to.uncork();
    if (this.#head > 1024 || this.#head === this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    this.#arm();
  }

  #pass(chunk: Item["chunk"]): void {
    if (chunk === "end") {
      this.#to.end();
    } else if (chunk === "close") {
      this.#to.destroySoon();
    } else {
      this.#bytes -= chunk.length;
      if (this.#bytes <= this.#options.capacity / 2 && this.#from.isPaused()) this.#from.resume();
      if (this.#to.writable && !this.#to.write(chunk)) this.#blocked = true;
    }
  }

  /** Discards the chunks in flight. The sender gets the error from the other direction, after the usual delay. */
  #stop(): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
    this.#items = [];
    this.#head = 0;
    if (this.#from.isPaused()) this.#from.resume();
  }
}
