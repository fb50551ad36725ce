// `npm run prose:exempt`: writes the list of files that may still contain phrases of `phrases.ts`. The list only shrinks.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPhrases, proseFiles } from "./find-phrases.ts";

const path = join(fileURLToPath(import.meta.url), "..", "exempt.txt");

/** Reads the files that are exempt for now. */
export function readExempt(): string[] {
  return readFileSync(path, "utf8").split("\n").filter(Boolean);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const known = new Set(proseFiles());
  const remaining = readExempt().filter((file) => known.has(file) && findPhrases(file).length > 0);
  writeFileSync(path, remaining.map((file) => `${file}\n`).join(""));
}
