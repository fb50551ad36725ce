import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bin, root, run } from "../lib/run.mjs";
import type { Snippet } from "./extract.ts";

/** The folder for the snippets: inside the repository, so that they find its node_modules. */
const folder = join(root, ".tmp", "snippets");

const extensions: Readonly<Record<string, string>> = { ts: "ts", typescript: "ts", js: "js", javascript: "js" };

/** Returns whether a snippet is TypeScript or JavaScript. */
export function isCode({ language }: Snippet): boolean {
  return extensions[language] !== undefined;
}

/** Returns the file that a snippet is written to, below {@link folder}. */
function pathOf({ file, line, language }: Snippet): string {
  return `${file}.${line}.${extensions[language] ?? language}`;
}

/** Writes every snippet. Empty lines precede it, so that line numbers match those of its Markdown file. */
export function writeSnippets(snippets: readonly Snippet[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    moduleDetection: "force",
  };
  const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["**/*.ts", "**/*.js"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "package.json"), `{ "type": "module", "private": true }`);
  for (const snippet of snippets) {
    const path = join(folder, pathOf(snippet));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "\n".repeat(snippet.line) + snippet.code);
  }
}

/**
 * Type-checks the written snippets.
 *
 * @returns the compiler's errors, each line with the name and line of the Markdown file; empty if there are none
 */
export async function checkTypes(): Promise<readonly string[]> {
  const { code, output } = await run(bin("tsc"), ["-p", ".", "--pretty", "false"], { cwd: folder });
  if (code === 0) return [];
  return output
    .trim()
    .split("\n")
    .map((line) => line.replace(/^(.+\.md)\.\d+\.(?:ts|js)\((\d+),(\d+)\)/, "$1:$2:$3"));
}

/**
 * Runs a written snippet in an empty folder.
 *
 * @returns its output and its exit status
 */
export async function runSnippet(snippet: Snippet, cwd: string): Promise<{ code: number; output: string }> {
  const path = join(folder, pathOf(snippet));
  const env = { PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}` };
  const options = { cwd, env, timeoutMs: 60_000 };
  if (!isCode(snippet)) return run("bash", ["-euo", "pipefail", path], options);
  return run(process.execPath, ["--import", import.meta.resolve("tsx"), path], options);
}
