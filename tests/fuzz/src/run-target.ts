import { rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FuzzReport } from "./fuzz.ts";
import { readCorpus } from "./input/corpus.ts";
import { Random } from "./input/random.ts";
import { bundle, coverageVariable } from "./instrument.ts";
import type { FuzzJob, FuzzMessage } from "./job.ts";

/** Options of {@link runTarget}. */
export interface RunTargetOptions {
  /** Folder for the bundles; it is removed afterwards. */
  readonly folder: string;
  readonly seed: number;
  /** The first inputs. @default the corpus and the regressions */
  readonly inputs?: readonly Uint8Array[] | undefined;
  /** The number of inputs to generate. @default Infinity */
  readonly runs?: number | undefined;
  /** Milliseconds after which no more inputs are generated. @default Infinity */
  readonly limitMs?: number | undefined;
}

const maxInputBytes = 64 * 1024;
/** Milliseconds after which an input counts as one that never ends. */
const hangMs = 20_000;
/** The heap limit of the thread in MiB: an input that needs more is a finding. */
const maxHeapMb = 512;

/**
 * Fuzzes one of `targets/` in its own thread.
 *
 * @returns the report; an input that never ends, or that exceeds the memory, is its finding
 */
export async function runTarget(name: string, options: RunTargetOptions): Promise<FuzzReport> {
  const { folder, seed, runs = Number.POSITIVE_INFINITY, limitMs = Number.POSITIVE_INFINITY } = options;
  try {
    const entry = join(import.meta.dirname, "targets", `${name}.ts`);
    const worker = await bundle(join(import.meta.dirname, "worker.ts"), folder, "worker", false);
    const target = await bundle(entry, folder, name, true);
    const { inputs = [...readCorpus(name, "regressions"), ...readCorpus(name, "corpus")] } = options;
    const current = new SharedArrayBuffer(8 + maxInputBytes);
    // Each target derives its own seed from the one seed.
    const ownSeed = new Random(seed + name.length * 7919).below(0x7fffffff);
    const job: FuzzJob = { bundle: target.href, coverageVariable, inputs, seed: ownSeed, runs, limitMs, current };
    return await watch(worker, job);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function watch(script: URL, job: FuzzJob): Promise<FuzzReport> {
  const startMs = performance.now();
  const shared = new Int32Array(job.current, 0, 2);
  const worker = new Worker(script, {
    workerData: job,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  return new Promise((resolve) => {
    const give = (report: FuzzReport): void => {
      clearInterval(timer);
      worker.removeAllListeners();
      worker.terminate().then(() => resolve(report));
    };
    const giveUp = (reason: string): void => {
      const input = new Uint8Array(job.current.slice(8, 8 + Atomics.load(shared, 1)));
      const durationMs = performance.now() - startMs;
      const inputs = Atomics.load(shared, 0) + 1;
      give({ inputs, reached: 0, places: 0, durationMs, corpus: [], finding: { input, reason } });
    };
    let last = { number: -1, sinceMs: startMs };
    const timer = setInterval(() => {
      const number = Atomics.load(shared, 0);
      if (number !== last.number) last = { number, sinceMs: performance.now() };
      else if (performance.now() - last.sinceMs > hangMs) giveUp(`The input had no end within ${hangMs} ms`);
    }, 1_000);
    worker.once("message", (message: FuzzMessage) => give(message));
    worker.once("error", (error) => giveUp(error.stack ?? error.message));
    // Its last message may still be pending.
    worker.once("exit", (code) => setTimeout(() => giveUp(`The thread ended with status ${code}`), 1_000).unref());
  });
}
