import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm } from "../../../scripts/lib/prepare.mjs";
import { root } from "../../../scripts/lib/run.mjs";
import { libraries, publishable } from "../../../scripts/lib/workspaces.mjs";

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

/** Packs every publishable package and installs the tarballs, with what they need from the registry. */
export async function createConsumer(): Promise<ConsumerProject> {
  const dir = mkdtempSync(join(tmpdir(), "scpkit-runtimes-"));
  const tarballs = join(dir, "tarballs");
  mkdirSync(tarballs);
  const chosen = publishable().flatMap(({ dir: workspace }) => ["--workspace", workspace]);
  const packed = await npm(["pack", "--pack-destination", tarballs, ...chosen], { cwd: root });
  if (packed.code !== 0) throw new Error(`npm pack failed\n${packed.output}`);
  const dependencies = publishable().map(({ manifest }) => {
    const tarball = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
    return [manifest.name, `file:tarballs/${tarball}`];
  });
  // Declarations of the packages that use Node speak of Node's types, which a TypeScript project on Node has.
  const types = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies["@types/node"];
  dependencies.push(["@types/node", types]);
  const manifest = { private: true, type: "module", dependencies: Object.fromEntries(dependencies) };
  writeFileSync(join(dir, "package.json"), JSON.stringify(manifest, null, 2));
  writeFileSync(join(dir, "entry-points.json"), JSON.stringify(entryPoints()));
  // Deno then takes node_modules as npm left it.
  writeFileSync(join(dir, "deno.json"), `{ "nodeModulesDir": "manual" }`);
  cpSync(join(root, "tests", "runtimes", "consumer"), dir, { recursive: true });
  // Install scripts only build ssh2's optional addon.
  const flags = ["--ignore-scripts", "--no-fund", "--no-audit", "--prefer-offline", "--no-package-lock"];
  const installed = await npm(["install", ...flags], { cwd: dir });
  if (installed.code !== 0) throw new Error(`npm install of the tarballs failed\n${installed.output}`);
  return { dir, entryPoints: entryPoints(), remove: () => rmSync(dir, { recursive: true, force: true }) };
}
