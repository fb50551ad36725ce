// Runs test files on a Node and reads back every single result.
import { join } from "node:path";
import { root } from "../lib/run.mjs";
import { fileTests } from "./file-tests.mjs";
import { linesName } from "./node-reporter.mjs";

/** @typedef {import("./result.mjs").Result} Result */
/** @typedef {import("./node-reporter.mjs").TestLine} TestLine */

/**
 * @typedef {object} NodeRun
 * @property {string} [node] The Node program. Default: the one running this.
 * @property {boolean} native Whether that Node runs TypeScript itself; otherwise tsx loads it.
 * @property {readonly string[]} files Absolute, or from the repository's root.
 * @property {number} [timeoutMs] For one file. Default: 10 minutes.
 */

/**
 * @param {NodeRun} options
 * @param {import("./result.mjs").Context} context
 * @returns {Promise<Result[]>}
 */
export function nodeTests({ node = process.execPath, native, files, timeoutMs = 10 * 60_000 }, context) {
  const flags = [
    ...(native ? [] : ["--import", import.meta.resolve("tsx")]),
    `--test-reporter=${join(root, "scripts", "gate", "node-reporter.mjs")}`,
    "--test-reporter-destination=stderr",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
  ];
  const env = (/** @type {string} */ report) => ({ [linesName]: report });
  return fileTests(
    {
      command: node,
      args: (file) => [...flags, file],
      env,
      read: (text) => readLines(text, context.figures),
      timeoutMs,
    },
    files,
    context,
  );
}

/**
 * Every test gives one result; a suite gives one only when it failed by itself, in a hook. A test that was begun and never
 * ended failed, and so did a file whose runner did not come to its end.
 * @param {string} text
 * @param {string[]} [figures] What the tests report with `t.diagnostic` is added to it.
 * @returns {Result[]}
 */
function readLines(text, figures) {
  /** @type {Result[]} */
  const results = [];
  /** @type {string[]} */
  const path = [];
  /** @type {Map<string, { name: string, count: number }>} */
  const begun = new Map();
  let isEnded = false;
  // A killed process may leave half a line.
  for (const json of text.slice(0, text.lastIndexOf("\n")).split("\n")) {
    /** @type {TestLine} */
    const line = JSON.parse(json);
    if (line.event === "end") {
      isEnded = true;
      continue;
    }
    if (line.event === "figures") {
      figures?.push(line.name);
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
  const detail = "Begun, and the process ended without a result";
  const unfinished = [...begun.values()].filter(({ count }) => count > 0);
  results.push(...unfinished.map(({ name }) => /** @type {Result} */ ({ name, outcome: "failed", detail })));
  if (!isEnded && unfinished.length === 0) {
    results.push({ name: "the file itself", outcome: "failed", detail: "The process ended before its tests did" });
  }
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
