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
  // A body that never yields must not outlive the transfer: cancelling settles the pending read.
  const cancel = (): void => void reader.cancel(signal.reason).catch(ignore);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    if (await lane.offer(file)) await lane.endBody(await pump(lane, file, reader, signal));
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

async function pump(
  lane: ScpLane,
  { size }: PreparedFile,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal,
): Promise<{ readonly reason: unknown } | undefined> {
  while (lane.bodyLeft > 0) {
    let chunk: Uint8Array | undefined;
    try {
      chunk = (await reader.read()).value;
    } catch (reason) {
      if (reason instanceof ScpFatalError) throw reason;
      signal.throwIfAborted();
      return { reason };
    }
    if (chunk === undefined) {
      signal.throwIfAborted();
      return endedEarly(lane.bodyLeft, size);
    }
    const pending = lane.body(chunk);
    if (pending !== undefined) await pending;
  }
  return undefined;
}

function endedEarly(left: number, size: number): { readonly reason: unknown } {
  return { reason: new Error(`The body ended ${left} bytes before the announced ${size}`) };
}

function ignore(): void {}
