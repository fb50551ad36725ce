import { createName, encodeRecord, ScpRecordDecoder } from "@scpkit/codec";
import { gigabytesPerSecond, type MicroCase, type MicroSetting } from "./micro-case.ts";

const chunkBytes = 65_536;

/**
 * Measures the body of one file through the record decoder with a copy, compared with copying the same chunks without a
 * decoder.
 */
export function codecBody({ quick }: MicroSetting): MicroCase {
  const chunks = quick ? 16_384 : 131_072;
  const chunk = new Uint8Array(chunkBytes).fill(7);
  const place = new Uint8Array(chunkBytes);
  const bytes = chunks * chunkBytes;
  const timed = (work: () => void): number => {
    const start = performance.now();
    work();
    return gigabytesPerSecond(bytes, start);
  };
  return {
    title: "Codec, body in 64 KiB chunks",
    unit: "GB/s",
    variants: [
      { name: "decode and copy", run: () => timed(() => decode(chunk, chunks, (data) => place.set(data))) },
      { name: "copy loop", run: () => timed(() => copy(chunk, chunks, place)) },
    ],
  };
}

function decode(chunk: Uint8Array, chunks: number, take: (data: Uint8Array) => void): void {
  const decoder = new ScpRecordDecoder();
  decoder.push(encodeRecord({ type: "file", mode: 0o644, size: chunk.length * chunks, name: createName("body") }));
  decoder.next();
  decoder.accept();
  for (let index = 0; index < chunks; index += 1) {
    decoder.push(chunk);
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.type === "data") take(event.data);
    }
  }
}

function copy(chunk: Uint8Array, chunks: number, place: Uint8Array): void {
  for (let index = 0; index < chunks; index += 1) place.set(chunk);
}
