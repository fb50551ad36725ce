import type { FuzzReport } from "./fuzz.ts";

/** The job of a worker. */
export interface FuzzJob {
  /** URL of the instrumented bundle that exports `target`. */
  readonly bundle: string;
  readonly coverageVariable: string;
  /** Inputs tried first: the corpus and the regressions. */
  readonly inputs: readonly Uint8Array[];
  readonly seed: number;
  /** The number of inputs to generate, without the given ones. */
  readonly runs: number;
  /** Milliseconds after which no more inputs are generated. */
  readonly limitMs: number;
  /** The current input: its number, its length, its bytes. The other thread reads it if the worker hangs. */
  readonly current: SharedArrayBuffer;
}

/** The only message of a worker. */
export type FuzzMessage = FuzzReport;
