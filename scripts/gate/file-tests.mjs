// Runs test files on Bun or Deno, each file in a process of its own: a file that dies or hangs takes nothing else along.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root, run } from "../lib/run.mjs";
import { readJunit } from "./junit.mjs";
import { leaf } from "./node-tests.mjs";
import { mapLimit, plain } from "./result.mjs";

/** @typedef {import("./result.mjs").Result} Result */

/** The module both runtimes load first. */
export const testPreload = join(root, "scripts", "gate", "test-preload.mjs");

/**
 * @typedef {object} FileRun
 * @property {string} command
 * @property {(file: string, report: string) => string[]} args For one test file; `report` is where the JUnit report goes.
 * @property {readonly string[]} files Absolute paths.
 * @property {number} [timeoutMs] For one file. Default: 5 minutes.
 */

/**
 * @param {FileRun} options
 * @param {import("./result.mjs").Context} context
 * @returns {Promise<Result[]>}
 */
export async function fileTests({ command, args, files, timeoutMs = 5 * 60_000 }, context) {
  if (files.length === 0) return [{ name: "tests", outcome: "failed", detail: "No test file was found" }];
  const numbered = [...files.entries()];
  const results = await mapLimit(numbered, 2, async ([index, file]) => {
    const report = join(context.tempDir, `gate-report-${index}.xml`);
    const skips = join(context.tempDir, `gate-skips-${index}.ndjson`);
    const env = { ...context.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", SCPKIT_GATE_SKIPS: skips };
    const outcome = await run(command, args(file, report), { env, timeoutMs, logFile: context.logFile });
    const found = existsSync(report) ? readJunit(readFileSync(report, "utf8")) : [];
    const reasons = existsSync(skips) ? readFileSync(skips, "utf8").trim().split("\n") : [];
    rmSync(report, { force: true });
    rmSync(skips, { force: true });
    applySkips(found, reasons, context.skipReasons);
    addFileFailure(found, outcome);
    return found.map((result) => ({ ...result, file: relative(root, file) }));
  });
  return results.flat();
}

/**
 * Gives skipped tests their reason: the recorded one, else the one Node gave for the test of that name.
 * @param {Result[]} results
 * @param {readonly string[]} lines
 * @param {ReadonlyMap<string, string>} known
 */
function applySkips(results, lines, known) {
  for (const line of lines) {
    const { name, reason } = JSON.parse(line);
    const result = results.find(
      (one) => leaf(one.name) === leaf(name) && one.outcome !== "failed" && one.detail === undefined,
    );
    if (result === undefined) continue;
    result.outcome = "skipped";
    result.detail = reason;
  }
  for (const result of results) {
    if (result.outcome === "skipped") result.detail ||= known.get(leaf(result.name)) ?? "no reason reported";
  }
}

/**
 * A file whose process failed beyond its tests, or that holds none, failed.
 * @param {Result[]} results
 * @param {import("../lib/run.mjs").RunOutcome} outcome
 */
function addFileFailure(results, outcome) {
  const output = plain(outcome.output).trim();
  const unhandled = output.split("# Unhandled error between tests").length - 1;
  const explained = results.some((result) => result.outcome === "failed");
  const died = outcome.timedOut || (outcome.code !== 0 && !explained) || unhandled > 0;
  if (died)
    results.push({
      name: "the file itself",
      outcome: "failed",
      detail: `Exit status ${outcome.code}\n${output.slice(-4_000)}`,
    });
  else if (results.length === 0) results.push({ name: "the file itself", outcome: "failed", detail: "No test ran" });
}
