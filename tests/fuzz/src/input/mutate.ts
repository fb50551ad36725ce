import { concat, fromLatin1 } from "./bytes.ts";
import type { Random } from "./random.ts";

/** Options of {@link mutate}. */
export interface MutateOptions {
  readonly random: Random;
  /** Tokens of the format. */
  readonly dictionary: readonly Uint8Array[];
  /** Inputs to take pieces from. */
  readonly corpus: readonly Uint8Array[];
  /** Longer inputs are truncated. */
  readonly maxBytes: number;
}

type Mutation = (input: Uint8Array, options: MutateOptions) => Uint8Array;

const numbers = ["0", "1", "-1", "7", "255", "1000000", "4294967296", "9007199254740991", "9007199254740992", "1e3"];

/** libFuzzer's set of mutations, with numbers as decimal text. */
const mutations: readonly Mutation[] = [
  // Erase a range.
  (input, { random }) => {
    const from = random.below(input.length);
    const count = 1 + random.below(Math.min(input.length - from, random.oneIn(4) ? 64 : 4));
    return splice(input, from, count);
  },
  // Insert a byte, sometimes many times.
  (input, { random }) => {
    const count = random.oneIn(6) ? 1 + random.below(80) : 1;
    return splice(input, random.below(input.length + 1), 0, new Uint8Array(count).fill(random.below(256)));
  },
  // Change a byte, or one bit of it.
  (input, { random }) => {
    const at = random.below(input.length);
    const byte = random.oneIn(2) ? random.below(256) : (input[at] ?? 0) ^ (1 << random.below(8));
    return splice(input, at, 1, Uint8Array.of(byte));
  },
  // Insert a token, or overwrite bytes with it.
  (input, { random, dictionary }) => {
    const word = dictionary.length === 0 ? Uint8Array.of(0) : random.pick(dictionary);
    return splice(input, random.below(input.length + 1), random.oneIn(2) ? word.length : 0, word);
  },
  // Replace a number.
  (input, { random }) => {
    const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
    const start = random.below(input.length);
    let from = input.findIndex((byte, at) => at >= start && isDigit(byte));
    if (from < 0) from = input.findIndex(isDigit);
    if (from < 0) return input;
    let end = from;
    while (isDigit(input[end])) end += 1;
    const number = random.oneIn(2) ? random.pick(numbers) : String(random.below(40));
    return splice(input, from, end - from, fromLatin1(number));
  },
  // Copy a part of it to somewhere else.
  (input, { random }) => {
    const from = random.below(input.length);
    const part = input.slice(from, from + 1 + random.below(Math.min(64, input.length - from)));
    return splice(input, random.below(input.length + 1), random.oneIn(3) ? part.length : 0, part);
  },
  // Join its beginning and the end of another input.
  (input, { random, corpus }) => {
    const other = random.pick(corpus);
    return concat(input.subarray(0, random.below(input.length + 1)), other.subarray(random.below(other.length + 1)));
  },
];

/** Returns a changed copy of `input`: one to five mutations, one after the other. */
export function mutate(input: Uint8Array, options: MutateOptions): Uint8Array {
  const { random, maxBytes } = options;
  let result = input;
  for (let rounds = 1 + random.below(5); rounds > 0; rounds -= 1) {
    result = random.pick(mutations)(result, options).slice(0, maxBytes);
  }
  return result;
}

function splice(input: Uint8Array, from: number, count: number, inserted: Uint8Array = new Uint8Array()): Uint8Array {
  return concat(input.subarray(0, from), inserted, input.subarray(from + count));
}
