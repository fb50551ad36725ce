/**
 * Splits the text after a keyword into arguments as OpenSSH does (8.7 and later): blanks separate, `"…"` and `'…'` may
 * start and end anywhere in an argument, a backslash escapes quotes, itself and, outside quotes, a blank, and an
 * argument that begins with `#` ends the line.
 *
 * @returns `undefined` if a quote is not closed
 */
export function splitArguments(text: string): string[] | undefined {
  const args: string[] = [];
  let index = 0;
  while (index < text.length) {
    if (isBlank(text[index])) {
      index += 1;
      continue;
    }
    if (text[index] === "#") break;
    let argument = "";
    let quote = "";
    for (; index < text.length; index += 1) {
      const char = text[index] ?? "";
      const next = text[index + 1] ?? "";
      if (char === "\\" && (isQuote(next) || next === "\\" || (quote === "" && next === " "))) {
        argument += next;
        index += 1;
      } else if (quote === "" && isBlank(char)) {
        break;
      } else if (quote === "" && isQuote(char)) {
        quote = char;
      } else if (quote !== "" && char === quote) {
        quote = "";
      } else {
        argument += char;
      }
    }
    if (quote !== "") return undefined;
    args.push(argument);
  }
  return args;
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t";
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'";
}
