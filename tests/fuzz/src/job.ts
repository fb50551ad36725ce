import type { FuzzReport } from "./fuzz.ts";

/** What a worker is given. */
export interface FuzzJob {
  /** Address of the instrumented bundle that exports `target`. */
  readonly bundle: string;
  readonly coverageVariable: string;
  /** Inputs tried first: the corpus and what once broke something. */
  readonly inputs: readonly Uint8Array[];
  readonly seed: number;
  /** Inputs to make; the given ones are not counted. */
  readonly runs: number;
  /** Milliseconds after which no more are made. */
  readonly limitMs: number;
  /** What is being tried right now: its number, its length, its bytes. Read by the other thread when nothing moves. */
  readonly current: SharedArrayBuffer;
}

/** What a worker sends, once. */
export type FuzzMessage = FuzzReport;
