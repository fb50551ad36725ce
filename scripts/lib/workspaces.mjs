// The workspaces of this repository, read from its folders.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/**
 * @typedef {object} Manifest The parts of a package.json that the scripts read.
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string} [license]
 * @property {string} [type]
 * @property {boolean} [sideEffects]
 * @property {Record<string, string>} [engines]
 * @property {string[]} [files]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string | Record<string, string>>} [exports]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/**
 * @typedef {object} Workspace
 * @property {string} dir Path from the repository's root, with forward slashes: `packages/codec`.
 * @property {Manifest} manifest
 */

/**
 * @param {string} dir
 * @returns {Workspace}
 */
function readWorkspace(dir) {
  return { dir, manifest: JSON.parse(readFileSync(join(root, dir, "package.json"), "utf8")) };
}

/**
 * All workspaces, in the order of package.json's `workspaces`, each group sorted.
 * @returns {Workspace[]}
 */
export function workspaces() {
  /** @type {string[]} */
  const patterns = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).workspaces;
  return patterns
    .flatMap((pattern) => {
      if (!pattern.endsWith("/*")) return [pattern];
      const group = pattern.slice(0, -2);
      return readdirSync(join(root, group))
        .sort()
        .map((name) => `${group}/${name}`);
    })
    .filter((dir) => existsSync(join(root, dir, "package.json")))
    .map(readWorkspace);
}

/** The workspaces that go to the registry: every library and the command. */
export function publishable() {
  return workspaces().filter(({ manifest }) => manifest.private !== true);
}

/** The libraries. */
export function libraries() {
  return publishable().filter(({ dir }) => dir.startsWith("packages/"));
}

/**
 * Files below a folder, as sorted paths from the repository's root; none when there is no such folder.
 * @param {string} dir
 * @param {RegExp} pattern Matched against the path.
 * @returns {string[]}
 */
export function files(dir, pattern) {
  if (!existsSync(join(root, dir))) return [];
  return readdirSync(join(root, dir), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${dir}/${entry.name}`;
      if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : files(path, pattern);
      return pattern.test(path) ? [path] : [];
    })
    .sort();
}

/**
 * Test files of the workspaces whose folder starts with one of these.
 * @param {...string} prefixes
 */
export function testFiles(...prefixes) {
  return workspaces()
    .filter(({ dir }) => prefixes.some((prefix) => `${dir}/`.startsWith(prefix)))
    .flatMap(({ dir }) => files(dir, /\.test\.ts$/));
}
