import type { Awaitable } from "@scpkit/sink";

/** Bytes buffered in front of the inner stream before backpressure applies. */
const highWaterMark = 64 * 1024;

/** Hooks of a wrapper that run while a body is written. Exactly one of `committed` and `rolledBack` is called. */
export interface BodyHooks {
  /** Called before the chunk reaches the inner stream; throwing rolls back. The inner stream owns the chunk. */
  write?(chunk: Uint8Array): Awaitable<void>;
  /** Called when the body is complete; throwing rolls back. */
  beforeCommit?(): Awaitable<void>;
  /** Called after the inner stream has committed. */
  committed?(): Awaitable<void>;
  /** Called after the inner stream has rolled back or failed. */
  rolledBack?(reason: unknown): Awaitable<void>;
}

/**
 * Returns a stream in front of `inner` that behaves the same: close commits, abort rolls back, and an error on either
 * side ends both.
 *
 * @param signal of the transfer. It rolls back at once, also during a pending write, which would delay an abort of the
 * stream
 */
export function interceptBody(
  inner: WritableStream<Uint8Array>,
  signal: AbortSignal,
  hooks: BodyHooks,
): WritableStream<Uint8Array> {
  const writer = inner.getWriter();
  let rolling: Promise<void> | undefined;
  let closing = false;

  const rollBack = (reason: unknown): Promise<void> => {
    rolling ??= (async () => {
      signal.removeEventListener("abort", onAbort);
      await writer.abort(reason).catch(ignore);
      await hooks.rolledBack?.(reason);
    })();
    return rolling;
  };
  const onAbort = (): void => {
    if (!closing) rollBack(signal.reason).catch(ignore);
  };
  const orRollBack = async (step: () => Awaitable<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      await rollBack(error);
      throw error;
    }
  };

  return new WritableStream<Uint8Array>(
    {
      start(controller) {
        signal.addEventListener("abort", onAbort, { once: true });
        writer.closed.catch((reason: unknown) => {
          controller.error(reason);
          if (!closing) rollBack(reason).catch(ignore);
        });
        if (signal.aborted) onAbort();
      },
      write: (chunk) =>
        orRollBack(async () => {
          await hooks.write?.(chunk);
          await writer.write(chunk);
        }),
      async close() {
        await orRollBack(async () => {
          await hooks.beforeCommit?.();
          signal.throwIfAborted();
          closing = true;
          await writer.close();
        });
        signal.removeEventListener("abort", onAbort);
        await hooks.committed?.();
      },
      abort: rollBack,
    },
    { highWaterMark, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
}

function ignore(): void {}
