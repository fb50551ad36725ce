/** The middle value, or the mean of the middle two. `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** `items` beginning with the one at `shift`, so that no peer is always the first. */
export function rotate<T>(items: readonly T[], shift: number): T[] {
  const at = items.length === 0 ? 0 : shift % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
