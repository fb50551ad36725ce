/**
 * Writes the private scalar of a SEC1 key with the length the standard asks for.
 *
 * ssh2 copies the number as OpenSSH stores it, with a leading zero half of the time; Deno refuses such a key
 * ("invalid SEC1 private key").
 *
 * @param pem `EC PRIVATE KEY` as ssh2 makes it
 * @param size bytes of a scalar of the key's curve
 * @returns the key in DER
 */
export function fixedLengthScalar(pem: string, size: number): Buffer<ArrayBuffer> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  const sequence = element(der, 0);
  const version = element(der, sequence.start);
  const scalar = element(der, version.end);
  const rest = der.subarray(scalar.end, sequence.end);
  const value = der.subarray(scalar.start, scalar.end);
  const fixed = Buffer.alloc(size);
  value.subarray(Math.max(0, value.byteLength - size)).copy(fixed, Math.max(0, size - value.byteLength));
  const body = Buffer.concat([der.subarray(sequence.start, version.end), Buffer.of(0x04, size), fixed, rest]);
  return Buffer.concat([header(0x30, body.byteLength), body]);
}

/** Where the contents of the DER element at `at` start and end. */
function element(der: Uint8Array, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + (der[at + 2 + index] ?? 0);
  return { start: at + 2 + count, end: at + 2 + count + length };
}

function header(tag: number, length: number): Buffer {
  return length < 0x80 ? Buffer.of(tag, length) : Buffer.of(tag, 0x81, length);
}
