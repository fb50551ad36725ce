/** Returns a new array with the bytes of all parts in order. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** Returns the bytes of all parts in order: a new array, or the only part itself where there is just one. */
export function joinBytes<T extends ArrayBufferLike>(parts: readonly Uint8Array<T>[]): Uint8Array<T | ArrayBuffer> {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : concatBytes(parts);
}
