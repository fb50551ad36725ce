import { FatalError } from "../report/fatal-error.ts";

/** A pattern whose braces or brackets do not pair. `message` is OpenSSH's, which ends with status 255 over it. */
export class BracePatternError extends FatalError {
  override readonly name = "BracePatternError";
  readonly hint = "Quote braces and brackets that are part of a name for the remote shell, or use -T";

  constructor(pattern: string) {
    super(`brace_expand: invalid brace pattern "${pattern}"`);
  }
}

/** More patterns than this are not kept: `{a,b}` thirty times over is a mistake, or worse. */
const mostPatterns = 10_000;

/**
 * All patterns that csh makes of `pattern`: `a{b,c{d,e}}` gives `ab`, `acd` and `ace`. `{}` stands for itself, braces inside
 * `[…]` and after a backslash are ordinary characters, backslashes stay.
 *
 * As in OpenSSH's scp, with three cases read as shells read them: `{a,}` has an empty alternative, `\,` separates nothing,
 * and `{a}`, which csh expands and other shells do not, gives both `a` and `\{a\}`.
 *
 * @throws {BracePatternError} unbalanced braces or brackets, or more than 10,000 results
 */
export function braceExpand(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (open.length + done.length > mostPatterns) throw new BracePatternError(pattern);
    const group = findGroup(current);
    if (group === undefined) {
      done.push(current);
      continue;
    }
    const before = current.slice(0, group.start);
    const after = current.slice(group.end + 1);
    const choices = group.choices.length === 1 ? [...group.choices, `\\{${group.choices[0]}\\}`] : group.choices;
    // The last one first: `open` is a stack.
    for (const choice of choices.toReversed()) open.push(`${before}${choice}${after}`);
  }
  return done;
}

interface Group {
  /** Index of `{`. */
  readonly start: number;
  /** Index of its `}`. */
  readonly end: number;
  readonly choices: readonly string[];
}

/** The first group of braces, with what its own commas separate. */
function findGroup(pattern: string): Group | undefined {
  const choices: string[] = [];
  let start = -1;
  let level = 0;
  let choiceStart = 0;
  let inBracket = false;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === "\\") {
      index++;
    } else if (character === "[") {
      inBracket = true;
    } else if (character === "]") {
      inBracket = false;
    } else if (inBracket) {
      // Braces and commas inside brackets are ordinary characters.
    } else if (character === "{") {
      if (pattern[index + 1] === "}") {
        index++;
        continue;
      }
      if (level++ > 0) continue;
      start = index;
      choiceStart = index + 1;
    } else if (character === "}") {
      if (level === 0) throw new BracePatternError(pattern);
      if (--level > 0) continue;
      choices.push(pattern.slice(choiceStart, index));
      return { start, end: index, choices };
    } else if (character === "," && level === 1) {
      choices.push(pattern.slice(choiceStart, index));
      choiceStart = index + 1;
    }
  }
  if (level > 0 || inBracket) throw new BracePatternError(pattern);
  return undefined;
}
