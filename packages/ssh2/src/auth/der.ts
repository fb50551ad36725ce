/**
 * Returns the DER inside a PEM text, without trailing bytes: ssh2 leaves the cipher's padding behind a key that it
 * decrypted, and Deno rejects it.
 */
export function derOf(pem: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  return bytes.subarray(0, element(bytes, 0).end);
}

/**
 * Writes the private scalar of a SEC1 key with the length that the standard requires.
 *
 * ssh2 copies the number as OpenSSH stores it, with a leading zero in half of the keys. Deno rejects such a key
 * ("invalid SEC1 private key").
 *
 * @param der the key as ssh2 encodes it
 * @param size bytes of a scalar of the key's curve
 */
export function fixScalar(der: Buffer, size: number): Buffer<ArrayBuffer> {
  const sequence = element(der, 0);
  const version = element(der, sequence.start);
  const scalar = element(der, version.end);
  const value = der.subarray(scalar.start, scalar.end);
  const fixed = Buffer.alloc(size);
  value.subarray(Math.max(0, value.byteLength - size)).copy(fixed, Math.max(0, size - value.byteLength));
  const before = der.subarray(sequence.start, version.end);
  const after = der.subarray(scalar.end, sequence.end);
  const body = Buffer.concat([before, Buffer.of(0x04, size), fixed, after]);
  return Buffer.concat([header(0x30, body.byteLength), body]);
}

/** Returns where the contents of the DER element at `at` start and end. */
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
