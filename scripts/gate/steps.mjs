// The steps of the gate, in the order they run.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensurePeers } from "../lib/peers.mjs";
import { ensureBuilt, ensureInstalled, PrepareError, turbo } from "../lib/prepare.mjs";
import { bin, root, run } from "../lib/run.mjs";
import { testFiles } from "../lib/workspaces.mjs";
import { commandTests } from "./command-tests.mjs";
import { fileTests } from "./file-tests.mjs";
import { readJunit } from "./junit.mjs";
import { nodeTests } from "./node-tests.mjs";
import { nodeMajors, otherNodeTests, ownMajor, ownNative } from "./other-nodes.mjs";
import { checkChangesets, checkJsr, checkPackages } from "./package-checks.mjs";
import { portableTests } from "./portable-tests.mjs";
import { commandResult, peerMissing } from "./result.mjs";

/** @typedef {import("./result.mjs").Result} Result */
/** @typedef {import("./result.mjs").Context} Context */

/**
 * @typedef {object} Step
 * @property {string} name What `--only` takes.
 * @property {string} title
 * @property {typeof import("./choose-steps.mjs").stepSets[number]} when The smallest set that includes the step. Steps of
 *   `always` run with `--only`, too. Those of `all` run in CI, or when they are named.
 * @property {boolean} [isFatal] Nothing else can run when it fails.
 * @property {(context: Context) => Promise<Result[]>} run
 */

/**
 * A preparation as one result.
 * @param {string} name
 * @param {() => Promise<unknown>} prepare
 * @returns {Promise<Result[]>}
 */
async function preparation(name, prepare) {
  try {
    await prepare();
    return [{ name, outcome: "passed" }];
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    return [{ name, outcome: "failed", detail: `${error.message}\n${error.output.trim()}` }];
  }
}

/**
 * Installs the peers; each one still missing is a skip of its own.
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
async function installPeers({ logFile }) {
  const missing = await ensurePeers(logFile);
  return [
    { name: "peers", outcome: "passed" },
    ...missing.map(({ name, debian }) => {
      const detail = `${peerMissing} ${name} (Debian package ${debian})`;
      return /** @type {Result} */ ({ name: `peer ${name}`, outcome: "skipped", detail });
    }),
  ];
}

/**
 * Types of every workspace and of the scripts.
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
async function checkTypes({ env, logFile }) {
  const options = { env, timeoutMs: 15 * 60_000, logFile };
  const packages = await turbo(["typecheck"], options);
  const scripts = await run(bin("tsc"), ["--noEmit", "-p", "scripts"], options);
  return [commandResult("types of the workspaces", packages), commandResult("types of the scripts", scripts)];
}

/** The module that makes up for what node:test lacks on Bun and Deno. */
const testPreload = join(root, "scripts", "gate", "test-preload.mjs");

/**
 * Test files on Bun.
 * @param {readonly string[]} files
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
export async function bunTests(files, context) {
  if (!existsSync(bin("bun"))) return [{ name: "bun", outcome: "skipped", detail: `${peerMissing} bun` }];
  // Bun ends a test after 5 seconds unless `--timeout` is given; Node and Deno have no such limit.
  const flags = ["test", "--timeout=120000", "--preload", testPreload, "--reporter=junit"];
  /** @type {(file: string, report: string) => string[]} */
  const args = (file, report) => [...flags, `--reporter-outfile=${report}`, file];
  return fileTests({ command: bin("bun"), args, read: readJunit }, files, context);
}

/**
 * Test files on Deno, which checks their types first, in one go.
 * @param {readonly string[]} files
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
export async function denoTests(files, context) {
  if (!existsSync(bin("deno"))) return [{ name: "deno", outcome: "skipped", detail: `${peerMissing} deno` }];
  const env = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  const options = { env: { ...context.env, ...env }, timeoutMs: 10 * 60_000, logFile: context.logFile };
  const check = files.length === 0 ? [] : [await run(bin("deno"), ["check", ...files], options)];
  const flags = ["test", "-A", "--no-check", `--preload=${testPreload}`];
  /** @type {(file: string, report: string) => string[]} */
  const args = (file, report) => [...flags, `--junit-path=${report}`, file];
  const results = await fileTests({ command: bin("deno"), args, env: () => env, read: readJunit }, files, context);
  return [...check.map((outcome) => commandResult("types as Deno sees them", outcome)), ...results];
}

/**
 * Test files of the scripts themselves, on this Node.
 * @param {...string} files
 * @returns {Step["run"]}
 */
const scriptTests =
  (...files) =>
  (context) =>
    nodeTests({ native: ownNative, files }, context);

