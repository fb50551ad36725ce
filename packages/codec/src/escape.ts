const encoder = new TextEncoder();

/** Controls, bidirectional controls, zero-width characters, line and paragraph separators, the byte order mark. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

/**
 * Makes text written by a peer safe to show on a terminal, on one line.
 *
 * Every character that can move the cursor, end the line, reorder or hide what stands beside it is replaced by the octal
 * value of its UTF-8 bytes, as OpenSSH shows them: ESC becomes `\033`, U+202E becomes `\342\200\256`. That is: C0 and C1
 * controls including newline and tab, DEL, the bidirectional marks, overrides and isolates (U+061C, U+200E, U+200F,
 * U+202A to U+202E, U+2066 to U+2069), zero-width characters (U+200B to U+200D, U+2060, U+FEFF) and the separators U+2028
 * and U+2029. Everything else, a backslash and U+FFFD included, stays: the result is for reading, not for decoding.
 */
export function escapeText(text: string): string {
  return text.replace(unsafe, octal);
}

/** `text` escaped, in double quotes and cut to a length that suits an error message. */
export function quoteText(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 200).toWellFormed()}…` : text;
  return `"${escapeText(shown)}"`;
}

function octal(character: string): string {
  let escaped = "";
  for (const byte of encoder.encode(character)) escaped += `\\${byte.toString(8).padStart(3, "0")}`;
  return escaped;
}
