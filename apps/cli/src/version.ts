import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
const manifest: unknown = JSON.parse(text);

/** The version of this package. */
export const version: string =
  typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";

/** Returns the name and the version of the runtime: `Node.js v24.1.0`, `Bun 1.4.5` or `Deno 2.9.6`. */
export function runtime(): string {
  const { bun, deno } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node.js ${process.version}` : `Deno ${deno}`;
}
