import type { Coverage } from "./coverage.ts";
import { fromLatin1 } from "./input/bytes.ts";
import { mutate } from "./input/mutate.ts";
import { Random } from "./input/random.ts";
import type { FuzzJob } from "./job.ts";
import type { FuzzTarget } from "./target.ts";

/** An input that violated an assertion. */
export interface FuzzFinding {
  /** The input, minimised. */
  readonly input: Uint8Array;
  /** The error with its stack. */
  readonly reason: string;
}

/** The result of a run. */
export interface FuzzReport {
  /** The number of inputs tried, including the given ones. */
  readonly inputs: number;
  /** The number of places of the code that were reached, and their total. */
  readonly reached: number;
  readonly places: number;
  readonly durationMs: number;
  /** The inputs that reached something new, in order. */
  readonly corpus: readonly Uint8Array[];
  readonly finding?: FuzzFinding | undefined;
}

/** Hooks of the loop. */
export interface FuzzHooks {
  begin(input: Uint8Array): void;
  /** Returns the unhandled rejections since the last call. */
  takeStray(): unknown[];
}

const defaultMaxBytes = 512;
const minimiseTries = 2_000;

/**
 * Tries the given inputs, then mutations of those that reached something new, until a finding or the end of the job.
 */
export async function fuzz(
  target: FuzzTarget,
  job: Pick<FuzzJob, "inputs" | "seed" | "runs" | "limitMs">,
  coverage: Coverage,
  hooks: FuzzHooks,
): Promise<FuzzReport> {
  const startMs = performance.now();
  const random = new Random(job.seed);
  const dictionary = target.dictionary.map(fromLatin1);
  const { maxBytes = defaultMaxBytes } = target;
  const corpus: Uint8Array[] = [];
  let inputs = 0;

  const problemWith = async (input: Uint8Array): Promise<string | undefined> => {
    hooks.begin(input);
    let reason: unknown;
    try {
      await target.run(input.slice());
    } catch (error) {
      reason = error ?? new Error("Nothing was thrown");
    }
    // Unhandled rejections are reported between two tasks.
    if (++inputs % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
    const [stray] = hooks.takeStray();
    if (reason === undefined && stray !== undefined) reason = new Error("Nobody handled a rejection", { cause: stray });
    return reason === undefined ? undefined : describe(reason);
  };
  const report = (finding?: FuzzFinding): FuzzReport => ({
    inputs,
    reached: coverage.reached,
    places: coverage.places,
    durationMs: performance.now() - startMs,
    corpus,
    finding,
  });
  /** Tries an input and keeps it if it reached something new. */
  const attempt = async (input: Uint8Array): Promise<FuzzFinding | undefined> => {
    const reason = await problemWith(input);
    if (reason !== undefined) return { input: await minimise(input, reason, problemWith), reason };
    if (coverage.takeIsNew() || corpus.length === 0) corpus.push(input);
    return undefined;
  };

  // Drops the counts of loading the code.
  coverage.takeIsNew();
  for (const input of [...job.inputs, ...target.seeds()]) {
    const finding = await attempt(input.slice(0, maxBytes));
    if (finding !== undefined) return report(finding);
  }
  for (let run = 0; run < job.runs && performance.now() - startMs < job.limitMs; run++) {
    // Recently found inputs lead to new ones most often.
    const recent = random.oneIn(3) ? corpus.slice(-8) : corpus;
    const input = mutate(random.pick(recent), { random, dictionary, corpus, maxBytes });
    const finding = await attempt(input);
    if (finding !== undefined) return report(finding);
  }
  return report();
}

/** Returns a smaller input with the same problem: removes ranges as long as the problem stays. */
async function minimise(
  input: Uint8Array,
  reason: string,
  problemWith: (input: Uint8Array) => Promise<string | undefined>,
): Promise<Uint8Array> {
  let smallest = input;
  let tries = 0;
  for (let length = Math.ceil(input.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let from = 0; from < smallest.length && tries < minimiseTries; tries++) {
      const smaller = new Uint8Array([...smallest.subarray(0, from), ...smallest.subarray(from + length)]);
      const found = await problemWith(smaller);
      if (found?.split("\n")[0] === reason.split("\n")[0]) smallest = smaller;
      else from += length;
    }
  }
  return smallest;
}

function describe(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  const cause = reason.cause === undefined ? "" : `\nCaused by ${describe(reason.cause)}`;
  return `${reason.stack ?? reason.message}${cause}`;
}
