// `npm test`: installs, builds, checks and tests, continues after a failing step, and ends with the line
// `N passed, N failed, N skipped`. With `CI=true` it runs every step. Uses only Node's built-in modules, because it
// starts before anything is installed.
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { chooseSteps } from "./gate/choose-steps.mjs";
import { endStragglers, markName, tempEntries } from "./gate/leftovers.mjs";
import { failMissingPeers, formatStep, formatSummary, seconds } from "./gate/report.mjs";
import { steps } from "./gate/steps.mjs";
import { endRunning, root } from "./lib/run.mjs";

/** @typedef {import("./gate/result.mjs").Result} Result */
/** @typedef {import("./gate/report.mjs").StepReport} StepReport */

const usage = `Usage: npm test -- [options]
Without options, runs the steps of the sets always, quick and default.
  --quick       runs the steps of the sets always and quick; installs no peers
  --only NAMES  runs only these steps, comma-separated, after install and build
  --ci          runs all steps; a missing peer is a failure (the same as CI=true)
  --list        lists the steps with their set
`;

/** @returns {{ chosen: typeof steps, ci: boolean }} */
function readOptions() {
  /** @type {import("node:util").ParseArgsConfig["options"]} */
  const options = {
    quick: { type: "boolean" },
    only: { type: "string", multiple: true },
    ci: { type: "boolean" },
    list: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  };
  const values = /** @type {{ quick?: boolean, only?: string[], ci?: boolean, list?: boolean, help?: boolean }} */ (
    parseArgs({ options }).values
  );
  if (values.help) end(usage);
  if (values.list) {
    end(`${steps.map(({ name, when, title }) => `${name.padEnd(10)} ${when.padEnd(8)} ${title}`).join("\n")}\n`);
  }
  const only = (values.only ?? []).flatMap((names) => names.split(","));
  const ci = values.ci === true || process.env.CI === "true";
  return { chosen: chooseSteps(steps, { only, quick: values.quick === true, ci }), ci };
}

/** @param {string} text */
function end(text) {
  process.stdout.write(text);
  process.exit(0);
}

/**
 * Runs one step and looks at what it left behind.
 * @param {import("./gate/steps.mjs").Step} step
 * @param {import("./gate/result.mjs").Context} context
 * @param {string} mark
 * @returns {Promise<Result[]>}
 */
async function runStep(step, context, mark) {
  const before = new Set(tempEntries(context.tempDir));
  /** @type {Result[]} */
  let results;
  try {
    results = await step.run(context);
  } catch (error) {
    results = [
      {
        name: step.name,
        outcome: "failed",
        detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
      },
    ];
  }
  if (results.length === 0) results = [{ name: step.name, outcome: "failed", detail: "Nothing ran" }];
  const stragglers = (await endStragglers(mark)).map(({ pid, command }) => `process ${pid}: ${command}`);
  const entries = tempEntries(context.tempDir).filter((name) => !before.has(name));
  const left = [...stragglers, ...entries.map((name) => `temporary entry ${name}`)];
  if (left.length > 0) results.push({ name: "left behind", outcome: "failed", detail: left.join("\n") });
  return context.ci ? failMissingPeers(results) : results;
}

async function main() {
  const { chosen, ci } = readOptions();
  const mark = randomUUID();
  const logs = join(root, ".tmp", "gate");
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const tempDir = mkdtempSync(join(tmpdir(), "scpkit-gate-"));
  // As the system's own: tests act as other users too.
  chmodSync(tempDir, 0o1777);
  const remove = () => rmSync(tempDir, { recursive: true, force: true });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.on(signal, () => {
      endRunning();
      remove();
      process.exit(130);
    });
  }
  console.log(`The gate on Node ${process.versions.node}, ${process.platform} ${process.arch}${ci ? ", CI" : ""}`);
  const env = { TMPDIR: tempDir, [markName]: mark, FORCE_COLOR: undefined, NODE_TEST_CONTEXT: undefined };
  /** @type {StepReport[]} */
  const reports = [];
  /** @type {Map<string, string>} */
  const skipReasons = new Map();
  for (const step of chosen) {
    console.log(`...... ${step.name}: ${step.title}`);
    const logFile = join(logs, `${step.name}.log`);
    const started = performance.now();
    const elapsed = () => performance.now() - started;
    const pulse = setInterval(() => console.log(`       ${step.name} still running (${seconds(elapsed())})`), 60_000);
    /** @type {string[]} */
    const figures = [];
    const results = await runStep(step, { ci, tempDir, env, logFile, figures, skipReasons }, mark);
    clearInterval(pulse);
    const report = { name: step.name, title: step.title, results, ms: elapsed(), logFile: relative(root, logFile) };
    reports.push(report);
    console.log(formatStep(report));
    for (const line of figures) console.log(`       ${line}`);
    if (step.isFatal && results.some(({ outcome }) => outcome === "failed")) {
      console.log("Nothing else can run");
      break;
    }
  }
  remove();
  console.log(formatSummary(reports));
  const hasFailure = reports.some(({ results }) => results.some(({ outcome }) => outcome === "failed"));
  process.exitCode = hasFailure ? 1 : 0;
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: the gate needs Node 20.19 or newer`);
  process.exit(1);
}
try {
  await main();
} catch (error) {
  console.error(error instanceof Error && error.message.startsWith("No such step") ? error.message : error);
  process.exit(2);
}
