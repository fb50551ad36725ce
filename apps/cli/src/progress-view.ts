import type { ScpObserver } from "@scpkit/channel";
import type { ProgressMode } from "./options.ts";
import { createBarView } from "./progress-bar.ts";
import { createJsonView } from "./progress-json.ts";
import { createPlainView } from "./progress-plain.ts";
import type { ProgressTotal } from "./progress-tally.ts";

/** Where progress is written. `process.stdout` with a `write` of one parameter is one. */
export interface ProgressTerminal {
  readonly isTTY: boolean;
  /** Read at every draw, so that a change of size shows. `undefined`: 80. */
  readonly columns: number | undefined;
  /** As `columns`. `undefined`: 24. */
  readonly rows: number | undefined;
  write(text: string): void;
  /** Whether this process may write to the terminal now; while it may not, nothing is drawn. @default always */
  isForeground?(): boolean;
}

/** Time, to be replaced in tests. */
export interface ProgressClock {
  /** Milliseconds; never runs backwards. */
  now(): number;
  /** Calls `tick` again and again, without keeping the process alive. Returns a function that ends it. */
  every(milliseconds: number, tick: () => void): () => void;
}

/** How progress is to be shown. */
export interface ProgressViewOptions {
  readonly mode: ProgressMode;
  readonly terminal: ProgressTerminal;
  /** More than one file is expected: a line for the whole is shown. */
  readonly tree: boolean;
  /** @default the process's own */
  readonly clock?: ProgressClock;
}

/** Shows the progress of one run of the command. */
export interface ProgressView {
  /** To be given to every transfer as its `onEvent`. */
  readonly observe: ScpObserver;
  /** Tells how much there is; as often as it becomes known better. */
  setTotal(total: ProgressTotal): void;
  /** Removes what is drawn, calls `show`, which may write to the same terminal, and draws again later. */
  around(show: () => void): void;
  /** Draws the final state and ends. Safe to call twice. */
  end(): void;
}

/** Makes the view for `options.mode`; `auto` is `bar` on a terminal and `none` elsewhere, as in scp. */
export function createProgressView(options: ProgressViewOptions): ProgressView {
  const clock = options.clock ?? systemClock;
  const mode = options.mode === "auto" ? (options.terminal.isTTY ? "bar" : "none") : options.mode;
  if (mode === "bar") return createBarView(options.terminal, clock, options.tree);
  if (mode === "plain") return createPlainView(options.terminal, clock);
  if (mode === "json") return createJsonView(options.terminal, clock);
  return { observe: () => {}, setTotal: () => {}, around: (show) => show(), end: () => {} };
}

const systemClock: ProgressClock = {
  now: () => performance.now(),
  every: (milliseconds, tick) => {
    const timer = setInterval(tick, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
};
