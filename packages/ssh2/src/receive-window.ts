import type { Channel } from "ssh2";
import { type ReceiveWindow, receiveWindowOf } from "./internals.ts";

/** The window ssh2 gives every channel, which cannot be made smaller. */
const ownWindowBytes = 2 * 1024 * 1024;

/**
 * Lets the peer send up to `windowBytes` ahead of the reader instead of ssh2's 2 MiB, which bind a channel to 2 MiB
 * per round trip, and gives back what was consumed before ssh2 would.
 */
export class GrownWindow {
  readonly #channel: Channel;
  readonly #window: ReceiveWindow | undefined;
  readonly #targetBytes: number;
  readonly #stepBytes: number;
  readonly #heldElsewhere: () => number;

  /**
   * @param windowBytes 2 MiB or less: ssh2's own window is left as it is
   * @param heldElsewhere bytes that were taken from the channel and not yet consumed
   * @param onOverrun the peer sent more than it was allowed
   */
  constructor(channel: Channel, windowBytes: number, heldElsewhere: () => number, onOverrun: () => void) {
    this.#channel = channel;
    this.#window = receiveWindowOf(channel);
    this.#targetBytes = windowBytes > ownWindowBytes ? windowBytes : 0;
    this.#stepBytes = Math.max(65_536, Math.floor(windowBytes / 16));
    this.#heldElsewhere = heldElsewhere;
    if (this.#window !== undefined) this.#watch(this.#window, onOverrun);
    this.topUp();
  }

  /** Gives the peer back what was consumed, once it is worth a message. */
  topUp(): void {
    if (this.#window === undefined || this.#targetBytes === 0) return;
    const held = this.#channel.readableLength + this.#heldElsewhere();
    const missing = this.#targetBytes - held - this.#window.bytes;
    if (missing >= this.#stepBytes) this.#window.grow(missing);
  }

  /** ssh2 takes data beyond the window as if there were no window: a hostile peer could fill the memory. */
  #watch(window: ReceiveWindow, onOverrun: () => void): void {
    const channel = this.#channel;
    const push = channel.push.bind(channel);
    channel.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk !== null && window.bytes < 0) {
        onOverrun();
        return false;
      }
      const more = push(chunk, encoding);
      if (chunk !== null) this.topUp();
      return more;
    };
  }
}
