import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.mjs";
import { files } from "../lib/workspaces.mjs";
import { phrases } from "./phrases.ts";

const folders = [".changeset", ".github", "apps", "bench", "docs", "examples", "packages", "scripts", "tests"];
const pages = ["AGENTS.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"];
// The list of phrases contains them. Tables of results are generated. Changelogs are history.
const excluded = /^scripts\/prose\/|^bench\/results\/|\/CHANGELOG\.md$/;

const space = "(?: |[ \\t]*\\n[ \\t]*(?:\\*|//|>)?[ \\t]*)";
const patterns = phrases.map(({ phrase, instead }) => ({
  pattern: new RegExp(`(?<![\\w-])(?:${phrase.replaceAll(" ", space)})(?![\\w-])`, "gi"),
  instead,
}));

/** Returns the files that contain prose: pages, and sources with their comments and messages. */
export function proseFiles(): string[] {
  const written = folders.flatMap((folder) => files(folder, /\.(?:md|ts|mjs|yml)$/));
  return [...pages, ...written.filter((file) => !excluded.test(file))].sort();
}

/** Returns a line for each phrase in a file: the place, the phrase, and what to write instead. */
export function findPhrases(file: string): string[] {
  return findPhrasesIn(readFileSync(join(root, file), "utf8"), file);
}

/** Returns a line for each phrase in a text; `file` names it and decides whether it is Markdown. */
export function findPhrasesIn(text: string, file: string): string[] {
  const prose = file.endsWith(".md") ? withoutCode(text) : text;
  return patterns.flatMap(({ pattern, instead }) =>
    [...prose.matchAll(pattern)].map(({ 0: phrase, index }) => {
      const line = text.slice(0, index).split("\n").length;
      return `${file}:${line}: "${phrase.replaceAll(/\s+/g, " ")}"; write ${instead}`;
    }),
  );
}

/** Replaces code in Markdown by characters that no phrase matches. Places stay the same. */
function withoutCode(text: string): string {
  return text.replace(/^[ \t]*```[\s\S]*?\n[ \t]*```|`[^`\n]+`/gm, (code) => code.replaceAll(/[^\n]/g, "_"));
}
