// Runs test files with `node --test` and reads back every single result.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { root, run } from "../lib/run.mjs";

/** @typedef {import("./result.mjs").Result} Result */
/** @typedef {import("./node-reporter.mjs").TestLine} TestLine */

const reporter = join(root, "scripts", "gate", "node-reporter.mjs");

/**
 * @typedef {object} NodeRun
 * @property {string} [node] The Node program. Default: the one running this.
 * @property {boolean} native Whether that Node runs TypeScript itself; otherwise tsx loads it.
 * @property {readonly string[]} files Paths from the repository's root, or absolute.
 * @property {number} [timeoutMs]
 */

/**
 * @param {NodeRun} options
 * @param {import("./result.mjs").Context} context
 * @returns {Promise<Result[]>}
 */
export async function nodeTests({ node = process.execPath, native, files, timeoutMs = 30 * 60_000 }, context) {
  if (files.length === 0) return [{ name: "tests", outcome: "failed", detail: "No test file was found" }];
  const lines = join(context.tempDir, "gate-results.ndjson");
  rmSync(lines, { force: true });
  const args = [
    ...(native ? [] : ["--import", "tsx"]),
    "--test",
    "--test-concurrency=2",
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${lines}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    ...files,
  ];
  const outcome = await run(node, args, { env: context.env, timeoutMs, logFile: context.logFile });
  const events = existsSync(lines) ? parseLines(readFileSync(lines, "utf8")) : [];
  rmSync(lines, { force: true });
  const results = readResults(events, files);
  for (const { name, outcome: how, detail } of results) {
    if (how === "skipped" && detail !== undefined) context.skipReasons.set(leaf(name), detail);
  }
  if (outcome.timedOut) results.push({ name: "runner", outcome: "failed", detail: outcome.output.slice(-4_000) });
  else if (outcome.code !== 0 && !results.some((result) => result.outcome === "failed")) {
    results.push({
      name: "runner",
      outcome: "failed",
      detail: `Exit status ${outcome.code}\n${outcome.output.slice(-4_000)}`,
    });
  }
  return results;
}

/**
 * The last part of a test's full name.
 * @param {string} name
 */
export function leaf(name) {
  return name.slice(name.lastIndexOf(" > ") + (name.includes(" > ") ? 3 : 0));
}

/**
 * @param {string} text
 * @returns {TestLine[]}
 */
function parseLines(text) {
  // A killed runner may leave half a line.
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  return complete.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

/**
 * Every test gives one result; a suite gives one only when it failed by itself, in a hook. A test that was begun and never
 * ended failed, and so did a file that died or holds no test.
 * @param {readonly TestLine[]} events
 * @param {readonly string[]} files
 * @returns {Result[]}
 */
export function readResults(events, files) {
  /** @type {Result[]} */
  const results = [];
  /** @type {Map<string, string[]>} */
  const paths = new Map();
  /** @type {Map<string, { line: TestLine, count: number }>} */
  const begun = new Map();
  const seen = new Set();
  for (const line of events) {
    const file = line.file ?? "";
    const isFile = line.name === file || isAbsolute(line.name);
    const path = paths.get(file) ?? [];
    paths.set(file, path);
    if (line.event === "start") {
      path.length = line.nesting;
      path[line.nesting] = line.name;
      continue;
    }
    const key = JSON.stringify([file, line.nesting, line.name, line.line, line.column]);
    const entry = begun.get(key) ?? { line, count: 0 };
    begun.set(key, entry);
    if (line.event === "enqueue") {
      entry.count += 1;
      continue;
    }
    entry.count -= 1;
    const name = isFile ? "the file itself" : [...path.slice(0, line.nesting), line.name].join(" > ");
    const where = file === "" ? {} : { file: relative(root, file) };
    const result = readResult(line, isFile);
    if (result === undefined) continue;
    results.push({ name, ...where, ...result });
    seen.add(file);
  }
  for (const { line, count } of begun.values()) {
    if (count <= 0 || isAbsolute(line.name)) continue;
    const detail = "Begun, and the process ended without a result";
    results.push({ name: line.name, file: relative(root, line.file ?? ""), outcome: "failed", detail });
    seen.add(line.file);
  }
  for (const file of files) {
    if (seen.has(join(root, file)) || seen.has(file)) continue;
    results.push({
      name: "the file itself",
      file: relative(root, join(root, file)),
      outcome: "failed",
      detail: "No test ran",
    });
  }
  return results;
}

/**
 * @param {TestLine} line
 * @param {boolean} isFile Whether the line speaks of a whole file; node 20 reports one only when no test in it did.
 * @returns {{ outcome: Result["outcome"], detail?: string } | undefined}
 */
function readResult(line, isFile) {
  if (line.skip !== undefined && line.skip !== false) {
    return {
      outcome: "skipped",
      detail: typeof line.skip === "string" && line.skip !== "" ? line.skip : "no reason given",
    };
  }
  if (line.todo !== undefined && line.todo !== false) return { outcome: "skipped", detail: `todo: ${line.todo}` };
  const detail = line.detail ?? "";
  if (line.event === "fail") {
    const byChildren = line.type === "suite" && line.failureType === "subtestsFailed";
    return byChildren ? undefined : { outcome: "failed", detail };
  }
  if (isFile) return { outcome: "failed", detail: "It holds no test" };
  return line.type === "suite" ? undefined : { outcome: "passed" };
}
