import { ScpFatalError } from "@scpkit/channel";
import type { ScpLane } from "./lane.ts";
import { isBytes, type PreparedFile } from "./prepared-entry.ts";

/**
 * Sends one file whose body is open, and settles the body on every path. A body that ends early or breaks is padded.
 * The closing status may be held back when this resolves.
 */
export async function sendFile(lane: ScpLane, file: PreparedFile, signal: AbortSignal): Promise<void> {
  const { body } = file;
  if (isBytes(body)) {
    if (!(await lane.offer(file))) return;
    await lane.body(body);
    await lane.endBody(lane.bodyLeft > 0 ? endedEarly(lane.bodyLeft, file.size) : undefined);
    return;
  }
  const reader = body.getReader();
  try {
    if (await lane.offer(file)) await lane.endBody(await pump(lane, file, reader, signal));
  } finally {
    reader.cancel().catch(ignore);
  }
}

async function pump(
  lane: ScpLane,
  { size }: PreparedFile,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal,
): Promise<{ readonly reason: unknown } | undefined> {
  const aborted = rejectOnAbort(signal);
  try {
    while (lane.bodyLeft > 0) {
      let chunk: Uint8Array | undefined;
      try {
        chunk = (await Promise.race([reader.read(), aborted.promise])).value;
      } catch (reason) {
        if (signal.aborted || reason instanceof ScpFatalError) throw reason;
        return { reason };
      }
      if (chunk === undefined) return endedEarly(lane.bodyLeft, size);
      const pending = lane.body(chunk);
      if (pending !== undefined) await pending;
    }
    return undefined;
  } finally {
    aborted.release();
  }
}

/** A body that never yields must not outlive the transfer. */
function rejectOnAbort(signal: AbortSignal): { readonly promise: Promise<never>; release(): void } {
  let release = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    release = () => signal.removeEventListener("abort", onAbort);
  });
  promise.catch(ignore);
  return { promise, release: () => release() };
}

function endedEarly(left: number, size: number): { readonly reason: unknown } {
  return { reason: new Error(`The body ended ${left} bytes before the announced ${size}`) };
}

function ignore(): void {}
