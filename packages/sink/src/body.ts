/** Bytes that wait for the reader before the writer is held back. */
const highWaterMark = 64 * 1024;

/**
 * A writable and a readable end of one body, for a reader who may lose interest: after the readable end was cancelled, what is
 * written is thrown away without an error. Closing and aborting the writable end close and error the readable end; once closed, it can
 * be read to its end whatever happens.
 *
 * @param signal errors the readable end with its reason
 * @param later calls its argument, which errors the readable end, at once or later
 */
export function createBody(
  signal: AbortSignal,
  later: (deliver: () => void) => void = (deliver) => deliver(),
): {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
} {
  let reading: ReadableStreamDefaultController<Uint8Array> | undefined;
  let resume: () => void = () => {};
  // A write that waits for the reader keeps `abort` of the writable end from being called.
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const release = (): void => {
    reading = undefined;
    signal.removeEventListener("abort", onAbort);
    resume();
  };
  const fail = (reason: unknown): void => {
    const failing = reading;
    release();
    if (failing !== undefined) later(() => failing.error(reason));
  };
  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        reading = controller;
      },
      pull() {
        resume();
      },
      cancel: release,
    },
    { highWaterMark, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
  const writable = new WritableStream<Uint8Array>({
    async write(chunk) {
      reading?.enqueue(chunk);
      if ((reading?.desiredSize ?? 1) > 0) return;
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    },
    close() {
      reading?.close();
      release();
    },
    abort: fail,
  });
  return { readable, writable };
}
