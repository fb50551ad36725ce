/**
 * Returns the candidate that `word` is most likely a misspelling of: at most two letters are wrong, missing, too many or swapped,
 * and at least half of the word is right. `undefined`: none is similar.
 */
export function suggest<T extends string>(word: string, candidates: readonly T[]): T | undefined {
  const maxEdits = Math.min(2, Math.floor(word.replace(/^-+/, "").length / 2));
  for (let edits = 0; edits <= maxEdits; edits++) {
    const similar = candidates.find((candidate) => isWithin(edits, word, candidate));
    if (similar !== undefined) return similar;
  }
  return undefined;
}

/** Returns whether at most `edits` edits turn `a` into `b`. Swapping two adjacent letters is one edit. */
function isWithin(edits: number, a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  const [restA, restB] = [a.slice(same), b.slice(same)];
  if (restA === restB) return true;
  if (edits === 0) return false;
  const [laterA, laterB] = [restA.slice(1), restB.slice(1)];
  const isSwapped = laterB !== "" && restA[0] === laterB[0] && laterA[0] === restB[0];
  return (
    isWithin(edits - 1, laterA, laterB) ||
    isWithin(edits - 1, laterA, restB) ||
    isWithin(edits - 1, restA, laterB) ||
    (isSwapped && isWithin(edits - 1, laterA.slice(1), laterB.slice(1)))
  );
}
