import type { ScpObserver } from "@scpkit/core";
import type { ProgressTotal } from "./tracker.ts";

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

/** Shows the progress of one run of the command. */
export interface ProgressView {
  /** The `onEvent` of every transfer. */
  readonly observe: ScpObserver;
  /** Sets the total. Can be called repeatedly. */
  setTotal(total: ProgressTotal): void;
  /** Removes what is drawn, calls `show`, which may write to the same terminal, and draws again later. */
  around(show: () => void): void;
  /** Draws the final state and ends. Safe to call twice. */
  end(): void;
}
