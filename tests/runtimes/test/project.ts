import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm } from "../../../scripts/lib/prepare.mjs";
import { root } from "../../../scripts/lib/run.mjs";
import { libraries, publishable } from "../../../scripts/lib/workspaces.mjs";

/** The compilers that must accept the declarations, by the name under which the project has them. */
export const compilers: Readonly<Record<string, string>> = {
  "typescript-5": "5.9.3",
  "typescript-6": "6.0.3",
  "typescript-7": "7.0.2",
};

/** A project that depends on the packed packages and on nothing of this repository. */
export interface ConsumerProject {
  readonly dir: string;
  /** Every entry point with code: `@scpkit/sink`, `@scpkit/sink/memory`. */
  readonly entryPoints: readonly string[];
  remove(): void;
}

/** The entry points with code of the libraries. */
export function entryPoints(): readonly string[] {
  return libraries().flatMap(({ manifest }) => {
    const code = Object.entries(manifest.exports ?? {}).filter(([, target]) => typeof target !== "string");
    return code.map(([entry]) => `${manifest.name}${entry.slice(1)}`);
  });
}

/** Packs every publishable package and returns the folder of the tarballs. */
export async function packAll(): Promise<string> {
  const tarballs = mkdtempSync(join(tmpdir(), "scpkit-tarballs-"));
  const chosen = publishable().flatMap(({ dir }) => ["--workspace", dir]);
  const packed = await npm(["pack", "--pack-destination", tarballs, ...chosen], { cwd: root });
  if (packed.code !== 0) throw new Error(`npm pack failed\n${packed.output}`);
  return tarballs;
}

/**
 * Installs the tarballs in a project of their own, with what they need from the registry.
 *
 * @param layout npm's `--install-strategy`: with `linked` a package finds only what it depends on, as with pnpm
 */
export async function createConsumer(tarballs: string, layout: "hoisted" | "linked"): Promise<ConsumerProject> {
  const dir = mkdtempSync(join(tmpdir(), "scpkit-runtimes-"));
  cpSync(tarballs, join(dir, "tarballs"), { recursive: true });
  const dependencies = publishable().map(({ manifest }) => {
    const tarball = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
    return [manifest.name, `file:tarballs/${tarball}`];
  });
  // Declarations of the packages that use Node speak of Node's types, which a TypeScript project on Node has.
  const types = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies["@types/node"];
  dependencies.push(["@types/node", types]);
  for (const [name, version] of Object.entries(compilers)) dependencies.push([name, `npm:typescript@${version}`]);
  const manifest = { private: true, type: "module", dependencies: Object.fromEntries(dependencies) };
  writeFileSync(join(dir, "package.json"), JSON.stringify(manifest, null, 2));
  writeFileSync(join(dir, "entry-points.json"), JSON.stringify(entryPoints()));
  // Deno then takes node_modules as npm left it.
  writeFileSync(join(dir, "deno.json"), `{ "nodeModulesDir": "manual" }`);
  cpSync(join(root, "tests", "runtimes", "consumer"), dir, { recursive: true });
  // Install scripts only build ssh2's optional addon.
  const flags = ["--ignore-scripts", "--no-fund", "--no-audit", "--prefer-offline", "--no-package-lock"];
  const installed = await npm(["install", `--install-strategy=${layout}`, ...flags], { cwd: dir });
  if (installed.code !== 0) throw new Error(`npm install of the tarballs failed\n${installed.output}`);
  return { dir, entryPoints: entryPoints(), remove: () => rmSync(dir, { recursive: true, force: true }) };
}
