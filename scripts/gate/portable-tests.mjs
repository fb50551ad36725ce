// Runs the tests of the portable packages in a browser or in workerd, and reads back every single result.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/run.mjs";
import { plain } from "./result.mjs";

/** @typedef {import("./result.mjs").Result} Result */

/**
 * @param {"chromium" | "workerd"} runtime
 * @param {import("./result.mjs").Context} context
 * @returns {Promise<Result[]>}
 */
export async function portableTests(runtime, { env, tempDir, logFile }) {
  const report = join(tempDir, `portable-${runtime}.json`);
  const args = ["--import", import.meta.resolve("tsx"), "tests/runtimes/browsers/run.ts", runtime, "--report", report];
  const outcome = await run(process.execPath, args, { env, timeoutMs: 10 * 60_000, logFile });
  /** @type {Result[]} */
  const results = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : [];
  rmSync(report, { force: true });
  const isExplained = results.some((result) => result.outcome === "failed");
  if (outcome.code !== 0 && !isExplained) {
    const detail = `Exit status ${outcome.code}\n${plain(outcome.output).trim().slice(-4_000)}`;
    results.push({ name: `tests in ${runtime}`, outcome: "failed", detail });
  }
  return results;
}
