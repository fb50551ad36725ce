/** Bytes buffered for the reader before backpressure applies. */
const highWaterMark = 64 * 1024;

/**
 * Copies a body to a second reader while it is transferred. It is written with backpressure and read as a stream. After
 * the reader cancels, it gets no more data and does not delay the transfer.
 */
export class BodyFeed {
  readonly readable: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #resume: () => void = () => {};

  constructor() {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#resume(),
        cancel: () => this.stop(),
      },
      { highWaterMark, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
    );
  }

  /** Copies the chunk and waits until the reader has room. */
  async write(chunk: Uint8Array): Promise<void> {
    const controller = this.#controller;
    if (controller === undefined) return;
    // The reader may keep or transfer its copy. The original goes to the storage.
    controller.enqueue(new Uint8Array(chunk));
    if ((controller.desiredSize ?? 1) > 0) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  /** Ends the stream after a complete body. */
  close(): void {
    this.#controller?.close();
    this.stop();
  }

  /** Fails the stream when the body is incomplete. */
  error(reason: unknown): void {
    this.#controller?.error(reason);
    this.stop();
  }

  /** Stops feeding the reader without a close or an error. */
  stop(): void {
    this.#controller = undefined;
    this.#resume();
  }
}
