// Part of `npm run version`: gives each package's deno.json the version that changesets wrote into its package.json.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/run.mjs";
import { libraries } from "./lib/workspaces.mjs";

for (const { dir, manifest } of libraries()) {
  const file = join(root, dir, "deno.json");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/("version":\s*)"[^"]*"/, `$1"${manifest.version}"`));
}
