// Runs test files, each in a process of its own on any runtime: a file that dies or hangs takes nothing else along.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { root, run } from "../lib/run.mjs";
import { mapLimit, plain } from "./result.mjs";

/** @typedef {import("./result.mjs").Result} Result */

/**
 * @typedef {object} TestRuntime
 * @property {string} command
 * @property {(file: string, report: string) => string[]} args For one test file; `report` is where its report goes.
 * @property {(report: string) => NodeJS.ProcessEnv} [env]
 * @property {(text: string) => Result[]} read The results in a report.
 * @property {number} [timeoutMs] For one file. Default: 10 minutes.
 */

/**
 * @param {TestRuntime} runtime
 * @param {readonly string[]} files Absolute, or from the repository's root.
 * @param {import("./result.mjs").Context} context
 * @returns {Promise<Result[]>} Every file gives at least one result.
 */
export async function fileTests(runtime, files, context) {
  if (files.length === 0) return [{ name: "tests", outcome: "failed", detail: "No test file was found" }];
  const { command, args, env, read, timeoutMs = 10 * 60_000 } = runtime;
  const results = await mapLimit([...files.entries()], 2, async ([index, given]) => {
    const file = resolve(root, given);
    const report = join(context.tempDir, `gate-report-${index}`);
    const skips = join(context.tempDir, `gate-skips-${index}`);
    const variables = { ...context.env, ...env?.(report), NO_COLOR: "1", SCPKIT_GATE_SKIPS: skips };
    const outcome = await run(command, args(file, report), { env: variables, timeoutMs, logFile: context.logFile });
    const found = existsSync(report) ? read(readFileSync(report, "utf8")) : [];
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
 * The last part of a test's full name.
 * @param {string} name
 */
function leaf(name) {
  return name.split(" > ").pop() ?? name;
}

/**
 * Gives skipped tests their reason: its own, the recorded one, or the one Node gave for the test of that name.
 * @param {Result[]} results
 * @param {readonly string[]} recorded
 * @param {Map<string, string>} known
 */
function applySkips(results, recorded, known) {
  for (const line of recorded) {
    const { name, reason } = JSON.parse(line);
    const result = results.find((one) => leaf(one.name) === leaf(name) && one.outcome !== "failed" && !one.detail);
    if (result === undefined) continue;
    result.outcome = "skipped";
    result.detail = reason;
  }
  for (const result of results) {
    if (result.outcome !== "skipped") continue;
    if (result.detail) known.set(leaf(result.name), result.detail);
    else result.detail = known.get(leaf(result.name)) ?? "no reason reported";
  }
}

/**
 * A file whose process failed beyond its tests, or that holds none, failed.
 * @param {Result[]} results
 * @param {import("../lib/run.mjs").RunOutcome} outcome
 */
function addFileFailure(results, outcome) {
  const output = plain(outcome.output).trim();
  const isExplained = results.some((result) => result.outcome === "failed");
  // Bun's words for an error outside its tests, such as in a hook; its report leaves it out.
  const isUnhandled = output.includes("# Unhandled error between tests");
  const died = outcome.timedOut || isUnhandled || (outcome.code !== 0 && !isExplained);
  const detail = died ? `Exit status ${outcome.code}\n${output.slice(-4_000)}` : "No test ran";
  if (died || results.length === 0) results.push({ name: "the file itself", outcome: "failed", detail });
}
