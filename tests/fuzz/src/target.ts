/** Something to fuzz: one entrance of the packages, and what must hold whatever comes in through it. */
export interface FuzzTarget {
  /** Words of the format, bytes as latin1. */
  readonly dictionary: readonly string[];
  /** Longest input that is tried. @default 512 */
  readonly maxBytes?: number | undefined;
  /** Inputs to begin with, besides the corpus. */
  seeds(): Iterable<Uint8Array>;
  /**
   * Takes one input and asserts what must hold. Deterministic: the input alone decides. Anything thrown is a finding; the input is
   * the target's own and may be kept.
   */
  run(input: Uint8Array): void | Promise<void>;
}
