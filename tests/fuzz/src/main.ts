// `npm run fuzz -- [target | differential] [seconds]`: one of them, or all. `--keep` writes what led on to `tests/fuzz/corpus`, `--seed N`
// repeats a run; what breaks something is kept in any case.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeReport } from "./describe-report.ts";
import { describeDifferential, runSinks, runSources } from "./differential/run-differential.ts";
import { readCorpus, writeCorpus } from "./input/corpus.ts";
import { runTarget } from "./run-target.ts";
import { targetNames } from "./targets.ts";

const differentials = [
  ["scp -t", runSinks],
  ["scp -f", runSources],
] as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string" }, keep: { type: "boolean" } },
});
const numbers = positionals.filter((text) => /^\d+$/.test(text));
const names = positionals.filter((text) => !numbers.includes(text));
const unknown = names.filter((name) => name !== "differential" && !targetNames.includes(name));
if (unknown.length > 0)
  throw new Error(`No such target: ${unknown.join(", ")}; there are ${targetNames.join(", ")} and differential`);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const limitMs = Number(numbers[0] ?? 60) * 1000;

const folder = mkdtempSync(join(tmpdir(), "scpkit-fuzz-"));
process.env.SCPKIT_FUZZ_FOLDER = folder;
try {
  for (const name of names.length > 0 ? names : [...targetNames, "differential"]) {
    if (name === "differential") {
      for (const [title, run] of differentials) {
        const report = await run({ seed, limitMs: limitMs / differentials.length });
        console.log(describeDifferential(title, report));
        if (report.unknown.length > 0) process.exitCode = 1;
      }
      continue;
    }
    console.log(`${name}: seed ${seed}, ${limitMs / 1000} s`);
    const report = await runTarget(name, { folder: join(folder, "bundles"), seed, limitMs });
    console.log(describeReport(name, report));
    if (report.finding !== undefined) {
      process.exitCode = 1;
      writeCorpus(name, "regressions", [...readCorpus(name, "regressions"), report.finding.input]);
    } else if (values.keep) {
      // The shortest first: of those that reach the same only one is kept.
      const inputs = [...report.corpus].sort((left, right) => left.length - right.length);
      const { corpus } = await runTarget(name, { folder: join(folder, "bundles"), seed, inputs, runs: 0 });
      writeCorpus(name, "corpus", corpus);
      console.log(`${name}: ${corpus.length} inputs kept`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
