// `tsx tests/runtimes/browsers/run.ts chromium|workerd [--report FILE] [FILES]`: runs the tests of the packages that need nothing of Node there,
// the same files as everywhere. The report is a JSON array of results.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { testFiles } from "../../../scripts/lib/workspaces.mjs";
import { bundleTest } from "./bundle.ts";
import { missingChromium, runInChromium } from "./chromium.ts";
import { nodeOnlyFiles, nodeOnlyTests, workerdDiffers } from "./node-only.ts";
import type { TestResult } from "./shims/node-test.ts";
import { runInWorkerd } from "./workerd.ts";

type FileResult = TestResult & { readonly file?: string };

const packages = ["codec", "core", "source", "sink"].map((name) => `packages/${name}/`);
const runtimes = { chromium: runInChromium, workerd: runInWorkerd };
const leftOut = {
  chromium: Object.keys(nodeOnlyTests),
  workerd: [...Object.keys(nodeOnlyTests), ...Object.keys(workerdDiffers)],
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { report: { type: "string" } } });
const [runtime = "", ...given] = positionals;
if (!(runtime === "chromium" || runtime === "workerd")) {
  throw new Error(`Say where to run them: ${Object.keys(runtimes).join(" or ")}`);
}
const where = runtime;
const files = given.length > 0 ? given : testFiles(...packages).filter((file) => nodeOnlyFiles[file] === undefined);
const missing = runtime === "chromium" ? missingChromium() : undefined;
const results = missing === undefined ? await runAll() : [skipped(missing)];
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(results));
show(results);
process.exitCode = results.some(({ outcome }) => outcome === "failed") ? 1 : 0;

async function runAll(): Promise<readonly FileResult[]> {
  const bundles = await Promise.all(files.map(bundleTest));
  const found = await runtimes[where](bundles, leftOut[where]);
  return bundles.flatMap(({ file }, index): readonly FileResult[] => {
    const results = found[index] ?? [];
    if (results.length === 0) return [{ name: "the file itself", outcome: "failed", detail: "No test ran", file }];
    return results.map((result) => ({ ...judge(result), file }));
  });
}

/** Nothing is left out in silence: a test that skips itself is to be mended, or listed. */
function judge(result: TestResult): TestResult {
  if (result.outcome !== "skipped") return result;
  const detail = `Skipped (${result.detail}): mend it, or list it with the reason in tests/runtimes/browsers/node-only.ts`;
  return { name: result.name, outcome: "failed", detail };
}

function skipped(name: string): FileResult {
  return { name: `tests in ${name}`, outcome: "skipped", detail: `peer missing: ${name}` };
}

function show(all: readonly FileResult[]): void {
  for (const prefix of packages) {
    const own = all.filter(({ file }) => file?.startsWith(prefix));
    const count = (outcome: string): number => own.filter((result) => result.outcome === outcome).length;
    if (own.length > 0) console.log(`${runtime} ${prefix} ${count("passed")} passed, ${count("failed")} failed`);
  }
  for (const { file, name, outcome, detail } of all) {
    if (outcome !== "passed") console.log(`${outcome}: ${file} ${name}\n${detail}\n`);
  }
}
