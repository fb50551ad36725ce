import { ScpFatalError } from "@scpkit/core";
import type { ScpLane } from "./lane.ts";
import { isBytes, type PreparedFile } from "./parallel/prepared-entry.ts";

/**
 * Sends one file whose body is open, and settles the body on every path. A body that ends early or breaks is padded, a longer one is cut.
 * The closing status may be held back when this resolves.
 */
export async function sendFile(lane: ScpLane, file: PreparedFile, signal: AbortSignal): Promise<void> {
  const { body } = file;
  if (isBytes(body)) {
    if (!(await lane.offer(file))) return;
    const tooLong = !lane.allowGrowth && body.byteLength > lane.bodyLeft;
    await lane.body(body);
    const tooShort = lane.bodyLeft > 0 ? endedEarly(lane.bodyLeft, file.size) : undefined;
    await lane.endBody(tooLong ? grown(file.size) : tooShort);
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
  // With an announced size of 0 the body is still read once: it may have more.
  while (lane.bodyLeft > 0 || !lane.allowGrowth) {
    let chunk: Uint8Array | undefined;
    try {
      const reading = reader.read();
      // The last bytes leave although it may take a while to learn that nothing follows them.
      chunk = (lane.bodyLeft > 0 ? await reading : await lane.holdFor(reading)).value;
    } catch (reason) {
      if (reason instanceof ScpFatalError) throw reason;
      signal.throwIfAborted();
      return { reason };
    }
    if (chunk === undefined) {
      signal.throwIfAborted();
      return lane.bodyLeft > 0 ? endedEarly(lane.bodyLeft, size) : undefined;
    }
    const tooLong = !lane.allowGrowth && chunk.byteLength > lane.bodyLeft;
    const pending = lane.body(chunk);
    if (pending !== undefined) await pending;
    if (tooLong) return grown(size);
  }
  return undefined;
}

function endedEarly(left: number, size: number): { readonly reason: unknown } {
  return { reason: new Error(`The body ended ${left} bytes before the announced ${size}`) };
}

function grown(size: number): { readonly reason: unknown } {
  return { reason: new Error(`The body is longer than the announced ${size} bytes`) };
}

function ignore(): void {}
