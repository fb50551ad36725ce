/**
 * A readable that never blocks its writer. Unread data is kept in a ring buffer, which drops the oldest bytes first. A read returns all
 * data in the buffer as one chunk.
 */
export class TailStream {
  /** Ends after {@link end}, once what was kept has been read. Cancelling it drops the rest. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #limitBytes: number;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #ring: Uint8Array<ArrayBuffer> | undefined;
  #first = 0;
  #length = 0;
  #wanted = false;
  #ended = false;

  /** @param limitBytes bytes kept while nobody reads */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#ended = true;
          this.#length = 0;
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Hands `chunk` to a waiting reader, or keeps a copy of its end. */
  push(chunk: Uint8Array): void {
    if (this.#ended || chunk.byteLength === 0) return;
    if (this.#wanted) {
      this.#wanted = false;
      this.#controller?.enqueue(chunk);
      return;
    }
    this.#keep(chunk.subarray(Math.max(0, chunk.byteLength - this.#limitBytes)));
  }

  /** No more will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#length === 0) this.#controller?.close();
  }

  #pull(): void {
    if (this.#length === 0) {
      this.#wanted = true;
      return;
    }
    this.#controller?.enqueue(this.#takeKept());
    if (this.#ended) this.#controller?.close();
  }

  #keep(chunk: Uint8Array): void {
    this.#ring ??= new Uint8Array(this.#limitBytes);
    const size = this.#ring.byteLength;
    const at = (this.#first + this.#length) % size;
    const untilWrap = Math.min(chunk.byteLength, size - at);
    this.#ring.set(chunk.subarray(0, untilWrap), at);
    this.#ring.set(chunk.subarray(untilWrap), 0);
    const overwritten = Math.max(0, this.#length + chunk.byteLength - size);
    this.#first = (this.#first + overwritten) % size;
    this.#length += chunk.byteLength - overwritten;
  }

  #takeKept(): Uint8Array {
    const ring = this.#ring ?? new Uint8Array(0);
    const kept = new Uint8Array(this.#length);
    const untilWrap = Math.min(this.#length, ring.byteLength - this.#first);
    kept.set(ring.subarray(this.#first, this.#first + untilWrap));
    kept.set(ring.subarray(0, this.#length - untilWrap), untilWrap);
    this.#length = 0;
    return kept;
  }
}
