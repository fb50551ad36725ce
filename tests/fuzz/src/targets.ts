import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Every target, by the name of its file. */
export const targetNames: readonly string[] = readdirSync(join(import.meta.dirname, "targets"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -".ts".length))
  .sort();
