/**
 * Loads the table of widths, in the background: it takes a few dozen milliseconds, which nobody should wait for who shows no meter. Until it
 * is there every character counts one column.
 */
export async function loadWidths(): Promise<void> {
  const { default: stringWidth } = await import("string-width");
  widthOf = stringWidth;
}

let widthOf: (segment: string) => number = () => 1;
let segmenter: Intl.Segmenter | undefined;

/**
 * `text` cut or padded with spaces to exactly `columns` columns of a terminal. Wide characters count two and are never cut in half.
 * The text has to be free of control characters.
 */
export function fitColumns(text: string, columns: number): string {
  if (/^[ -~]*$/.test(text)) return text.slice(0, columns).padEnd(columns);
  segmenter ??= new Intl.Segmenter();
  let fitted = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const width = widthOf(segment);
    if (used + width > columns) break;
    fitted += segment;
    used += width;
  }
  return fitted + " ".repeat(columns - used);
}
