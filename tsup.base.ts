import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
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
 * for its own. tsup's `dts` bundles them through a type check of the package, which takes half of the time of a build.
 *
 * A program is made, without what the files import, since `transpileDeclaration` does not know the global symbols and declares
 * `[Symbol.hasInstance]` twice.
 *
 * @throws when a file does not hold to `isolatedDeclarations`
 */
function writeDeclarations(sources: string, output: string): void {
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const program = ts.createProgram(
    files.map((file) => join(sources, file)),
    {
      isolatedDeclarations: true,
      declaration: true,
      emitDeclarationOnly: true,
      noCheck: true,
      noResolve: true,
      allowImportingTsExtensions: true,
      rootDir: sources,
      outDir: output,
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts"],
      module: ts.ModuleKind.NodeNext,
      types: [],
    },
  );
  const { diagnostics } = program.emit(undefined, (file, text) => {
    mkdirSync(dirname(file), { recursive: true });
    // Relative imports name the source; beside a declaration file they name the module.
    writeFileSync(file, text.replace(/(\bfrom |\bimport\()"(\.{1,2}\/[^"\n]+)\.ts"/g, '$1"$2.js"'));
  });
  const [problem] = diagnostics;
  if (problem !== undefined) {
    const text = ts.flattenDiagnosticMessageText(problem.messageText, "\n");
    throw new Error(`${problem.file?.fileName}: ${text}`);
  }
}
