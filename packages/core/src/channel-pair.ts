import type { ScpChannel } from "./channel.ts";

/**
 * Two channels in memory, each the other's peer: for tests, examples and two halves of one process.
 *
 * @param highWaterMark bytes that wait in each direction before a writer is held back. @default 65536
 */
export function createChannelPair(highWaterMark = 65_536): [ScpChannel, ScpChannel] {
  const strategy = { highWaterMark, size: (chunk?: Uint8Array): number => chunk?.byteLength ?? 0 };
  const forth = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, strategy);
  const back = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, strategy);
  return [
    { readable: back.readable, writable: forth.writable },
    { readable: forth.readable, writable: back.writable },
  ];
}
