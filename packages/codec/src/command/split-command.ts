/** One word of a command line, quotes removed. */
export interface CommandWord {
  readonly text: string;
  /** An unquoted glob or brace character, or an unquoted `~` at its beginning. */
  readonly pattern: boolean;
}

/** What a shell acts on, with `$` and backquote: separators, redirections, subshells. */
const operators = ";&|<>()";
const patternCharacters = "*?[{";
/** What makes `$` more than a dollar sign; so may what follows a line continuation, and outside double quotes a quote. */
const expansion = /[A-Za-z0-9_@*#?$!({[-]/;
const quotedInDouble = '$`"\\';

/**
 * Splits a command line as POSIX sh does (2.2 Quoting), in one pass. `undefined`: a quote is unterminated, a backslash ends
 * the line, or the line has syntax that a shell would act on. A shell skips newlines before and behind a command.
 *
 *   state    character           next state  effect
 *   blank    space, tab          blank       -
 *   blank    anything else       word        begins a word; `#` here is a comment: refused
 *   word     space, tab          blank       ends the word
 *   either   newline             blank       ends the word; a word after it is another command: refused
 *   word     '                   single      -
 *   word     "                   double      -
 *   word     \ c                 word        adds c; a newline is dropped
 *   single   ' / other           word / =    - / adds it
 *   double   " / \ c / other     word / = / = - / adds c, with the backslash unless c is one of $ ` " \ newline / adds it
 */
export function splitCommand(line: string): readonly CommandWord[] | undefined {
  const words: CommandWord[] = [];
  let state: "blank" | "word" | "single" | "double" = "blank";
  let text = "";
  let pattern = false;
  let ended = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const following = line.charAt(at + 1);
    if (character === "\0" || (ended && !" \t\n".includes(character))) return undefined;
    if (state === "single") {
      if (character === "'") state = "word";
      else text += character;
      continue;
    }
    if (character === "\\") {
      if (following === "" || following === "\0") return undefined;
      at += 1;
      if (following === "\n") continue;
      if (state === "double" && !quotedInDouble.includes(following)) text += "\\";
      text += following;
      if (state === "blank") state = "word";
      continue;
    }
    if (character === "`") return undefined;
    if (character === "$" && (expansion.test(following) || line.startsWith("\\\n", at + 1))) return undefined;
    if (state === "double") {
      if (character === '"') state = "word";
      else text += character;
      continue;
    }
    if (operators.includes(character)) return undefined;
    if (character === "$" && (following === "'" || following === '"')) return undefined;
    if (character === " " || character === "\t" || character === "\n") {
      if (state === "word") words.push({ text, pattern });
      if (character === "\n" && words.length > 0) ended = true;
      state = "blank";
      text = "";
      pattern = false;
      continue;
    }
    const begins = state === "blank";
    state = "word";
    if (character === "'") state = "single";
    else if (character === '"') state = "double";
    else if (begins && character === "#") return undefined;
    else {
      text += character;
      if (patternCharacters.includes(character) || (begins && character === "~")) pattern = true;
    }
  }
  if (state === "single" || state === "double") return undefined;
  if (state === "word") words.push({ text, pattern });
  return words;
}
