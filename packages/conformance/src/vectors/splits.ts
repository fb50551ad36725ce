/** How the input of a vector is cut into chunks. */
export interface ScpVectorSplit {
  /** Where a chunk ends and the next begins: ascending byte offsets. Equal ones make an empty chunk. */
  readonly cuts: readonly number[];
  /** All chunks are pushed before the first event is taken; otherwise events are taken after each chunk. */
  readonly queued?: boolean | undefined;
}

/** The input in one piece. */
export const wholeSplit: ScpVectorSplit = { cuts: [] };

/** One byte per chunk. */
export function byteSplit(length: number): ScpVectorSplit {
  return { cuts: Array.from({ length: Math.max(0, length - 1) }, (_, index) => index + 1) };
}

/** Two chunks, at every position. */
export function* everySplit(length: number): Generator<ScpVectorSplit, void, undefined> {
  for (let cut = 0; cut <= length; cut++) yield { cuts: [cut] };
}

/**
 * Any number of chunks, some of them empty.
 *
 * @param seed the same one gives the same splits
 * @param count how many splits
 */
export function* randomSplits(length: number, seed: number, count: number): Generator<ScpVectorSplit, void, undefined> {
  let state = seed >>> 0;
  // Numerical Recipes' linear congruential generator: any spread will do, but it must be the same everywhere.
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
  for (let index = 0; index < count; index++) {
    const cuts = Array.from({ length: random(12) }, () => random(length + 1)).sort((a, b) => a - b);
    yield { cuts };
  }
}

/** Whole, byte by byte, at every position and 20 times at random, each taken at once and queued. */
export function* allSplits(length: number): Generator<ScpVectorSplit, void, undefined> {
  const splits = [wholeSplit, byteSplit(length), ...everySplit(length), ...randomSplits(length, length + 1, 20)];
  for (const split of splits) {
    yield split;
    yield { ...split, queued: true };
  }
}

/** The chunks of `bytes`, each in memory of its own. */
export function cutBytes(bytes: Uint8Array, split: ScpVectorSplit): readonly Uint8Array[] {
  let start = 0;
  return [...split.cuts, bytes.length].map((cut) => {
    const chunk = bytes.slice(start, cut);
    start = cut;
    return chunk;
  });
}
