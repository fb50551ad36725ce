const encoder = new TextEncoder();

/** Controls, format characters, separators of lines, and whatever shows as nothing; but not what makes a symbol an emoji. */
const unsafe =
  /(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * Makes text written by a peer safe to show on a terminal, on one line.
 *
 * Every character that can move the cursor, end the line, reorder or hide what stands beside it is replaced by the octal
 * value of its UTF-8 bytes, as OpenSSH shows them: ESC becomes `\033`, U+202E becomes `\342\200\256`. That is: C0 and C1
 * controls including newline and tab, DEL, the bidirectional marks, overrides and isolates, every other format character and every
 * character that shows as nothing (zero-width spaces and joiners, variation selectors but U+FE0F behind a symbol, soft hyphens, Hangul
 * fillers, tags), and the separators U+2028 and U+2029. Everything else, a backslash and U+FFFD included, stays: the result is for
 * reading, not for decoding.
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
