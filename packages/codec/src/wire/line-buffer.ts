const noBytes = new Uint8Array(0);
const initialHeldBytes = 256;

/**
 * Bytes that were pushed and not yet taken, seen as lines or as raw data.
 *
 * Chunks are queued by reference. Only the beginning of a line whose end is still missing is copied, so that at most
 * the line limit is held besides the chunks that nobody has asked for yet.
 */
export class LineBuffer {
  /** The bytes that hold the line found by {@link readLine}, until the next call: from `lineStart` up to, not including, `lineEnd`. */
  line: Uint8Array = noBytes;
  lineStart = 0;
  lineEnd = 0;

  readonly #maxLineBytes: number;
  #queue: (Uint8Array | undefined)[] = [];
  #head = 0;
  #chunk: Uint8Array = noBytes;
  #offset = 0;
  #held: Uint8Array = noBytes;
  #heldLength = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#queue.push(chunk);
  }

  /** The next byte, left in place, or -1 when there is none. */
  peek(): number {
    if (this.#heldLength > 0) return this.#held[0] ?? -1;
    if (this.#offset === this.#chunk.length && !this.#nextChunk()) return -1;
    return this.#chunk[this.#offset] ?? -1;
  }

  /** Takes the byte that {@link peek} has shown. Not to be called once {@link readLine} has begun on a line. */
  skip(): void {
    this.#offset += 1;
  }

  /**
   * Takes one line. `true`: it is in `line`, without its newline, until the next call. `false`: its end has not arrived,
   * or it exceeds the limit (`lineTooLong`); `line` then holds what is there of it, at most the limit.
   */
  readLine(): boolean {
    this.line = this.#held;
    this.lineStart = 0;
    while (this.#offset < this.#chunk.length || this.#nextChunk()) {
      const chunk = this.#chunk;
      const start = this.#offset;
      const newline = chunk.indexOf(10, start);
      const end = newline < 0 ? chunk.length : newline;
      if (newline >= 0 && this.#heldLength === 0 && end - start <= this.#maxLineBytes) {
        this.line = chunk;
        this.lineStart = start;
        this.lineEnd = end;
        this.#offset = newline + 1;
        return true;
      }
      this.#hold(chunk, start, end);
      if (this.lineTooLong) {
        this.lineEnd = this.#maxLineBytes;
        return false;
      }
      if (newline >= 0) {
        this.lineEnd = this.#heldLength;
        this.#heldLength = 0;
        this.#offset = newline + 1;
        return true;
      }
      this.#offset = end;
    }
    this.lineEnd = this.#heldLength;
    return false;
  }

  get lineTooLong(): boolean {
    return this.#heldLength > this.#maxLineBytes;
  }

  /** Takes up to `max` bytes as a view into the pushed chunk; `undefined` when there are none. */
  readData(max: number): Uint8Array | undefined {
    if (this.#offset === this.#chunk.length && !this.#nextChunk()) return undefined;
    const chunk = this.#chunk;
    const start = this.#offset;
    const end = Math.min(chunk.length, start + max);
    this.#offset = end;
    return start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
  }

  /** Forgets everything that was pushed. */
  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#chunk = noBytes;
    this.#offset = 0;
    this.#heldLength = 0;
    this.line = noBytes;
    this.lineEnd = 0;
  }

  #nextChunk(): boolean {
    const chunk = this.#queue[this.#head];
    this.#offset = 0;
    if (chunk === undefined) {
      this.#chunk = noBytes;
      return false;
    }
    this.#chunk = chunk;
    this.line = this.#held;
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return true;
  }

  /** Copies at most one byte more than the limit: enough to know that the line is too long. */
  #hold(chunk: Uint8Array, start: number, end: number): void {
    const length = Math.min(end - start, this.#maxLineBytes + 1 - this.#heldLength);
    const needed = this.#heldLength + length;
    if (needed > this.#held.length) {
      const size = Math.min(this.#maxLineBytes + 1, Math.max(needed, this.#held.length * 2, initialHeldBytes));
      const grown = new Uint8Array(size);
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(chunk.subarray(start, start + length), this.#heldLength);
    this.#heldLength = needed;
    this.line = this.#held;
  }
}
