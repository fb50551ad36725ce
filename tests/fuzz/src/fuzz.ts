import type { Coverage } from "./coverage.ts";
import { fromLatin1 } from "./input/bytes.ts";
import { mutate } from "./input/mutate.ts";
import { Random } from "./input/random.ts";
import type { FuzzJob } from "./job.ts";
import type { FuzzTarget } from "./target.ts";

/** An input for which something that must hold did not. */
export interface FuzzFinding {
  /** As small as it was made. */
  readonly input: Uint8Array;
  /** What was thrown, with its stack. */
  readonly reason: string;
}

/** What a run did. */
export interface FuzzReport {
  /** Inputs tried, those given included. */
  readonly inputs: number;
  /** Places of the code that were reached, and how many there are. */
  readonly reached: number;
  readonly places: number;
  readonly durationMs: number;
  /** The inputs that reached something new, in the order in which they did. */
  readonly corpus: readonly Uint8Array[];
  readonly finding?: FuzzFinding | undefined;
}

/** How the loop is watched. */
export interface FuzzHooks {
  begin(input: Uint8Array): void;
  /** Rejections that nobody handled since the last call. */
  takeStray(): unknown[];
}

const defaultMaxBytes = 512;
const minimiseTries = 2_000;

/** Tries the given inputs, then changes of those that reached something new, until a finding or the end of the job. */
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
    // Rejections are noticed between two tasks.
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
  /** Tries an input and keeps it when it reached something new. */
  const attempt = async (input: Uint8Array): Promise<FuzzFinding | undefined> => {
    const reason = await problemWith(input);
    if (reason !== undefined) return { input: await minimise(input, reason, problemWith), reason };
    if (coverage.takeIsNew() || corpus.length === 0) corpus.push(input);
    return undefined;
  };

  // What loading the code counted is nobody's merit.
  coverage.takeIsNew();
  for (const input of [...job.inputs, ...target.seeds()]) {
    const finding = await attempt(input.slice(0, maxBytes));
    if (finding !== undefined) return report(finding);
  }
  for (let run = 0; run < job.runs && performance.now() - startMs < job.limitMs; run++) {
    // What was found last leads on most often.
    const recent = random.oneIn(3) ? corpus.slice(-8) : corpus;
    const input = mutate(random.pick(recent), { random, dictionary, corpus, maxBytes });
    const finding = await attempt(input);
    if (finding !== undefined) return report(finding);
  }
  return report();
}

/** A smaller input with the same problem: ranges are left out as long as it stays. */
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
