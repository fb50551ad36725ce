/** A fuzz target: one entry point of the packages, and the assertions that hold for every input. */
export interface FuzzTarget {
  /** Tokens of the format, bytes as latin1. */
  readonly dictionary: readonly string[];
  /** Maximum length of an input. @default 512 */
  readonly maxBytes?: number | undefined;
  /** First inputs in addition to the corpus. */
  seeds(): Iterable<Uint8Array>;
  /**
   * Runs one input and checks the assertions. It must be deterministic: the result depends only on the input. Any error
   * is a finding. The target owns the input and may keep it.
   */
  run(input: Uint8Array): void | Promise<void>;
}
