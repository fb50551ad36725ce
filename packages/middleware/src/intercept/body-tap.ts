/** Bytes that wait for the reader before the writer is held back. */
const highWaterMark = 64 * 1024;

/**
 * A copy of a body for someone who looks at it while it passes: written with backpressure, read as a stream. A reader who cancels
 * is not fed any more and holds nothing up.
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

  /** Takes a copy of the chunk and waits until the reader has room. */
  async write(chunk: Uint8Array): Promise<void> {
    const controller = this.#controller;
    if (controller === undefined) return;
    // The reader may keep or transfer what it gets; the original goes on to the storage.
    controller.enqueue(new Uint8Array(chunk));
    if ((controller.desiredSize ?? 1) > 0) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  /** The body is whole. */
  close(): void {
    this.#controller?.close();
    this.stop();
  }

  /** The body does not come to its end. */
  error(reason: unknown): void {
    this.#controller?.error(reason);
    this.stop();
  }

  /** Feeds no more, without telling the reader. */
  stop(): void {
    this.#controller = undefined;
    this.#resume();
  }
}
