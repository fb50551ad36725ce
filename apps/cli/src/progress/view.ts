import type { ProgressMode } from "../command-line/parse.ts";
import { createBarView } from "./bar.ts";
import { createJsonView } from "./json.ts";
import type { ProgressClock, ProgressTerminal, ProgressView } from "./output.ts";
import { createPlainView } from "./plain.ts";

/** How progress is to be shown. */
export interface ProgressViewOptions {
  readonly mode: ProgressMode;
  readonly terminal: ProgressTerminal;
  /** More than one file is expected: a line for the whole is shown. */
  readonly tree: boolean;
  /** @default the process's own */
  readonly clock?: ProgressClock;
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
