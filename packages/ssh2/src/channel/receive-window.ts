import type { Channel } from "ssh2";
import { type ReceiveWindow, receiveWindowOf } from "./internals.ts";

/** The window that ssh2 gives a peer, and a full queue behind it. */
const baseBytes = 3 * 1024 * 1024;

/**
 * Consumed bytes are returned to the window in pieces of at least this size: each piece costs both sides a packet, and
 * the peer a wake-up.
 */
const leastGrantBytes = baseBytes / 2;

/** If the ceiling allows this rate over one round trip, the window starts at the ceiling. */
const hopefulBytesPerMs = 100_000;

/** How far a window may grow. */
export interface WindowGrowth {
  /** The maximum number of bytes that the peer may send ahead of the reader. The minimum is ssh2's own 2 MiB. */
  readonly ceilingBytes: number;
  /** The round-trip time to the peer in milliseconds. */
  readonly roundTripMs: number;
}

/**
 * Adapts the receive window to the connection: ssh2's fixed 2 MiB limit a channel to 2 MiB per round trip. The window
 * grows to twice the bytes that arrive in a round trip, as TCP's does, and no further, because unread data in memory
 * slows a fast connection down.
 *
 * ssh2's own window management stays in use if the ceiling is not above its window, or if this version of ssh2 keeps
 * the window elsewhere.
 */
export class AdaptiveWindow {
  readonly #channel: Channel;
  readonly #window: ReceiveWindow | undefined;
  readonly #growth: WindowGrowth;
  readonly #heldElsewhere: () => number;
  #targetBytes: number;
  #sinceMark = 0;
  #markedAt = performance.now();

  /**
   * @param heldElsewhere returns the number of bytes that were read from the channel and not yet consumed
   * @param onOverrun called when the peer has sent more than the window allowed
   */
  constructor(channel: Channel, growth: WindowGrowth, heldElsewhere: () => number, onOverrun: () => void) {
    this.#channel = channel;
    this.#window = receiveWindowOf(channel);
    this.#growth = growth;
    this.#heldElsewhere = heldElsewhere;
    const initial = Math.max(baseBytes, growth.roundTripMs * hopefulBytesPerMs);
    this.#targetBytes = growth.ceilingBytes < baseBytes ? 0 : Math.min(growth.ceilingBytes, initial);
    if (this.#window !== undefined) this.#watch(this.#window, onOverrun);
    this.replenish();
  }

  /** Returns consumed bytes to the window, once there are enough for a message. */
  replenish(): void {
    if (this.#window === undefined || this.#targetBytes === 0) return;
    const held = this.#channel.readableLength + this.#heldElsewhere();
    const missing = this.#targetBytes - held - this.#window.bytes;
    if (missing >= Math.max(leastGrantBytes, this.#targetBytes / 8)) this.#window.grow(Math.floor(missing));
  }

  /** Reports data beyond the window. ssh2 accepts it, so a hostile peer could fill the memory. */
  #watch(window: ReceiveWindow, onOverrun: () => void): void {
    const channel = this.#channel;
    const push = channel.push.bind(channel);
    channel.push = (chunk: Uint8Array | null, encoding?: BufferEncoding): boolean => {
      if (chunk === null) return push(chunk, encoding);
      if (window.bytes < 0) {
        onOverrun();
        return false;
      }
      const more = push(chunk, encoding);
      this.#sinceMark += chunk.byteLength;
      if (this.#sinceMark >= this.#targetBytes / 2) this.#grow();
      this.replenish();
      return more;
    };
  }

  #grow(): void {
    const now = performance.now();
    const perRoundTrip = (this.#sinceMark / Math.max(0.1, now - this.#markedAt)) * this.#growth.roundTripMs;
    this.#sinceMark = 0;
    this.#markedAt = now;
    if (this.#targetBytes === 0) return;
    this.#targetBytes = Math.min(this.#growth.ceilingBytes, Math.max(this.#targetBytes, 2 * perRoundTrip));
  }
}
