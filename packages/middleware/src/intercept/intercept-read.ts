import type { Awaitable, ScpBody, ScpFileEntry, ScpOpenedFile } from "@scpkit/source";

/** Hooks of a wrapper that run while a body is read. */
export interface ReadHooks {
  /** Called before the chunk is passed on; throwing breaks the body. */
  read?(chunk: Uint8Array): Awaitable<void>;
  /** Called when the announced size has been passed on. Called at most once, and never together with `broken`. */
  whole?(): Awaitable<void>;
  /** Called when the body ended early, failed or was cancelled. */
  broken?(reason: unknown): void;
}

/** Opens `entry` and applies the hooks to its body. */
export async function interceptOpen(
  entry: ScpFileEntry,
  context: Parameters<ScpFileEntry["open"]>[0],
  makeHooks: (opened: ScpOpenedFile) => ReadHooks,
): Promise<ScpOpenedFile> {
  const result = await entry.open(context);
  const opened: ScpOpenedFile = "body" in result ? result : { body: result, size: entry.size };
  const { body, size, mode = entry.mode, times = entry.times } = opened;
  try {
    return { body: interceptRead(body, size, makeHooks({ body, size, mode, times })), size, mode, times };
  } catch (error) {
    if (!ArrayBuffer.isView(body)) await body.cancel(error).catch(ignore);
    throw error;
  }
}

function interceptRead(body: ScpBody, size: number, hooks: ReadHooks): ReadableStream<Uint8Array> {
  const reader = ArrayBuffer.isView(body) ? readOnce(body) : body.getReader();
  let given = 0;
  let ended = false;
  let cancelled = false;
  const end = (reason?: { readonly error: unknown }): Awaitable<void> => {
    if (ended) return;
    ended = true;
    return reason === undefined ? hooks.whole?.() : hooks.broken?.(reason.error);
  };
  const give = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const { done, value } = await reader.read();
    if (done) {
      end({ error: new Error(`The body ended ${size - given} bytes before the announced ${size}`) });
      if (!cancelled) controller.close();
      return;
    }
    if (!ended) await hooks.read?.(value);
    given += value.byteLength;
    // A source stops reading at the announced size, so the end of the stream may never be seen.
    if (given >= size) await end();
    if (!cancelled) controller.enqueue(value);
  };
  return new ReadableStream<Uint8Array>(
    {
      async start() {
        if (size === 0) await end();
      },
      async pull(controller) {
        try {
          await give(controller);
        } catch (error) {
          end({ error });
          await reader.cancel(error).catch(ignore);
          throw error;
        }
      },
      async cancel(reason) {
        cancelled = true;
        end({ error: reason });
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function readOnce(bytes: Uint8Array): Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel"> {
  let taken = false;
  return {
    async read() {
      if (taken || bytes.byteLength === 0) return { done: true, value: undefined };
      taken = true;
      return { done: false, value: bytes };
    },
    cancel: async () => {},
  };
}

function ignore(): void {}
