import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { drawChart } from "./chart.ts";
import { formatMarkdown } from "./markdown.ts";
import type { BenchResults } from "./results.ts";
import { checkThresholds } from "./thresholds.ts";

/** Path of `results/NAME` plus `extension`. */
export function resultsPath(name: string, extension: string): string {
  return fileURLToPath(new URL(`../../results/${name}${extension}`, import.meta.url));
}

/** Writes `results/NAME.json`, `.md` and `.svg`. The page lists the aims that a whole run can answer. */
export function writeResults(name: string, results: BenchResults): void {
  const outcomes = (results.quick ? [] : checkThresholds(results)).filter(({ measured }) => measured !== "");
  mkdirSync(dirname(resultsPath(name, "")), { recursive: true });
  writeFileSync(resultsPath(name, ".json"), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(resultsPath(name, ".md"), formatMarkdown(results, outcomes));
  writeFileSync(resultsPath(name, ".svg"), drawChart(results));
}
