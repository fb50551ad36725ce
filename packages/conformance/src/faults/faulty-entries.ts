import type { ScpBody, ScpEntries, ScpEntry, ScpOpenedFile } from "@scpkit/source";
import type { ScpFault } from "./fault.ts";

/**
 * Returns entries whose calls pass through `fault`: `list` for each entry and for the end of each listing, `open`, and
 * `read` for each chunk.
 */
export async function* faultyEntries(
  entries: ScpEntries,
  fault: ScpFault,
  signal?: AbortSignal,
): AsyncGenerator<ScpEntry, void, void> {
  for await (const entry of entries) {
    await fault.pass("list", signal);
    yield faultyEntry(entry, fault);
  }
  await fault.pass("list", signal);
}

function faultyEntry(entry: ScpEntry, fault: ScpFault): ScpEntry {
  if (entry.type === "directory") {
    return { ...entry, entries: (context) => faultyEntries(entry.entries(context), fault, context.signal) };
  }
  if (entry.type === "failed") return entry;
  return {
    ...entry,
    async open(context) {
      await fault.pass("open", context.signal);
      const opened = await entry.open(context);
      return isOpened(opened) ? { ...opened, body: faultyBody(opened.body, fault) } : faultyBody(opened, fault);
    },
  };
}

function isOpened(opened: ScpBody | ScpOpenedFile): opened is ScpOpenedFile {
  return "body" in opened;
}

/** Returns a stream for any body, because bytes cannot fail. */
function faultyBody(body: ScpBody, fault: ScpFault): ReadableStream<Uint8Array> {
  const stream = ArrayBuffer.isView(body) ? new Blob([body.slice()]).stream() : body;
  const reader = stream.getReader();
  reader.closed.catch(() => {});
  const over = new AbortController();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          await fault.pass("read", over.signal);
        } catch (error) {
          await reader.cancel(error).catch(() => {});
          throw error;
        }
        const { done, value } = await reader.read();
        if (over.signal.aborted) return;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        over.abort(reason);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
