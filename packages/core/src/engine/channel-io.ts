import { ScpLimitError } from "@scpkit/codec";
import type { ScpChannel } from "../channel.ts";
import type { ScpLimits } from "../limits.ts";

/** How long a peer that no longer reads may leave its output open without a byte, in ms, before it counts as lost. */
const endGraceMs = 3000;

/** How often the stall limit is looked at, in each limit's time. */
const ticksPerLimit = 4;

interface ReadResult {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

/** Options of {@link ChannelIO}. */
export interface ChannelIOOptions {
  /** Ends the transfer: everything pending rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Of which `stallMs` and `firstByteMs` are watched here. @default no limit */
  readonly limits?: Pick<ScpLimits, "stallMs" | "firstByteMs"> | undefined;
}

/**
 * The two locked ends of a channel while a transfer runs: reads, writes with backpressure, and one way to end it all.
 * The engines of source, sink and relay stand on it; an embedder has no need of it.
 *
 * The first call of {@link fail} wins: afterwards every pending and later operation rejects with that reason.
 */
export class ChannelIO {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #controller = new AbortController();
  readonly #limits: Pick<ScpLimits, "stallMs" | "firstByteMs">;
  readonly #onAbort: () => void;
  readonly #outerSignal: AbortSignal | undefined;
  /** Those who wait for something that does not settle by itself when the transfer fails. */
  readonly #waiters = new Set<(reason: unknown) => void>();
  #failure: { readonly reason: unknown } | undefined;
  #lost: { readonly reason: unknown } | undefined;
  #writeFailure: { readonly reason: unknown } | undefined;
  #waiting = 0;
  #reads = 0;
  #released = false;
  #receivedAny = false;
  /** Something moved since the last tick. */
  #active = false;
  #quietTicks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: ScpChannel, options: ChannelIOOptions = {}) {
    this.#reader = channel.readable.getReader();
    this.#writer = channel.writable.getWriter();
    this.#writer.ready.catch(ignore);
    this.#writer.closed.catch(this.#onWriteFailure);
    this.#reader.closed.catch(ignore);
    this.#limits = options.limits ?? { stallMs: 0, firstByteMs: 0 };
    this.#outerSignal = options.signal;
    this.#onAbort = () => this.fail(options.signal?.reason);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted) this.#onAbort();
  }

  /** Aborted with the reason of {@link fail}; handed to the caller's entries and targets. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * The next chunk, or `undefined` at the end of the peer's output.
   *
   * @param watched whether this counts as waiting for the peer, under the stall limit. A read that is only there to notice the
   *   peer's end does not.
   */
  read(watched: boolean): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    if (watched) this.#beginWait();
    // Settles by itself when the transfer fails: the reader is cancelled. Not an async function: this runs for every chunk.
    return this.#reader
      .read()
      .then(watched ? this.#onWatchedRead : this.#onRead, watched ? this.#onWatchedReadError : this.#onReadError);
  }

