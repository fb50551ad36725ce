/** Bytes that one reader may be ahead of the slowest. */
const aheadBytes = 256 * 1024;

/**
 * One body for several readers, read once. The next chunk is read when every reader has room for it, so the slowest sets the pace;
 * a reader who cancels holds nobody up.
 */
export function shareBody(body: ReadableStream<Uint8Array>, readers: number): readonly ReadableStream<Uint8Array>[] {
  const source = body.getReader();
  const copies = new Set<ReadableStreamDefaultController<Uint8Array>>();
  let wake: () => void = () => {};
  const streams = Array.from({ length: readers }, () => {
    let own: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          own = controller;
          copies.add(controller);
        },
        pull: () => wake(),
        cancel() {
          copies.delete(own);
          wake();
        },
      },
      { highWaterMark: aheadBytes, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
    );
  });
  const allHaveRoom = async (): Promise<void> => {
    while ([...copies].some(({ desiredSize }) => (desiredSize ?? 0) <= 0)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const pump = async (): Promise<void> => {
    try {
      for (await allHaveRoom(); copies.size > 0; await allHaveRoom()) {
        const { done, value } = await source.read();
        if (done) break;
        for (const copy of copies) copy.enqueue(value);
      }
      for (const copy of copies) copy.close();
      await source.cancel();
    } catch (error) {
      for (const copy of copies) copy.error(error);
    }
  };
  pump().catch(() => {});
  return streams;
}
