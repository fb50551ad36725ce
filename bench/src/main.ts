import { runBench } from "./bench.ts";
import { type BenchOptions, parseOptions, usage } from "./options.ts";
import { formatOutcome } from "./report/progress.ts";
import { checkThresholds } from "./report/thresholds.ts";
import { resultsPath, writeResults } from "./report/write-results.ts";

const interrupted = new AbortController();

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await run(options);
} catch (error) {
  if (!interrupted.signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function run(options: BenchOptions): Promise<void> {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    // The first signal lets the benchmark clean up, the second one ends it.
    process.once(name, () => interrupted.abort(new Error(`Interrupted by ${name}`)));
  }
  const results = await runBench(options, {
    signal: interrupted.signal,
    print: (line) => console.log(line),
    save: (state) => writeResults(options.name, state),
  });
  writeResults(options.name, results);
  // Failures were printed with their scenario.
  if (results.scenarios.some(({ peers }) => peers.some(({ failed }) => failed === true))) process.exitCode = 1;
  if (options.check) {
    console.log("\nAims");
    for (const outcome of checkThresholds(results)) console.log(formatOutcome(outcome));
  }
  console.log(`\nWritten: ${resultsPath(options.name, ".{json,md,svg}")}`);
}
