import { createChannelPair } from "@scpkit/core";
import { receiveEntries, type ScpTarget } from "@scpkit/sink";
import { type ScpFileEntry, sendEntries } from "@scpkit/source";
import { gigabytesPerSecond, type MicroCase, type MicroSetting } from "./micro-case.ts";

const chunkBytes = 65_536;

/**
 * Measures the overhead of the scp layer over web streams: one file from source to sink through a channel in memory,
 * compared with a pipe of the same chunks.
 */
export function border({ quick }: MicroSetting): MicroCase {
  const bytes = (quick ? 8192 : 65_536) * chunkBytes;
  const timed = async (work: (sink: WritableStream<Uint8Array>) => Promise<unknown>): Promise<number> => {
    const counter = countingSink();
    const start = performance.now();
    await work(counter.sink);
    const rate = gigabytesPerSecond(bytes, start);
    if (counter.bytes() !== bytes) throw new Error(`${counter.bytes()} bytes arrived instead of ${bytes}`);
    return rate;
  };
  return {
    title: "Source to sink in memory, 64 KiB chunks",
    unit: "GB/s",
    variants: [
      { name: "source to sink", run: () => timed((sink) => transfer(bytes, sink)) },
      { name: "raw pipe", run: () => timed((sink) => pipeThroughPair(bytes, sink)) },
      { name: "pipe without channel", run: () => timed((sink) => chunkSource(bytes).pipeTo(sink)) },
    ],
  };
}

async function transfer(bytes: number, sink: WritableStream<Uint8Array>): Promise<void> {
  const [near, far] = createChannelPair();
  const file: ScpFileEntry = {
    type: "file",
    name: "body",
    mode: 0o644,
    size: bytes,
    open: () => chunkSource(bytes),
  };
  const target: ScpTarget = { file: () => sink };
  await Promise.all([sendEntries(near, [file]), receiveEntries(far, target)]);
}

async function pipeThroughPair(bytes: number, sink: WritableStream<Uint8Array>): Promise<void> {
  const [near, far] = createChannelPair();
  await Promise.all([chunkSource(bytes).pipeTo(near.writable), far.readable.pipeTo(sink)]);
}

/** Returns a stream that repeats the same chunk. */
function chunkSource(bytes: number): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(chunkBytes).fill(7);
  let left = bytes;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      left -= chunk.length;
      controller.enqueue(chunk);
      if (left === 0) controller.close();
    },
  });
}

function countingSink(): { readonly sink: WritableStream<Uint8Array>; bytes(): number } {
  let bytes = 0;
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      bytes += chunk.length;
    },
  });
  return { sink, bytes: () => bytes };
}
