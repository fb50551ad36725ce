// The other Node releases that the packages are tested on, from the npm package of this platform, in npm's own cache.
import { npm } from "../lib/prepare.mjs";
import { nodeTests } from "./node-tests.mjs";
import { peerMissing } from "./result.mjs";

/** Node majors the packages support. */
export const nodeMajors = [20, 22, 24, 26];

/** The major of the Node running this. */
export const ownMajor = Number(process.versions.node.split(".")[0]);

/** Whether the Node running this takes TypeScript as it is. */
export const ownNative = Boolean(/** @type {{ typescript?: unknown }} */ (process.features).typescript);

/**
 * The npm package that carries the binary of a Node release for this platform. The package `node` itself only fetches
 * that package in an install script, which npm does not run.
 * @param {number} major
 */
function nodePackage(major) {
  return `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}@${major}`;
}

/**
 * Finds the program of another Node release, and installs it where it is missing.
 * @param {number} major
 * @param {import("./result.mjs").Context} context
 * @returns {Promise<{ program: string, native: boolean } | { problem: string }>} `problem` says why there is none.
 */
export async function findNode(major, context) {
  if (major === ownMajor) return { program: process.execPath, native: ownNative };
  const print =
    'node -p "[process.execPath, Boolean(process.features.typescript), process.version].join(String.fromCharCode(9))"';
  const args = ["exec", "--yes", "--prefer-offline", `--package=${nodePackage(major)}`, "-c", print];
  const outcome = await npm(args, { env: context.env, timeoutMs: 10 * 60_000, logFile: context.logFile });
  const found = /^(.+)\t(true|false)\tv(\d+)\..*$/m.exec(outcome.output);
  if (outcome.code !== 0 || found === null || Number(found[3]) !== major) {
    return { problem: `${peerMissing} node@${major}\n${outcome.output.trim().slice(-2_000)}` };
  }
  return { program: found[1] ?? "", native: found[2] === "true" };
}

/**
 * Runs test files on another Node.
 * @param {number} major
 * @param {readonly string[]} files
 * @param {import("./result.mjs").Context} context
 * @returns {Promise<import("./result.mjs").Result[]>}
 */
export async function otherNodeTests(major, files, context) {
  const found = await findNode(major, context);
  if ("problem" in found) return [{ name: `node ${major}`, outcome: "skipped", detail: found.problem }];
  return nodeTests({ node: found.program, native: found.native, files }, context);
}
