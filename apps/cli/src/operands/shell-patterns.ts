/** Stands, in a pattern of {@link shellPatterns}, for text that only the remote shell knows: `$HOME`, `$(date)`. */
export const unknownText = "\0";

/**
 * Splits `path` into words as a POSIX shell does and turns each into a pattern: what was quoted is escaped with backslashes, what was
 * not keeps its meaning, expansions become {@link unknownText}. `undefined`: not a plain list of words (a quote that is not closed, `;`, `|`, `#`),
 * so that nothing can be said of what the shell makes of it.
 */
export function shellPatterns(path: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let index = 0;
  while (index < path.length) {
    const character = path[index] ?? "";
    if (character === " " || character === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
      index++;
      continue;
    }
    if (/[\n;&|<>()]/.test(character) || (character === "#" && word === undefined)) return undefined;
    const piece = readPiece(path, index);
    if (piece === undefined) return undefined;
    word = (word ?? "") + piece.pattern;
    index = piece.next;
  }
  if (word !== undefined) words.push(word);
  return words;
}

interface Piece {
  readonly pattern: string;
  readonly next: number;
}

function readPiece(path: string, index: number): Piece | undefined {
  const character = path[index] ?? "";
  if (character === "'") {
    const end = path.indexOf("'", index + 1);
    return end < 0 ? undefined : { pattern: escapePattern(path.slice(index + 1, end)), next: end + 1 };
  }
  if (character === '"') return readDoubleQuoted(path, index + 1);
  if (character === "\\") {
    const next = path[index + 1];
    return next === undefined ? undefined : { pattern: escapePattern(next), next: index + 2 };
  }
  return readExpansion(path, index) ?? { pattern: character, next: index + 1 };
}

function readDoubleQuoted(path: string, start: number): Piece | undefined {
  let pattern = "";
  for (let index = start; index < path.length; ) {
    const character = path[index] ?? "";
    if (character === '"') return { pattern, next: index + 1 };
    const escaped = character === "\\" && /[$`"\\]/.test(path[index + 1] ?? "");
    const expansion = escaped ? undefined : readExpansion(path, index);
    pattern += expansion?.pattern ?? escapePattern(path[escaped ? index + 1 : index] ?? "");
    index = expansion?.next ?? index + (escaped ? 2 : 1);
  }
  return undefined;
}

/** `$name`, `${…}`, `$(…)` or a backquoted command at `index`. */
function readExpansion(path: string, index: number): Piece | undefined {
  if (path[index] === "`") {
    const end = path.indexOf("`", index + 1);
    return { pattern: unknownText, next: end < 0 ? path.length : end + 1 };
  }
  const match = /^\$(?:[A-Za-z_]\w*|[0-9@*#?$!-]|([({]))/.exec(path.slice(index));
  if (match === null) return undefined;
  const [text, opener] = match;
  if (opener === undefined) return { pattern: unknownText, next: index + text.length };
  const closer = opener === "(" ? ")" : "}";
  let level = 0;
  for (let end = index + 1; end < path.length; end++) {
    if (path[end] === opener) level++;
    if (path[end] === closer && --level === 0) return { pattern: unknownText, next: end + 1 };
  }
  return { pattern: unknownText, next: path.length };
}

/** `text` as a pattern that matches itself only. */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\*?[\]{},!^-]/g, "\\$&");
}
