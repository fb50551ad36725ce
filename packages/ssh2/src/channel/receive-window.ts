import type { Channel } from "ssh2";
import { type ReceiveWindow, receiveWindowOf } from "./internals.ts";

/** What ssh2 lets a peer send ahead, and a full queue behind it. */
const baseBytes = 3 * 1024 * 1024;

/** What was consumed is given back in pieces of at least this: each costs both sides a packet, and the peer a wake-up. */
const leastGrantBytes = baseBytes / 2;

/** A peer that could send this much in a round trip is let to from the beginning. */
const hopefulBytesPerMs = 100_000;

/** How far a window may grow, and what for. */
export interface WindowGrowth {
  /** Bytes the peer may send ahead of the reader at most. ssh2's own 2 MiB are the least. */
  readonly ceilingBytes: number;
  /** Milliseconds the peer needs to answer. */
  readonly roundTripMs: number;
}

/**
 * Lets the peer send ahead of the reader what the way to it holds: ssh2's fixed 2 MiB bind a channel to 2 MiB per round
 * trip. The window grows to twice of what arrives in a round trip, as TCP's does, and no further: what waits unread
 * in memory makes a fast connection slower.
 *
 * Without a ceiling above ssh2's own window, or where ssh2 keeps it elsewhere, ssh2's own management stays.
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
   * @param heldElsewhere bytes that were taken from the channel and not yet consumed
   * @param onOverrun the peer sent more than it was allowed
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

  /** Gives the peer back what was consumed, once it is worth a message. */
  replenish(): void {
    if (this.#window === undefined || this.#targetBytes === 0) return;
    const held = this.#channel.readableLength + this.#heldElsewhere();
    const missing = this.#targetBytes - held - this.#window.bytes;
    if (missing >= Math.max(leastGrantBytes, this.#targetBytes / 8)) this.#window.grow(Math.floor(missing));
  }

  /** ssh2 takes data beyond the window as if there were no window: a hostile peer could fill the memory. */
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
