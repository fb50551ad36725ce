import stringWidth from "string-width";

const segmenter = new Intl.Segmenter();

/**
 * `text` cut or padded with spaces to exactly `columns` columns of a terminal. Wide characters count two and are never cut in half.
 * The text has to be free of control characters.
 */
export function fitColumns(text: string, columns: number): string {
  if (/^[ -~]*$/.test(text)) return text.slice(0, columns).padEnd(columns);
  let fitted = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const width = stringWidth(segment);
    if (used + width > columns) break;
    fitted += segment;
    used += width;
  }
  return fitted + " ".repeat(columns - used);
}
