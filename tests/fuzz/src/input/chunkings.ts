import { hashBytes, Random } from "./random.ts";

/**
 * Returns the same bytes in one piece, byte by byte, and in chunks derived from the bytes; each chunk has its own
 * memory.
 */
export function chunkings(bytes: Uint8Array): readonly (readonly Uint8Array[])[] {
  const random = new Random(hashBytes(bytes));
  const random12 = Array.from({ length: random.below(12) }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
  return [[bytes.slice()], Array.from(bytes, (byte) => Uint8Array.of(byte)), cut(bytes, random12)];
}

/** Splits the bytes at positions derived from the bytes. */
export function someChunks(bytes: Uint8Array): readonly Uint8Array[] {
  return chunkings(bytes)[2] ?? [];
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  let start = 0;
  return [...cuts, bytes.length].map((end) => {
    const chunk = bytes.slice(start, end);
    start = end;
    return chunk;
  });
}
