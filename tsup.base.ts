import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Options } from "tsup";
import ts from "typescript";

/** What every package's build shares: ESM only, types beside the code, nothing bundled from node_modules. */
export function library(entry: string[]): Options {
  return {
    entry,
    format: ["esm"],
    target: "es2023",
    platform: "neutral",
    sourcemap: true,
    clean: true,
    treeshake: true,
    onSuccess: async () => writeDeclarations("src", "dist"),
  };
}

/**
 * Writes a declaration file for each source file, without type-checking: `isolatedDeclarations` makes every file enough
 * for its own. tsup's `dts` bundles them through a type check of the package, which takes most of the time of a build.
 *
 * @throws when a file does not hold to `isolatedDeclarations`
 */
function writeDeclarations(sources: string, output: string): void {
  for (const file of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(join(sources, file), "utf8"), {
      compilerOptions: { isolatedDeclarations: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
      fileName: file,
      reportDiagnostics: true,
    });
    const [problem] = diagnostics;
    if (problem !== undefined)
      throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`);
    const target = join(output, file.replace(/\.ts$/, ".d.ts"));
    mkdirSync(dirname(target), { recursive: true });
    // Relative imports name the source; beside a declaration file they name the module.
    writeFileSync(target, outputText.replace(/(\bfrom |\bimport\()"(\.{1,2}\/[^"\n]+)\.ts"/g, '$1"$2.js"'));
  }
}
