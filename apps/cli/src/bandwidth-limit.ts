import type { ScpExecChannel, ScpTransport } from "@scpkit/channel";

/** Time as a limit sees it, to be replaced in tests. */
export interface BandwidthClock {
  /** Milliseconds; never runs backwards. */
  now(): number;
  /** Resolves after `milliseconds`, or rejects with the reason of `signal` when that comes first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A rate shared by everything that uses it: lanes, and one transfer after the other. */
export interface BandwidthLimit {
  /** Pieces of at most this many bytes keep the flow even. */
  readonly pieceBytes: number;
  /** Waits until `bytes` more may pass. Callers are served in the order in which they came. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** So much unused time may be made up for. */
const burstMs = 100;

/**
 * Makes a limit for `-l`: a token bucket that holds a tenth of a second. OpenSSH sleeps after every 4 to 128 KiB for the same effect.
 *
 * @param bytesPerSecond more than 0
 */
export function createBandwidthLimit(bytesPerSecond: number, clock: BandwidthClock = systemClock): BandwidthLimit {
  let paidUntilMs = Number.NEGATIVE_INFINITY;
  return {
    pieceBytes: Math.min(65_536, Math.max(1_024, Math.floor((bytesPerSecond * burstMs) / 1000))),
    take: async (bytes, signal) => {
      signal.throwIfAborted();
      const nowMs = clock.now();
      paidUntilMs = Math.max(paidUntilMs, nowMs - burstMs) + (bytes * 1000) / bytesPerSecond;
      if (paidUntilMs > nowMs) await clock.sleep(paidUntilMs - nowMs, signal);
    },
  };
}

/**
 * `transport` with one direction of every command slowed down: `upload` what is sent to the command, `download` what comes from it.
 * The other side feels it as a slow reader or writer.
 */
export function limitTransport(
  transport: ScpTransport,
  limit: BandwidthLimit,
  direction: "upload" | "download",
): ScpTransport {
  return {
    peerIdentification: transport.peerIdentification,
    exec: async (command, options) => {
      const channel = await transport.exec(command, options);
      return {
        readable: direction === "download" ? limitReadable(channel.readable, limit) : channel.readable,
        writable: direction === "upload" ? limitWritable(channel.writable, limit) : channel.writable,
        stderr: channel.stderr,
        closed: channel.closed,
        close: () => channel.close(),
        [Symbol.asyncDispose]: () => channel.close(),
      } satisfies ScpExecChannel;
    },
  };
}

/** `writable` taking bytes no faster than `limit` lets them pass. Closing and aborting go through; aborting ends a wait. */
export function limitWritable(writable: WritableStream<Uint8Array>, limit: BandwidthLimit): WritableStream<Uint8Array> {
  const writer = writable.getWriter();
  const stop = new AbortController();
  // A peer that goes away is noticed while waiting, not after it.
  writer.closed.catch((reason: unknown) => stop.abort(reason));
  return new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        // The types of Node 20 leave this property out.
        const { signal } = controller as WritableStreamDefaultController & { readonly signal: AbortSignal };
        signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
      },
      write: async (chunk) => {
        for (let offset = 0; offset < chunk.byteLength; offset += limit.pieceBytes) {
          const piece = chunk.subarray(offset, offset + limit.pieceBytes);
          await limit.take(piece.byteLength, stop.signal);
          await writer.ready;
          writer.write(piece).catch(() => {});
        }
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    },
    { highWaterMark: limit.pieceBytes, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
}

/** `readable` handing out bytes no faster than `limit` lets them pass. Cancelling goes through and ends a wait. */
export function limitReadable(readable: ReadableStream<Uint8Array>, limit: BandwidthLimit): ReadableStream<Uint8Array> {
  const reader = readable.getReader();
  const stop = new AbortController();
  let rest: Uint8Array = new Uint8Array(0);
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        while (rest.byteLength === 0) {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            return;
          }
          rest = value;
        }
        const piece = rest.subarray(0, limit.pieceBytes);
        rest = rest.subarray(piece.byteLength);
        await limit.take(piece.byteLength, stop.signal);
        controller.enqueue(piece);
      },
      cancel: async (reason) => {
        stop.abort(reason);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

const systemClock: BandwidthClock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", end);
        resolve();
      }, milliseconds);
      signal.addEventListener("abort", end, { once: true });
    }),
};
