/** Joins strings in SSH's wire format: a length in four bytes before each (RFC 4251, section 5). */
export function wireStrings(...strings: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const parts = strings.flatMap((string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(string.byteLength);
    return [length, string];
  });
  return Buffer.concat(parts);
}

/**
 * Returns the contents of an mpint: no leading zeros, except one if the number would otherwise be negative (RFC 4251,
 * section 5).
 */
export function mpint(number: Uint8Array): Uint8Array {
  const start = number.findIndex((byte) => byte !== 0);
  if (start < 0) return new Uint8Array();
  const digits = number.subarray(start);
  return (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]);
}
