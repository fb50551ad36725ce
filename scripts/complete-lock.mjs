// `npm run lock`: rewrites package-lock.json, then adds the platform packages that it lacks. A registry mirror may hold
// the packages of one platform only. npm then leaves out the others, and `npm ci` rejects the lockfile everywhere.
// An added entry has no integrity hash, because the mirror does not know it. npm on another platform installs the exact
// version.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

/**
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 */

const systems = { darwin: "darwin", linux: "linux", win32: "win32", windows: "win32", android: "android" };
const otherSystems = { freebsd: "freebsd", openbsd: "openbsd", netbsd: "netbsd", openharmony: "openharmony" };
const processors = { arm64: "arm64", aarch64: "arm64", x64: "x64", 64: "x64", arm: "arm", ia32: "ia32" };
const otherProcessors = { loong64: "loong64", ppc64: "ppc64", riscv64: "riscv64", s390x: "s390x" };
const libraries = { musl: "musl", musleabihf: "musl", gnu: "glibc", gnueabihf: "glibc", glibc: "glibc" };

/**
 * The first part of a name that a table knows.
 * @param {readonly string[]} parts
 * @param {Record<string, string>} table
 */
function find(parts, table) {
  return parts.map((part) => table[part]).find((value) => value !== undefined);
}

/**
 * The platform that a package is for, from its name: `@rollup/rollup-linux-x64-musl`.
 * @param {string} name
 * @returns {Pick<Entry, "os" | "cpu" | "libc">}
 * @throws {Error} when the name contains no platform
 */
export function platformOf(name) {
  const parts = name.split(/[/-]/);
  const os = find(parts, { ...systems, ...otherSystems });
  const cpu = find(parts, { ...processors, ...otherProcessors });
  const libc = find(parts, libraries);
  if (os === undefined || cpu === undefined)
    throw new Error(`${name} is not a platform package: install it, then run npm run lock again`);
  return { os: [os], cpu: [cpu], ...(libc === undefined || os !== "linux" ? {} : { libc: [libc] }) };
}

/**
 * Whether a package in the tree finds a dependency, in its own node_modules or further up.
 * @param {Record<string, Entry>} packages
 * @param {string} from
 * @param {string} name
 * @returns {boolean}
 */
function isFound(packages, from, name) {
  const path = from === "" ? `node_modules/${name}` : `${from}/node_modules/${name}`;
  if (packages[path] !== undefined) return true;
  return from !== "" && isFound(packages, from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/"))), name);
}

/**
 * The entries missing from a lockfile.
 * @param {Record<string, Entry>} packages
 * @returns {Record<string, Entry>}
 */
export function missingPlatforms(packages) {
  /** @type {Record<string, Entry>} */
  const missing = {};
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isFound(packages, path, name)) continue;
      const flags = { ...(dev === undefined ? {} : { dev }), optional: true };
      missing[`node_modules/${name}`] = { version, ...flags, ...platformOf(name) };
    }
  }
  return missing;
}

/**
 * The lockfile's text with the missing entries in it, in npm's order.
 * @param {string} text
 */
export function completeLock(text) {
  const lock = JSON.parse(text);
  const all = Object.entries({ ...lock.packages, ...missingPlatforms(lock.packages) });
  all.sort(([a], [b]) => a.localeCompare(b, "en"));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(all) }, null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const { code, output } = await npm(["install", "--package-lock-only", "--no-fund", "--no-audit"]);
  if (code !== 0) {
    console.error(output);
    process.exit(1);
  }
  const file = join(root, "package-lock.json");
  writeFileSync(file, completeLock(readFileSync(file, "utf8")));
}
