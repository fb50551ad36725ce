// Runs the short test of the command on every runtime. The test itself runs on this Node.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bin } from "../lib/run.mjs";
import { nodeTests } from "./node-tests.mjs";
import { findNode, nodeMajors, ownMajor, ownNative } from "./other-nodes.mjs";
import { mapLimit, peerMissing } from "./result.mjs";

/** @typedef {import("./result.mjs").Result} Result */
/** @typedef {import("./result.mjs").Context} Context */

const file = "apps/cli/test/every-runtime.test.ts";

/** @type {readonly { name: string, find: (context: Context) => Promise<readonly string[] | { problem: string }> }[]} */
const runtimes = [
  ...nodeMajors
    .filter((major) => major !== ownMajor)
    .map((major) => ({
      name: `Node ${major}`,
      find: async (/** @type {Context} */ context) => {
        const found = await findNode(major, context);
        return "problem" in found ? found : [found.program];
      },
    })),
  { name: "Bun", find: async () => installed("bun") },
  { name: "Deno", find: async () => installed("deno", "run", "-A") },
];

/**
 * @param {string} name
 * @param {...string} argv
 */
function installed(name, ...argv) {
  return existsSync(bin(name)) ? [bin(name), ...argv] : { problem: `${peerMissing} ${name}` };
}

/**
 * The short test of the command on every runtime but this Node, whose turn comes with all other tests.
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
export async function commandTests(context) {
  // The tests mostly wait for each other's processes.
  const results = await mapLimit(runtimes, 3, async ({ name, find }) => {
    const words = await find(context);
    if ("problem" in words) return [/** @type {Result} */ ({ name, outcome: "skipped", detail: words.problem })];
    const env = { ...context.env, SCPKIT_TEST_RUNTIME: JSON.stringify(words), DENO_NO_UPDATE_CHECK: "1" };
    const tempDir = mkdtempSync(join(context.tempDir, "gate-command-"));
    const found = await nodeTests({ native: ownNative, files: [file] }, { ...context, env, tempDir });
    rmSync(tempDir, { recursive: true });
    return found.map((result) => ({ ...result, name: `${name} > ${result.name}` }));
  });
  return results.flat();
}
