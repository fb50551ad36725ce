// Checks of what would go to the registry.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bin, root, run } from "../lib/run.mjs";
import { publishable } from "../lib/workspaces.mjs";
import { commandResult, mapLimit } from "./result.mjs";

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
 * Changed packages have a changeset, and so has every version that its package's changelog does not know yet.
 * @param {Context} context
 * @returns {Promise<Result[]>}
 */
export async function checkChangesets({ env, logFile, tempDir }) {
  const name = "a changeset for every unreleased change";
  if (!existsSync(join(root, ".git"))) return [{ name, outcome: "skipped", detail: "not a git checkout" }];
  // changesets takes a path below the working folder.
  const plan = join(tempDir, "gate-changesets.json");
  const options = { env: { ...env, NO_COLOR: "1" }, timeoutMs: 2 * 60_000, logFile };
  const outcome = await run(bin("changeset"), ["status", "--since=HEAD", `--output=${plan}`], options);
  if (outcome.code !== 0) return [commandResult(name, outcome)];
  /** @type {{ name: string }[]} */
  const releases = JSON.parse(readFileSync(plan, "utf8")).releases;
  const missing = publishable().filter(({ dir, manifest }) => {
    if (releases.some((release) => release.name === manifest.name)) return false;
    const changelog = join(root, dir, "CHANGELOG.md");
    return !existsSync(changelog) || !readFileSync(changelog, "utf8").includes(`\n## ${manifest.version}\n`);
  });
  if (missing.length === 0) return [{ name, outcome: "passed" }];
  const names = missing.map(({ manifest }) => manifest.name).join(", ");
  return [{ name, outcome: "failed", detail: `Neither released nor in a changeset: ${names}\nRun npx changeset` }];
}
