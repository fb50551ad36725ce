/** Bytes as text in which each character, U+0000 to U+00FF, is one byte. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** What UTF-8 makes of `text`, as {@link latin1}. */
export function utf8InLatin1(text: string): string {
  return latin1(new TextEncoder().encode(text));
}
