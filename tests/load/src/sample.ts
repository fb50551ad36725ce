import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The resources of a process. */
export interface Sample {
  /** JavaScript objects that are in use, in bytes. */
  readonly heapBytes: number;
  /** Buffers outside of it, in bytes. */
  readonly bufferBytes: number;
  readonly rssBytes: number;
  /** The resources that keep the process alive, counted by kind: `TCPSocketWrap`, `Timeout` … */
  readonly handles: Readonly<Record<string, number>>;
  /** Open file descriptors; 0 if the system does not list them. */
  readonly descriptors: number;
  /** Warnings of Node since the start, for example `MaxListenersExceededWarning`. */
  readonly warnings: readonly string[];
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");
const warnings: string[] = [];
process.on("warning", (warning) => warnings.push(`${warning.name}: ${warning.message}`));

/** Collects garbage until nothing more is freed, then takes a sample. */
export async function takeSample(): Promise<Sample> {
  let heap = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round++) {
    // Streams and sockets release resources only in a later turn of the event loop.
    await sleep(20);
    collectGarbage();
    const { heapUsed } = process.memoryUsage();
    if (round >= 3 && heapUsed > heap * 0.999) break;
    heap = Math.min(heap, heapUsed);
  }
  // A timer still counts during its own callback.
  await new Promise((resolve) => setImmediate(resolve));
  const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    bufferBytes: external + arrayBuffers,
    rssBytes: rss,
    handles: countHandles(),
    descriptors: countDescriptors(),
    warnings: [...warnings],
  };
}

function countHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function countDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** Returns the kinds of handles whose number has increased. */
export function moreHandles(before: Sample["handles"], after: Sample["handles"]): string[] {
  return Object.keys(after).filter((kind) => (after[kind] ?? 0) > (before[kind] ?? 0));
}

/** Megabytes with one decimal. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