  readonly #onRead = ({ done, value }: ReadResult): Uint8Array | undefined => {
    this.#throwIfFailed();
    this.#reads += 1;
    if (done) return undefined;
    this.#receivedAny = true;
    this.#active = true;
    return value;
  };

  readonly #onWatchedRead = (result: ReadResult): Uint8Array | undefined => {
    this.#waiting -= 1;
    return this.#onRead(result);
  };

  readonly #onReadError = (error: unknown): never => {
    throw this.#failure === undefined ? error : this.#failure.reason;
  };

  readonly #onWatchedReadError = (error: unknown): never => {
    this.#waiting -= 1;
    return this.#onReadError(error);
  };

  /**
   * Writes, and returns a promise to wait for only when the peer is to be waited for.
   *
   * A failed write is not reported at once: the peer may have closed after sending a reply that explains why, or that everything is
   * stored. Later writes are dropped until the peer's output ends. If the output neither ends nor brings data while this side waits for
   * it, the transfer fails with the error of the write. {@link lost} returns whether something was dropped.
   */
  write(bytes: Uint8Array): Promise<void> | undefined {
    // A writer that was aborted must not be asked for more: Node 20 asserts.
    this.#throwIfFailed();
    this.#writer.write(bytes).then(this.#onWritten, this.#onLost);
    if ((this.#writer.desiredSize ?? 0) > 0) return undefined;
    this.#beginWait();
    return this.#writer.ready.then(this.#onReady, this.#onDropped);
  }

  /** What a write failed with, when not all that was written reached the peer. */
  get lost(): { readonly reason: unknown } | undefined {
    return this.#lost;
  }

  readonly #onReady = (): void => {
    this.#waiting -= 1;
    this.#throwIfFailed();
  };

  readonly #onDropped = async (): Promise<void> => {
    await yieldToEvents();
    this.#onReady();
  };

  /** Waits for something on this side; rejects as soon as the transfer fails. */
  raceFailure<T>(promise: PromiseLike<T>): Promise<T> {
    // Not Promise.race with one long-lived promise: that would keep every promise it was ever raced with.
    return new Promise<T>((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure.reason);
        promise.then(ignore, ignore);
        return;
      }
      this.#waiters.add(reject);
      promise.then(
        (value) => {
          this.#waiters.delete(reject);
          resolve(value);
        },
        (reason: unknown) => {
          this.#waiters.delete(reject);
          reject(reason);
        },
      );
    });
  }

  /** Waits for something the peer must do, under the stall limit; rejects as soon as the transfer fails. */
  async waitForPeer<T>(promise: Promise<T>): Promise<T> {
    this.#beginWait();
    try {
      return await this.raceFailure(promise);
    } finally {
      this.#waiting -= 1;
    }
  }

  /**
   * Ends the transfer early, once: cancels the one stream and aborts the other.
   *
   * @param farewell last words to the peer; the way to it is then closed behind them instead of aborted
   */
  fail(reason: unknown, farewell?: Uint8Array): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    this.#controller.abort(reason);
    for (const reject of this.#waiters) reject(reason);
    this.#waiters.clear();
    if (farewell === undefined) {
      this.#writer.abort(reason).catch(ignore);
    } else {
      this.#writer.write(farewell).catch(ignore);
      this.#writer.close().catch(ignore);
    }
    this.#reader.cancel(reason).catch(ignore);
    this.release();
  }

  /** Closes the way to the peer: it sees the end of its input. A peer that has already gone is no error. */
  async closeWritable(): Promise<void> {
    this.#throwIfFailed();
    await this.waitForPeer(this.#writer.close().catch(ignore));
  }

  /** Stops watching limits and the caller's signal. Call when the transfer is over; {@link fail} does so itself. */
  release(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#endTimer);
    this.#timer = undefined;
    this.#released = true;
    this.#outerSignal?.removeEventListener("abort", this.#onAbort);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  readonly #onWriteFailure = (reason: unknown): void => {
    this.#writeFailure ??= { reason };
    this.#expectEnd();
  };

  readonly #onLost = (reason: unknown): void => {
    this.#lost ??= { reason };
    this.#onWriteFailure(reason);
  };

  readonly #onWritten = (): void => {
    this.#active = true;
  };

  /** A peer that no longer reads is given some time to end. */
  #expectEnd(): void {
    if (this.#writeFailure === undefined || this.#waiting === 0) return;
    if (this.#released || this.#endTimer !== undefined) return;
    const { reason } = this.#writeFailure;
    const reads = this.#reads;
    this.#endTimer = setTimeout(() => {
      this.#endTimer = undefined;
      if (this.#waiting > 0 && this.#reads === reads) this.fail(reason);
      else this.#expectEnd();
    }, endGraceMs);
  }

  #beginWait(): void {
    this.#waiting += 1;
    if (this.#writeFailure !== undefined) this.#expectEnd();
    if (this.#waiting === 1) this.#quietTicks = 0;
    if (this.#timer === undefined) this.#watch();
  }

  #limit(): number {
    return this.#receivedAny ? this.#limits.stallMs : this.#limits.firstByteMs;
  }

  /** A timer that looks now and then costs less than a clock read for every chunk. */
  #watch(): void {
    const limit = this.#limit();
    if (limit === 0 || this.#released || this.#failure !== undefined) return;
    this.#timer = setTimeout(() => this.#tick(limit), Math.max(1, limit / ticksPerLimit));
  }

  #tick(limit: number): void {
    this.#timer = undefined;
    if (this.#waiting === 0) return;
    this.#quietTicks = this.#active ? 0 : this.#quietTicks + 1;
    this.#active = false;
    // One more than make up the limit: the first of them may have been short.
    if (this.#quietTicks > ticksPerLimit) {
      const code = this.#receivedAny ? "limit-stall" : "limit-first-byte";
      this.fail(new ScpLimitError(code, limit, `Nothing moved for ${limit} ms: the peer has stalled`));
      return;
    }
    this.#watch();
  }
}

/** Lets the end of the peer's output arrive while someone writes into the void. */
function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function ignore(): void {}
