/**
 * fnmatch(3) with flags 0, as OpenSSH's scp uses it for names: `*`, `?`, `[…]` with ranges, `[:classes:]` and `!` or `^` for
 * negation, and a backslash before an ordinary character. `*` matches a leading dot. Characters are code points and ranges go by
 * their order, as in the C.UTF-8 locale; what does not match so may match byte by byte, as in the C locale and in glibc.
 * Takes time proportional to the product of both lengths at worst.
 *
 * @param pattern the returned function answers for this pattern
 */
export function compilePattern(pattern: string): (name: string) => boolean {
  const tokens = parse(Array.from(pattern));
  const byteTokens = parse(bytes(pattern));
  if (tokens === undefined || byteTokens === undefined) return () => false;
  return (name) => matches(tokens, Array.from(name)) || (/[^\0-\x7f]/.test(name) && matches(byteTokens, bytes(name)));
}

/** The bytes of the UTF-8 form, each as a character. */
function bytes(text: string): string[] {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
}

type Token = "star" | ((character: string) => boolean);

function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0;
  let character = 0;
  let starToken = -1;
  let starCharacter = 0;
  while (character < characters.length) {
    const current = tokens[token];
    if (current === "star") {
      starToken = token++;
      starCharacter = character;
    } else if (current?.(characters[character] ?? "") === true) {
      token++;
      character++;
    } else if (starToken >= 0) {
      token = starToken + 1;
      character = ++starCharacter;
    } else {
      return false;
    }
  }
  while (tokens[token] === "star") token++;
  return token === tokens.length;
}

/** `undefined`: the pattern matches nothing (it ends with a backslash). */
function parse(pattern: readonly string[]): Token[] | undefined {
  const tokens: Token[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? "";
    if (character === "*") {
      if (tokens.at(-1) !== "star") tokens.push("star");
    } else if (character === "?") {
      tokens.push(() => true);
    } else if (character === "[") {
      const bracket = parseBracket(pattern, index + 1);
      tokens.push(bracket?.test ?? ((other) => other === "["));
      index = bracket?.end ?? index;
    } else if (character === "\\") {
      const literal = pattern[++index];
      if (literal === undefined) return undefined;
      tokens.push((other) => other === literal);
    } else {
      tokens.push((other) => other === character);
    }
  }
  return tokens;
}

interface Bracket {
  readonly test: (character: string) => boolean;
  /** Index of the closing bracket. */
  readonly end: number;
}

/** `undefined`: it is not closed, so that the opening bracket is an ordinary character. */
function parseBracket(pattern: readonly string[], start: number): Bracket | undefined {
  const negated = pattern[start] === "!" || pattern[start] === "^";
  const first = negated ? start + 1 : start;
  const tests: ((character: string) => boolean)[] = [];
  for (let index = first; index < pattern.length; index++) {
    if (pattern[index] === "]" && index > first) {
      return { test: (character) => tests.some((test) => test(character)) !== negated, end: index };
    }
    const named = parseClass(pattern, index);
    if (named !== undefined) {
      tests.push(named.test);
      index = named.end;
      continue;
    }
    const low = parseMember(pattern, index);
    if (low === undefined) return undefined;
    index = low.end;
    if (pattern[index + 1] === "-" && pattern[index + 2] !== "]" && pattern[index + 2] !== undefined) {
      const high = parseMember(pattern, index + 2);
      if (high === undefined) return undefined;
      index = high.end;
      tests.push((character) => compare(low.value, character) <= 0 && compare(character, high.value) <= 0);
    } else {
      tests.push((character) => character === low.value);
    }
  }
  return undefined;
}

function compare(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

/** A character, `\` and a character, or `[.x.]`, at `index`. */
function parseMember(pattern: readonly string[], index: number): { value: string; end: number } | undefined {
  if (
    pattern[index] === "[" &&
    pattern[index + 1] === "." &&
    pattern[index + 3] === "." &&
    pattern[index + 4] === "]"
  ) {
    return { value: pattern[index + 2] ?? "", end: index + 4 };
  }
  const end = pattern[index] === "\\" ? index + 1 : index;
  const value = pattern[end];
  return value === undefined ? undefined : { value, end };
}

const classes: Readonly<Record<string, RegExp>> = {
  alpha: /\p{L}/u,
  digit: /[0-9]/,
  alnum: /[\p{L}\p{Nd}]/u,
  upper: /\p{Lu}/u,
  lower: /\p{Ll}/u,
  space: /[\t-\r ]/,
  blank: /[\t ]/,
  punct: /[\p{P}\p{S}]/u,
  print: /[^\p{C}]/u,
  graph: /[^\p{C}\p{Z}]/u,
  cntrl: /\p{Cc}/u,
  xdigit: /[0-9A-Fa-f]/,
};

/** `[:name:]` or `[=x=]` at `index`. */
function parseClass(pattern: readonly string[], index: number): Bracket | undefined {
  const kind = pattern[index + 1];
  if (pattern[index] !== "[" || (kind !== ":" && kind !== "=")) return undefined;
  if (kind === "=") {
    const value = pattern[index + 2];
    if (pattern[index + 3] !== "=" || pattern[index + 4] !== "]") return undefined;
    return { test: (character) => character === value, end: index + 4 };
  }
  const match = /^\[:([a-z]+):\]/.exec(pattern.slice(index, index + 20).join(""));
  if (match === null) return undefined;
  const expression = classes[match[1] ?? ""];
  return { test: (character) => expression?.test(character) === true, end: index + match[0].length - 1 };
}
