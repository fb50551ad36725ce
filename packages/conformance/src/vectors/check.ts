import type { ScpDecoderOptions } from "@scpkit/codec";
import {
  replayRecordVector,
  replayReplyVector,
  type ScpReplayableRecordDecoder,
  type ScpReplayableReplyDecoder,
} from "./replay.ts";
import { allSplits, type ScpVectorSplit } from "./splits.ts";
import type { ScpRecordVector, ScpReplyVector } from "./vector.ts";

/**
 * Replays a vector in all splits ({@link allSplits}).
 *
 * @returns the number of replays
 * @throws {Error} if a replay differs from the vector; the message shows both
 */
export function checkRecordVector(
  vector: ScpRecordVector,
  createDecoder?: (options: ScpDecoderOptions) => ScpReplayableRecordDecoder,
): number {
  const { events, error } = vector;
  return check(vector, { events, error }, (split) => replayRecordVector(vector, split, createDecoder));
}

/** Does the same as {@link checkRecordVector} for replies. */
export function checkReplyVector(
  vector: ScpReplyVector,
  createDecoder?: (options: ScpDecoderOptions) => ScpReplayableReplyDecoder,
): number {
  const { replies, error } = vector;
  return check(vector, { replies, error }, (split) => replayReplyVector(vector, split, createDecoder));
}

function check(
  vector: { readonly name: string; readonly input: string },
  expected: object,
  replay: (split: ScpVectorSplit) => object,
): number {
  let replays = 0;
  for (const split of allSplits(vector.input.length)) {
    const actual = replay(split);
    replays += 1;
    if (sameValue(actual, expected)) continue;
    const how = `cut at [${split.cuts.slice(0, 20).join(", ")}]${split.queued ? ", queued" : ""}`;
    throw new Error(
      `The vector ${JSON.stringify(vector.name)}, ${how}, gave ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`,
    );
  }
  return replays;
}

/** Compares JSON values deeply. A property that is `undefined` counts as absent. */
function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    if (!sameValue(left.get(key), right.get(key))) return false;
  }
  return Array.isArray(a) === Array.isArray(b);
}
