// What the gate, the demo and the benchmark need before they can start: dependencies installed, packages built.
// Uses node's built-ins only, since it runs before anything is installed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bin, root, run } from "./run.mjs";

/** A preparation that did not work; `output` is what the command printed. */
export class PrepareError extends Error {
  /** @type {string} */
  output;

  /**
   * @param {string} message
   * @param {string} output
   */
  constructor(message, output) {
    super(message);
    this.name = "PrepareError";
    this.output = output;
  }
}

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @property {string} [resolved]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 */

/**
 * The packages a lockfile lists, by their path.
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined} `undefined` when there is no such file.
 */
export function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/** Whether node_modules holds what package-lock.json asks for, platform-specific packages aside. */
function isInstalled() {
  const wanted = readLock(join(root, "package-lock.json"));
  const present = readLock(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/") || entry.optional === true) return true;
    const found = present[path];
    return found !== undefined && found.version === entry.version && existsSync(join(root, path));
  });
}

/**
 * Runs npm, the one that started this process when there was one.
 * @param {readonly string[]} args
 * @param {import("./run.mjs").RunOptions} [options]
 */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  // `npm test --silent` hands its log level down, which would hide why an install failed.
  const env = { ...options?.env, npm_config_loglevel: "warn" };
  if (cli?.endsWith(".js")) return run(process.execPath, [cli, ...args], { ...options, env });
  return run(process.platform === "win32" ? "npm.cmd" : "npm", args, { ...options, env });
}

/**
 * Installs the dependencies unless node_modules already agrees with package-lock.json.
 * @param {import("./run.mjs").RunOptions} [options]
 * @returns {Promise<void>}
 * @throws {PrepareError} when npm fails
 */
export async function ensureInstalled(options) {
  if (isInstalled()) return;
  const command = existsSync(join(root, "package-lock.json")) ? "ci" : "install";
  const { code, output } = await npm([command, "--no-fund", "--no-audit"], options);
  if (code !== 0) throw new PrepareError(`npm ${command} failed with exit status ${code}`, output);
}

/**
 * Builds every package, as far as turbo does not already have it.
 * @param {import("./run.mjs").RunOptions} [options]
 * @returns {Promise<void>}
 * @throws {PrepareError} when a package does not build
 */
export async function ensureBuilt(options) {
  const { code, output } = await turbo(["build"], options);
  if (code !== 0) throw new PrepareError("The build failed", output);
}

/**
 * Runs turbo tasks over all workspaces, two at a time; only failures print their log.
 * @param {readonly string[]} tasks
 * @param {import("./run.mjs").RunOptions} [options]
 */
export function turbo(tasks, options) {
  const env = { ...options?.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  const flags = ["--continue=dependencies-successful", "--output-logs=errors-only", "--concurrency=2", "--no-color"];
  return run(bin("turbo"), ["run", ...tasks, ...flags], { ...options, env });
}

/**
 * Installs and builds, saying so when it takes a while; on failure prints why and ends this process.
 * For programs that are not the gate.
 */
export async function prepare() {
  const note = setTimeout(() => console.error("Installing dependencies and building the packages …"), 1_000);
  try {
    await ensureInstalled();
    await ensureBuilt();
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    console.error(error.output);
    console.error(error.message);
    process.exit(1);
  } finally {
    clearTimeout(note);
  }
}
