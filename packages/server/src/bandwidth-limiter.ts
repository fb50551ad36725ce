import { ScpStateError } from "@scpkit/codec";

/** A rate that everything which uses it shares: the files of one session, or the sessions of one user. */
export interface ScpBandwidthLimiter {
  /** Waits until `bytes` more may pass. Rejects with the reason of `signal` when that comes first. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** Time as a limiter sees it. */
export interface Clock {
  nowMs(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Unused time that may be made up for, in ms. */
const burstMs = 100;

/**
 * Makes a limiter. Those who wait are served in the order in which they came.
 *
 * @param bytesPerSecond more than 0
 * @throws {ScpStateError} another number
 */
export function createBandwidthLimiter(bytesPerSecond: number): ScpBandwidthLimiter {
  return limitBandwidth(bytesPerSecond, { nowMs: () => performance.now(), sleep });
}

/** @internal */
export function limitBandwidth(bytesPerSecond: number, clock: Clock): ScpBandwidthLimiter {
  if (!(bytesPerSecond > 0)) {
    throw new ScpStateError(`Expected bytesPerSecond to be more than 0, got ${bytesPerSecond}`);
  }
  let paidUntilMs = Number.NEGATIVE_INFINITY;
  return {
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
