/** Returns whether `text` matches `pattern`, in which `*` stands for any text and `?` for one character. */
export function matchPattern(text: string, pattern: string): boolean {
  let textIndex = 0;
  let patternIndex = 0;
  let starPattern = -1;
  let starText = 0;
  while (textIndex < text.length) {
    const wanted = pattern[patternIndex];
    if (wanted === "*") {
      starPattern = patternIndex;
      starText = textIndex;
      patternIndex += 1;
    } else if (wanted === "?" || (wanted !== undefined && wanted === text[textIndex])) {
      textIndex += 1;
      patternIndex += 1;
    } else if (starPattern >= 0) {
      starText += 1;
      textIndex = starText;
      patternIndex = starPattern + 1;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === "*") patternIndex += 1;
  return patternIndex === pattern.length;
}

/**
 * Returns whether `text` matches a comma-separated list of patterns. If a pattern that begins with `!` matches, the
 * list does not match. A list of only such patterns never matches.
 */
export function matchPatternList(text: string, list: string): boolean {
  let matched = false;
  for (const entry of list.split(",")) {
    const negated = entry.startsWith("!");
    if (!matchPattern(text, negated ? entry.slice(1) : entry)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** Does the same as {@link matchPatternList} for host names, which are case-insensitive. */
export function matchHostName(host: string, list: string): boolean {
  return matchPatternList(host.toLowerCase(), list.toLowerCase());
}
