// What the gate counts: one result per test or check.

/**
 * @typedef {object} Result
 * @property {string} name As the runner names it, suites first: `decoder > refuses an empty name`.
 * @property {"passed" | "failed" | "skipped"} outcome
 * @property {string} [file] Path from the repository's root.
 * @property {string} [detail] Why it failed or was skipped.
 */

/**
 * @typedef {object} Context What every step is given.
 * @property {boolean} ci A missing peer is a failure.
 * @property {string} tempDir The folder that stands for the system's temporary folder while the gate runs.
 * @property {NodeJS.ProcessEnv} env Variables for the commands a step starts.
 * @property {string} logFile What the step's commands print.
 * @property {string[]} [figures] What the step's tests report with `t.diagnostic`; printed after the step.
 * @property {Map<string, string>} skipReasons Reasons by test name, as Node reported them; Bun and Deno drop some.
 */

/** Reasons for skipping that start with this are failures in CI. */
export const peerMissing = "peer missing:";

/**
 * Removes terminal colours.
 * @param {string} text
 */
export function plain(text) {
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}

/**
 * One command, one result: exit status 0 passes.
 * @param {string} name
 * @param {import("../lib/run.mjs").RunOutcome} outcome
 * @returns {Result}
 */
export function commandResult(name, outcome) {
  if (outcome.code === 0) return { name, outcome: "passed" };
  return { name, outcome: "failed", detail: `Exit status ${outcome.code}\n${plain(outcome.output).trim()}` };
}

/**
 * Runs jobs a few at a time and gives their results in the order of the items.
 * @template T, R
 * @param {readonly T[]} items
 * @param {number} limit
 * @param {(item: T) => Promise<R>} job
 * @returns {Promise<R[]>}
 */
export async function mapLimit(items, limit, job) {
  /** @type {R[]} */
  const results = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await job(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
