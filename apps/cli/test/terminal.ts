import type { ProgressClock, ProgressTerminal } from "../src/progress/output.ts";

/** A terminal's screen in memory: knows carriage return, newline, `ESC [ n A` and `ESC [ J`, and breaks long lines. */
export class Screen implements ProgressTerminal {
  isTTY = true;
  columns = 80;
  rows = 24;
  foreground = true;
  /** Everything written, as it came. */
  written = "";
  readonly #lines: string[] = [""];
  #row = 0;
  #column = 0;

  isForeground(): boolean {
    return this.foreground;
  }

  /** The lines, without trailing spaces and empty ones at the end. */
  get lines(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  write(text: string): void {
    this.written += text;
    for (const [token] of text.matchAll(/\x1b\[\d*[A-Z]|[^\x1b]/gs)) this.#apply(token);
  }

  #apply(token: string): void {
    if (token === "\r") {
      this.#column = 0;
    } else if (token === "\n") {
      this.#newline();
      this.#column = 0;
    } else if (token === "\x1b[J") {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = this.#line.slice(0, this.#column);
    } else if (token.startsWith("\x1b[")) {
      this.#row = Math.max(0, this.#row - Number(token.slice(2, -1)));
    } else {
      if (this.#column === this.columns) this.#newline();
      const line = this.#line.padEnd(this.#column);
      this.#lines[this.#row] = line.slice(0, this.#column) + token + line.slice(this.#column + 1);
      this.#column++;
    }
  }

  get #line(): string {
    return this.#lines[this.#row] ?? "";
  }

  #newline(): void {
    this.#row++;
    this.#column = 0;
    this.#lines[this.#row] ??= "";
  }
}

/** Time that passes when it is told to. */
export class FakeClock implements ProgressClock {
  #now = 0;
  readonly #timers = new Set<{ readonly milliseconds: number; readonly tick: () => void; nextMs: number }>();

  now = (): number => this.#now;

  every(milliseconds: number, tick: () => void): () => void {
    const timer = { milliseconds, tick, nextMs: this.#now + milliseconds };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, timers going off in their order. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [first] = [...this.#timers].sort((a, b) => a.nextMs - b.nextMs);
      if (first === undefined || first.nextMs > end) break;
      this.#now = first.nextMs;
      first.nextMs += first.milliseconds;
      first.tick();
    }
    this.#now = end;
  }

  get timers(): number {
    return this.#timers.size;
  }
}
