/** Bytes that wait before a writer is held back. */
const highWaterMark = 65_536;

/** One direction of a connection. */
export interface Pipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** What was written is still delivered; then the reader sees `error`, and the writer at once. */
  break(error: unknown): void;
  /** As {@link break}, but the reader sees an end. */
  end(): void;
  /** Resolves when the reader has taken everything, or nobody reads any more. */
  drained(): Promise<void>;
}

/**
 * Makes one direction of a connection.
 *
 * @param tap looks at what is written: what of it passes, and what happens then
 * @param isDead nothing passes, not even the end
 * @param gone makes the error that a reader sees whose writer gives up; the reason itself does not cross a wire
 */
export function createPipe(
  tap: (chunk: Uint8Array) => { readonly passes: Uint8Array; after(): void },
  isDead: () => boolean,
  gone: () => Error,
): Pipe {
  let reading: ReadableStreamDefaultController<Uint8Array> | undefined;
  let writing: WritableStreamDefaultController | undefined;
  let open = true;
  let last: (() => void) | undefined;
  let onSpace = (): void => {};
  const onEmpty = new Set<() => void>();

  const isEmpty = (): boolean => !open || reading?.desiredSize === highWaterMark;
  const settle = (): void => {
    onSpace();
    if (!isEmpty()) return;
    for (const resolve of onEmpty) resolve();
    onEmpty.clear();
    if (open && last !== undefined) {
      open = false;
      last();
    }
  };
  const finish = (how: () => void, error: unknown): void => {
    last ??= how;
    writing?.error(error);
    settle();
  };
  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        reading = controller;
      },
      pull: settle,
      cancel(reason) {
        open = false;
        if (!isDead()) writing?.error(reason ?? new Error("Nobody reads any more"));
        settle();
      },
    },
    { highWaterMark, size: (chunk) => chunk.byteLength },
  );
  const writable = new WritableStream<Uint8Array>(
    {
      start(controller) {
        writing = controller;
      },
      write(chunk) {
        const { passes, after } = tap(chunk);
        if (open && last === undefined && passes.byteLength > 0) reading?.enqueue(passes);
        after();
        if (!open || (reading?.desiredSize ?? 0) > 0) return;
        return new Promise<void>((resolve) => {
          onSpace = resolve;
        });
      },
      close() {
        if (isDead()) return;
        last ??= () => reading?.close();
        settle();
      },
      abort() {
        if (isDead()) return;
        last ??= () => reading?.error(gone());
        settle();
      },
    },
    { highWaterMark, size: (chunk) => chunk.byteLength },
  );
  return {
    readable,
    writable,
    break: (error) => finish(() => reading?.error(error), error),
    end: () => finish(() => reading?.close(), new Error("The command has ended")),
    drained: () =>
      isEmpty() || isDead()
        ? Promise.resolve()
        : new Promise((resolve) => {
            onEmpty.add(resolve);
          }),
  };
}
