/** A gate that many wait at. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** A body of `size` bytes, the same for the same number: its first half at once, the rest once the gate is open. */
export function heldBody(size: number, number: number, gate: Gate): ReadableStream<Uint8Array> {
  const bytes = bodyOf(size, number);
  const half = Math.ceil(size / 2);
  let pulls = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        pulls += 1;
        if (pulls === 1) {
          controller.enqueue(bytes.slice(0, half));
          return;
        }
        await gate.opened;
        controller.enqueue(bytes.slice(half));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The bytes of a numbered body. */
export function bodyOf(size: number, number: number): Uint8Array {
  return new Uint8Array(size).fill(number & 0xff);
}
