// Checks of what would go to the registry.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bin, root, run } from "../lib/run.mjs";
import { libraries, publishable } from "../lib/workspaces.mjs";
import { commandResult, mapLimit, peerMissing } from "./result.mjs";

/** @typedef {import("./result.mjs").Result} Result */
/** @typedef {import("./result.mjs").Context} Context */

/**
 * Every publishable package through publint and Are The Types Wrong.
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
export async function checkPackages({ env, logFile }) {
  const results = await mapLimit(publishable(), 2, async ({ dir, manifest }) => {
    const options = { cwd: join(root, dir), env: { ...env, NO_COLOR: "1" }, timeoutMs: 5 * 60_000, logFile };
    const publint = await run(bin("publint"), ["--strict"], options);
    const attw = await run(bin("attw"), ["--pack", ".", "--profile", "esm-only", "--no-emoji"], options);
    return [commandResult(`publint ${manifest.name}`, publint), commandResult(`attw ${manifest.name}`, attw)];
  });
  return results.flat();
}

/**
 * Every library as JSR would take it: its types, and the public ones without inference.
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
export async function checkJsr({ env, logFile }) {
  if (!existsSync(bin("deno"))) return [{ name: "deno publish", outcome: "skipped", detail: `${peerMissing} deno` }];
  return mapLimit(libraries(), 2, async ({ dir, manifest }) => {
    const options = { cwd: join(root, dir), env: { ...env, NO_COLOR: "1" }, timeoutMs: 5 * 60_000, logFile };
    const publish = await run(bin("deno"), ["publish", "--dry-run", "--allow-dirty"], options);
    return commandResult(`deno publish ${manifest.name}`, publish);
  });
}

/**
 * Every package whose changes are not released yet is named in a changeset, and changesets name nothing else.
 *
 * Not `changeset status`: it compares with a branch, which a clean clone need not have.
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
export async function checkChangesets({ env, logFile }) {
  const planned = new Set(readdirSync(join(root, ".changeset")).filter(isChangeset).flatMap(readChangeset));
  const packages = publishable();
  const unknown = [...planned].filter((name) => !packages.some(({ manifest }) => manifest.name === name));
  const unplanned = packages.filter(({ manifest }) => !planned.has(manifest.name));
  const changed = await mapLimit(unplanned, 1, async ({ dir, manifest }) => {
    const changelog = `${dir}/CHANGELOG.md`;
    const isReleased = existsSync(join(root, changelog)) && read(changelog).includes(`\n## ${manifest.version}\n`);
    if (!isReleased) return [manifest.name];
    const released = await run("git", ["log", "-1", "--format=%H", "--", changelog], { env, logFile });
    const commit = /^[0-9a-f]{40}$/m.exec(released.output)?.[0] ?? "HEAD";
    const shipped = ["src", "bin", "package.json"].map((path) => `${dir}/${path}`);
    const diff = await run("git", ["diff", "--quiet", commit, "--", ...shipped], { env, logFile });
    return diff.code === 0 ? [] : [manifest.name];
  });
  const problems = [
    ...changed
      .flat()
      .map((name) => `${name} has changes that are neither released nor in a changeset; run npx changeset`),
    ...unknown.map((name) => `A changeset names ${name}, but there is no such package`),
  ];
  const name = "a changeset for every unreleased change";
  if (problems.length === 0) return [{ name, outcome: "passed" }];
  return [{ name, outcome: "failed", detail: problems.join("\n") }];
}

/** @param {string} path */
function read(path) {
  return readFileSync(join(root, path), "utf8");
}

/** @param {string} file */
function isChangeset(file) {
  return file.endsWith(".md") && file !== "README.md";
}

/**
 * The packages a changeset releases.
 * @param {string} file
 * @returns {string[]}
 */
function readChangeset(file) {
  const header = /^---\n([\s\S]*?)\n---\n/.exec(read(`.changeset/${file}`))?.[1] ?? "";
  return [...header.matchAll(/^["']?([^"':]+)["']?:\s*(?:major|minor|patch)\s*$/gm)].map((match) => match[1] ?? "");
}
