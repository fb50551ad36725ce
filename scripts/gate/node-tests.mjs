// Runs test files with `node --test` and reads back every single result.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
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
  return name.split(" > ").pop() ?? name;
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
  const given = files.map((file) => resolve(root, file));
  /** @type {Map<string, TestLine[]>} */
  const byFile = new Map(given.map((file) => [file, []]));
  for (const line of events) {
    const file = line.file ?? "";
    byFile.set(file, [...(byFile.get(file) ?? []), line]);
  }
  return [...byFile].flatMap(([file, lines]) => {
    const where = file === "" ? {} : { file: relative(root, file) };
    return readFileResults(file, lines).map((result) => ({ ...result, ...where }));
  });
}

/**
 * @param {string} file
 * @param {readonly TestLine[]} lines
 * @returns {Result[]}
 */
function readFileResults(file, lines) {
  /** @type {Result[]} */
  const results = [];
  /** @type {string[]} */
  const path = [];
  /** @type {Map<string, { name: string, count: number }>} */
  const begun = new Map();
  /** @type {TestLine | undefined} */
  let ofFile;
  for (const line of lines) {
    // Node 20 names a file by its whole path, later ones as it was given.
    if (line.nesting === 0 && resolve(root, line.name) === file) {
      if (line.event === "pass" || line.event === "fail") ofFile = line;
      continue;
    }
    if (line.event === "start") {
      path.length = line.nesting;
      path[line.nesting] = line.name;
      continue;
    }
    const key = JSON.stringify([line.nesting, line.name, line.line, line.column]);
    const entry = begun.get(key) ?? { name: line.name, count: 0 };
    begun.set(key, entry);
    entry.count += line.event === "enqueue" ? 1 : -1;
    if (line.event === "enqueue") continue;
    const result = readResult(line);
    if (result !== undefined)
      results.push({ name: [...path.slice(0, line.nesting), line.name].join(" > "), ...result });
  }
  // Node speaks of the file itself when it died; node 20 also, as passed, when it holds no test.
  const ended = ofFile?.event === "fail" ? (ofFile.detail ?? "The file failed") : undefined;
  for (const { name, count } of begun.values()) {
    const detail = `Begun, and the process ended without a result\n${ended ?? ""}`;
    if (count > 0) results.push({ name, outcome: "failed", detail });
  }
  const isExplained = results.some(({ outcome }) => outcome === "failed");
  if (ended !== undefined && !isExplained) results.push({ name: "the file itself", outcome: "failed", detail: ended });
  if (results.length === 0) results.push({ name: "the file itself", outcome: "failed", detail: "No test ran" });
  return results;
}

/**
 * @param {TestLine} line
 * @returns {{ outcome: Result["outcome"], detail?: string } | undefined}
 */
function readResult(line) {
  if (line.skip !== undefined && line.skip !== false) {
    return {
      outcome: "skipped",
      detail: typeof line.skip === "string" && line.skip !== "" ? line.skip : "no reason given",
    };
  }
  if (line.todo !== undefined && line.todo !== false) return { outcome: "skipped", detail: `todo: ${line.todo}` };
  if (line.event === "fail") {
    const byChildren = line.type === "suite" && line.failureType === "subtestsFailed";
    return byChildren ? undefined : { outcome: "failed", detail: line.detail ?? "" };
  }
  return line.type === "suite" ? undefined : { outcome: "passed" };
}
