/** After this many milliseconds without a byte a transfer counts as stalled. */
const stallMs = 5_000;

/** The rate is looked at this often; in between it stays. */
const intervalMs = 1_000;

/**
 * Measures a rate as OpenSSH does: once a second nine tenths of the old rate and one tenth of the new one. In the first second, where
 * OpenSSH has no rate yet, it is the average so far. Times are milliseconds of any clock that does not run backwards.
 */
export class SpeedMeter {
  /** Bytes per second. */
  bytesPerSecond = 0;
  /** When it began. */
  readonly startMs: number;
  #lookedMs: number;
  #movedMs: number;
  #seen = 0;
  /** The rate of a whole second is known. */
  #measured = false;

  constructor(nowMs: number) {
    this.startMs = nowMs;
    this.#lookedMs = nowMs;
    this.#movedMs = nowMs;
  }

  /** Takes notice of the bytes so far. Call it as often as is convenient; more often than once a second changes nothing. */
  look(transferred: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#lookedMs;
    if (elapsedMs < intervalMs) {
      if (!this.#measured && elapsedMs > 0) this.bytesPerSecond = ((transferred - this.#seen) * 1000) / elapsedMs;
      return;
    }
    // The bytes of a file that fails are taken back.
    const rate = Math.max(0, ((transferred - this.#seen) * 1000) / elapsedMs);
    this.bytesPerSecond = this.#measured ? this.bytesPerSecond * 0.9 + rate * 0.1 : rate;
    this.#measured ||= rate > 0;
    if (transferred !== this.#seen) this.#movedMs = nowMs;
    this.#lookedMs = nowMs;
    this.#seen = transferred;
  }

  /** Whether nothing has arrived for five seconds. */
  stalled(nowMs: number): boolean {
    return nowMs - this.#movedMs >= stallMs;
  }

  /** The rate from beginning to end; as in OpenSSH the bytes themselves when no time has passed. */
  average(transferred: number, nowMs: number): number {
    const elapsedMs = nowMs - this.startMs;
    return elapsedMs > 0 ? (transferred * 1000) / elapsedMs : transferred;
  }
}