/** @type {readonly Step[]} */
export const steps = [
  {
    name: "install",
    title: "dependencies installed",
    when: "always",
    isFatal: true,
    run: ({ logFile }) => preparation("install", () => ensureInstalled({ logFile })),
  },
  { name: "peers", title: "programs the tests talk to", when: "default", run: installPeers },
  {
    name: "build",
    title: "packages built",
    when: "always",
    run: ({ logFile }) => preparation("build", () => ensureBuilt({ logFile })),
  },
  {
    name: "lint",
    title: "format and lint",
    when: "quick",
    run: async ({ env, logFile }) => {
      const args = [
        "check",
        "--error-on-warnings",
        "--colors=off",
        "--reporter=concise",
        "--max-diagnostics=none",
        ".",
      ];
      return [commandResult("biome", await run(bin("biome"), args, { env, timeoutMs: 5 * 60_000, logFile }))];
    },
  },
  { name: "types", title: "types", when: "quick", run: checkTypes },
  {
    name: "topology",
    title: "arrows, exports, manifests, wording",
    when: "default",
    run: scriptTests(
      "scripts/topology/topology.test.ts",
      "scripts/topology/rooms.test.ts",
      "scripts/topology/repository.test.ts",
      "scripts/prose/prose.test.ts",
    ),
  },
  {
    name: "packages",
    title: "publint, attw and JSR",
    when: "default",
    run: async (context) => [...(await checkPackages(context)), ...(await checkJsr(context))],
  },
  { name: "changeset", title: "changesets", when: "default", run: checkChangesets },
  {
    name: "snippets",
    title: "code and links in the documentation",
    when: "default",
    run: scriptTests("scripts/snippets/snippets.test.ts", "scripts/snippets/links.test.ts"),
  },
  { name: "gate", title: "the gate counts right", when: "all", run: scriptTests("scripts/gate/gate.test.ts") },
  {
    name: "node",
    title: `all tests on Node ${process.versions.node}`,
    when: "quick",
    run: async (context) => {
      const all = testFiles("packages/", "apps/", "bench/", "examples/");
      // Those of the web page are part of the step `chromium`.
      const files = all.filter((file) => !file.startsWith("examples/websocket-drop/"));
      const own = await nodeTests({ native: ownNative, files }, context);
      // Interop moves gigabytes.
      const interop = { native: ownNative, files: testFiles("tests/interop/"), timeoutMs: 20 * 60_000 };
      return [...own, ...(await nodeTests(interop, context))];
    },
  },
  {
    name: "fuzz",
    title: "arbitrary bytes, and the same into real scp",
    when: "all",
    run: (context) => nodeTests({ native: ownNative, files: testFiles("tests/fuzz/") }, context),
  },
  {
    name: "load",
    title: "many sessions, long lives, full disks",
    when: "all",
    run: (context) => nodeTests({ native: ownNative, files: testFiles("tests/load/") }, context),
  },
  {
    name: "bench",
    title: "the quick benchmark runs",
    when: "all",
    run: async ({ env, logFile }) => {
      // One round without delay: it shows that the benchmark works, not how fast anything is.
      const options = "--quick --rounds 1 --delay 0 --name local/gate";
      const args = ["scripts/prepare-and-run.mjs", "bench/src/main.ts", ...options.split(" ")];
      const outcome = await run(process.execPath, args, { env, timeoutMs: 5 * 60_000, logFile });
      return [commandResult(`npm run bench -- ${options}`, outcome)];
    },
  },
  ...nodeMajors
    .filter((major) => major !== ownMajor)
    .map((major) => {
      /** @type {Step} */
      const step = {
        name: `node${major}`,
        title: `packages on Node ${major}`,
        when: "all",
        run: (context) => otherNodeTests(major, testFiles("packages/"), context),
      };
      return step;
    }),
  { name: "bun", title: "packages on Bun", when: "all", run: (context) => bunTests(testFiles("packages/"), context) },
  {
    name: "deno",
    title: "packages on Deno",
    when: "all",
    run: (context) => denoTests(testFiles("packages/"), context),
  },
  {
    name: "command",
    title: "the command on the other Nodes, Bun and Deno",
    when: "all",
    run: commandTests,
  },
  {
    name: "chromium",
    title: "portable packages and the websocket example in Chromium",
    when: "all",
    run: async (context) => {
      const example = { native: ownNative, files: testFiles("examples/websocket-drop/") };
      return [...(await portableTests("chromium", context)), ...(await nodeTests(example, context))];
    },
  },
  {
    name: "workerd",
    title: "portable packages in workerd",
    when: "all",
    run: (context) => portableTests("workerd", context),
  },
  {
    name: "docs",
    title: "reference",
    when: "all",
    run: async ({ env, logFile }) => {
      const options = { env, timeoutMs: 10 * 60_000, logFile };
      return [commandResult("typedoc", await run(bin("typedoc"), ["--treatWarningsAsErrors"], options))];
    },
  },
  {
    name: "runtimes",
    title: "packed tarballs consumed",
    when: "all",
    run: (context) => nodeTests({ native: ownNative, files: testFiles("tests/runtimes/") }, context),
  },
];
