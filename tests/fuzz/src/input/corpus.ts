import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromLatin1, toLatin1 } from "./bytes.ts";

const folder = join(import.meta.dirname, "..", "..", "corpus");

/**
 * The stored inputs of a target: `NAME.json` contains inputs that together reach everything reached so far, and
 * `NAME.regressions.json` inputs that once failed. Both are arrays of strings in which each character is one byte.
 */
export type CorpusKind = "corpus" | "regressions";

/** Reads the stored inputs; an empty list if there is no file. */
export function readCorpus(target: string, kind: CorpusKind): Uint8Array[] {
  const file = fileOf(target, kind);
  if (!existsSync(file)) return [];
  const texts: string[] = JSON.parse(readFileSync(file, "utf8"));
  return texts.map(fromLatin1);
}

export function writeCorpus(target: string, kind: CorpusKind, inputs: readonly Uint8Array[]): void {
  const texts = inputs.map((input) => `  ${escapeJson(toLatin1(input))}`);
  writeFileSync(fileOf(target, kind), `[\n${texts.join(",\n")}\n]\n`);
}

/** Returns a JSON string in plain ASCII. */
export function escapeJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\xff]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function fileOf(target: string, kind: CorpusKind): string {
  return join(folder, kind === "corpus" ? `${target}.json` : `${target}.regressions.json`);
}
