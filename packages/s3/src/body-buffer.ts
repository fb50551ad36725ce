/**
 * Collects chunks of any size into one part. Grows with the received bytes: an announced size alone allocates nothing.
 */
export class BodyBuffer {
  readonly #limit: number;
  #bytes = new Uint8Array();
  #length = 0;

  /** @param limit bytes of one part */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.#limit;
  }

  /** Copies as much of `chunk` as fits. @returns the rest */
  add(chunk: Uint8Array): Uint8Array {
    const taken = chunk.subarray(0, this.#limit - this.#length);
    const needed = this.#length + taken.byteLength;
    if (needed > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.byteLength * 2)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(taken, this.#length);
    this.#length = needed;
    return chunk.subarray(taken.byteLength);
  }

  /** Returns the collected bytes. The next part starts empty, in new memory. */
  take(): Uint8Array {
    const part = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array();
    this.#length = 0;
    return part;
  }
}
