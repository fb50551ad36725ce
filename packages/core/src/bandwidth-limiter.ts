import { ScpStateError } from "@scpkit/codec";

/** A rate that everything which uses it shares: lanes, the files of one session, the sessions of one user. */
export interface ScpBandwidthLimiter {
  /** Pieces of at most this many bytes keep the flow even. @default 65536 */
  readonly pieceBytes?: number | undefined;
  /**
   * Waits until `bytes` more may pass. Those who wait are served in the order in which they came. Rejects with the reason of
   * `signal` when that comes first.
   */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** Time as a limiter sees it. */
export interface LimiterClock {
  /** Never runs backwards. */
  nowMs(): number;
  /** Rejects with the reason of `signal` when that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Unused time that may be made up for, in ms. */
const burstMs = 100;

/** What a piece has at most, whatever the rate. */
export const mostPieceBytes = 65_536;

/**
 * Makes a limiter: a token bucket that holds a tenth of a second. OpenSSH's `-l` sleeps after every 4 to 128 KiB for the same effect.
 *
 * @param bytesPerSecond more than 0
 * @throws {ScpStateError} another number
 */
export function createBandwidthLimiter(bytesPerSecond: number): ScpBandwidthLimiter {
  return createLimiter(bytesPerSecond, { nowMs: () => performance.now(), sleep });
}

/** @internal */
export function createLimiter(bytesPerSecond: number, clock: LimiterClock): ScpBandwidthLimiter {
  if (!(bytesPerSecond > 0)) {
    throw new ScpStateError(`Expected bytesPerSecond to be more than 0, got ${bytesPerSecond}`);
  }
  let paidUntilMs = Number.NEGATIVE_INFINITY;
  return {
    pieceBytes: Math.min(mostPieceBytes, Math.max(1_024, Math.floor((bytesPerSecond * burstMs) / 1000))),
    async take(bytes, signal) {
      signal.throwIfAborted();
      const nowMs = clock.nowMs();
      paidUntilMs = Math.max(paidUntilMs, nowMs - burstMs) + (bytes * 1000) / bytesPerSecond;
      if (paidUntilMs > nowMs) await clock.sleep(paidUntilMs - nowMs, signal);
    },
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
