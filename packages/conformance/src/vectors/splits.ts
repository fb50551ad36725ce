/** How the input of a vector is split into chunks. */
export interface ScpVectorSplit {
  /** The ascending byte offsets between the chunks. Equal offsets make an empty chunk. */
  readonly cuts: readonly number[];
  /** Whether all chunks are pushed before the first event is read; otherwise events are read after each chunk. */
  readonly queued?: boolean | undefined;
}

/** Does not split the input. */
export const wholeSplit: ScpVectorSplit = { cuts: [] };

/** Splits the input into chunks of one byte. */
export function byteSplit(length: number): ScpVectorSplit {
  return { cuts: Array.from({ length: Math.max(0, length - 1) }, (_, index) => index + 1) };
}

/** Splits the input into two chunks, at every position. */
export function* everySplit(length: number): Generator<ScpVectorSplit, void, undefined> {
  for (let cut = 0; cut <= length; cut++) yield { cuts: [cut] };
}

/**
 * Splits the input into any number of chunks, some of them empty.
 *
 * @param seed the same seed returns the same splits
 * @param count the number of splits
 */
export function* randomSplits(length: number, seed: number, count: number): Generator<ScpVectorSplit, void, undefined> {
  let state = seed >>> 0;
  // Numerical Recipes' linear congruential generator: the quality does not matter, but the result must be the same on
  // all runtimes.
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
  for (let index = 0; index < count; index++) {
    const cuts = Array.from({ length: random(12) }, () => random(length + 1)).sort((a, b) => a - b);
    yield { cuts };
  }
}

/** Yields all splits: whole, byte by byte, at every position and 20 at random, each read at once and queued. */
export function* allSplits(length: number): Generator<ScpVectorSplit, void, undefined> {
  const splits = [wholeSplit, byteSplit(length), ...everySplit(length), ...randomSplits(length, length + 1, 20)];
  for (const split of splits) {
    yield split;
    yield { ...split, queued: true };
  }
}

/** Returns the chunks of `bytes`, each in its own memory. */
export function cutBytes(bytes: Uint8Array, split: ScpVectorSplit): readonly Uint8Array[] {
  let start = 0;
  return [...split.cuts, bytes.length].map((cut) => {
    const chunk = bytes.slice(start, cut);
    start = cut;
    return chunk;
  });
}
