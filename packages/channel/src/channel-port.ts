import { ScpLimitError } from "@scpkit/codec";
import type { ScpChannel } from "./channel.ts";
import type { ScpLimits } from "./limits.ts";

/** Options of {@link ChannelPort}. */
export interface ChannelPortOptions {
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
export class ChannelPort {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #controller = new AbortController();
  readonly #limits: Pick<ScpLimits, "stallMs" | "firstByteMs">;
  readonly #onAbort: () => void;
  readonly #outerSignal: AbortSignal | undefined;
  readonly #failed: Promise<never>;
  #reject: (reason: unknown) => void = () => {};
  #failure: { readonly reason: unknown } | undefined;
  #writeFailure: { readonly reason: unknown } | undefined;
  #waiting = 0;
  #receivedAny = false;
  #lastActivity = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: ScpChannel, options: ChannelPortOptions = {}) {
    this.#reader = channel.readable.getReader();
    this.#writer = channel.writable.getWriter();
    this.#failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.#failed.catch(ignore);
    this.#writer.ready.catch(ignore);
    this.#writer.closed.catch((reason: unknown) => this.#noteWriteFailure(reason));
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

  /** Why the peer can no longer be written to, once that is known: it has gone, or closed its input. */
  get writeFailure(): { readonly reason: unknown } | undefined {
    return this.#writeFailure;
  }

  /** The next chunk, or `undefined` at the end of the peer's output. */
  async read(): Promise<Uint8Array | undefined> {
    this.#throwIfFailed();
    try {
      const { done, value } = await this.#reader.read();
      this.#throwIfFailed();
      if (done) return undefined;
      this.#receivedAny = true;
      this.#touch();
      return value;
    } catch (error) {
      throw this.#failure === undefined ? error : this.#failure.reason;
    }
  }

  /**
   * Writes, and returns a promise to wait for only when the peer is to be waited for.
   * A peer that no longer reads is remembered as {@link writeFailure}, and told to those who wait.
   */
  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#writer.write(bytes).then(
      () => this.#touch(),
      (reason: unknown) => this.#noteWriteFailure(reason),
    );
    return (this.#writer.desiredSize ?? 0) > 0 ? undefined : this.waitForPeer(this.#writer.ready);
  }

  /** Waits for something on this side; rejects as soon as the transfer fails. */
  waitForOwn<T>(promise: PromiseLike<T>): Promise<T> {
    return Promise.race([promise, this.#failed]);
  }

  /** Waits for something the peer must do, under the stall limit; rejects as soon as the transfer fails. */
  async waitForPeer<T>(promise: Promise<T>): Promise<T> {
    if (this.#waiting === 0) this.#touch();
    this.#waiting += 1;
    this.#watch();
    try {
      return await Promise.race([promise, this.#failed]);
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
    this.#reject(reason);
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
    this.#timer = undefined;
    this.#outerSignal?.removeEventListener("abort", this.#onAbort);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #noteWriteFailure(reason: unknown): void {
    this.#writeFailure ??= { reason };
  }

  #touch(): void {
    if (this.#limit() > 0) this.#lastActivity = performance.now();
  }

  #limit(): number {
    return this.#receivedAny ? this.#limits.stallMs : this.#limits.firstByteMs;
  }

  #watch(): void {
    const limit = this.#limit();
    if (limit === 0 || this.#timer !== undefined || this.#failure !== undefined) return;
    const idle = performance.now() - this.#lastActivity;
    this.#timer = setTimeout(() => this.#check(), Math.max(1, limit - idle));
  }

  #check(): void {
    this.#timer = undefined;
    if (this.#waiting === 0) return;
    const limit = this.#limit();
    if (limit > 0 && performance.now() - this.#lastActivity >= limit) {
      const code = this.#receivedAny ? "limit-stall" : "limit-first-byte";
      this.fail(new ScpLimitError(code, limit, `Nothing moved for ${limit} ms: the peer has stalled`));
      return;
    }
    this.#watch();
  }
}

function ignore(): void {}
