// What the gate prints.
import { peerMissing } from "./result.mjs";

/** @typedef {import("./result.mjs").Result} Result */
/** @typedef {{ name: string, title: string, results: Result[], ms: number, logFile: string }} StepReport */

const shownLines = 40;

/** Lines that do not help the reader: frames inside Node, and npm's account of a script that failed. */
const noise = /^\s+at .*\(?node:internal\/|npm (?:error|warn) |^Check (?:file:|packages\/)/;

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * @param {readonly Result[]} results
 * @param {Result["outcome"]} outcome
 */
export function count(results, outcome) {
  return results.filter((result) => result.outcome === outcome).length;
}

/**
 * The line that everything ends with.
 * @param {readonly Result[]} results
 */
export function countLine(results) {
  return `${count(results, "passed")} passed, ${count(results, "failed")} failed, ${count(results, "skipped")} skipped`;
}

/**
 * In CI every peer is there, or the gate has not tested what it says it tests.
 * @param {readonly Result[]} results
 * @returns {Result[]}
 */
export function failMissingPeers(results) {
  return results.map((result) => {
    const isPeer = result.outcome === "skipped" && result.detail?.startsWith(peerMissing) === true;
    return isPeer ? { ...result, outcome: "failed" } : result;
  });
}

/** @param {Result} result */
function heading({ name, file }) {
  return file === undefined ? name : `${file}: ${name}`;
}

/**
 * @param {Result} result
 * @returns {string}
 */
export function formatFailure(result) {
  const lines = (result.detail ?? "")
    .trimEnd()
    .split("\n")
    .filter((line) => !noise.test(line));
  // A command's last lines say why it failed; so do a test's first.
  const isCommand = result.detail?.startsWith("Exit status") === true || result.file === undefined;
  const shown = isCommand ? lines.slice(-shownLines) : lines.slice(0, shownLines);
  if (shown.length < lines.length) shown[isCommand ? "unshift" : "push"](`… ${lines.length - shown.length} more lines`);
  return [`  FAILED ${heading(result)}`, ...shown.map((line) => `      ${line}`)].join("\n");
}

/**
 * @param {StepReport} report
 * @returns {string}
 */
export function formatStep({ name, results, ms, logFile }) {
  const failed = results.filter(({ outcome }) => outcome === "failed");
  const lines = [`${failed.length === 0 ? "ok    " : "FAILED"} ${name}: ${countLine(results)} (${seconds(ms)})`];
  if (failed.length > 0) lines.push(...failed.map(formatFailure), `  log: ${logFile}`);
  return lines.join("\n");
}

/**
 * The end of a run: skips by name, failures by name, where the time went, the count.
 * @param {readonly StepReport[]} reports
 * @returns {string}
 */
export function formatSummary(reports) {
  const lines = [""];
  /** @param {Result["outcome"]} outcome */
  const named = (outcome) =>
    reports.flatMap((report) =>
      report.results.flatMap((result) => (result.outcome === outcome ? [{ report, result }] : [])),
    );
  const skipped = named("skipped");
  if (skipped.length > 0) lines.push("Skipped:");
  for (const { report, result } of skipped) {
    lines.push(`  ${report.name} · ${heading(result)}: ${(result.detail ?? "").split("\n")[0]}`);
  }
  const failed = named("failed");
  if (failed.length > 0) lines.push("Failed:");
  for (const { report, result } of failed) lines.push(`  ${report.name} · ${heading(result)}`);
  lines.push("Where the time went:");
  for (const { name, title, ms, results } of reports) {
    lines.push(`  ${seconds(ms).padStart(9)}  ${name.padEnd(10)} ${title}: ${countLine(results)}`);
  }
  lines.push("", countLine(reports.flatMap(({ results }) => results)));
  return lines.join("\n");
}
