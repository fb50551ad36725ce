import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Options } from "tsup";
import ts from "typescript";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

const moduleOutput: Options = {
  format: ["esm"],
  target: "es2023",
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
};

/**
 * The build that all libraries share: ES modules only, with one module and one declaration file for each source file, so
 * that a bundler can leave out what a program does not import.
 */
export const library: Options = {
  ...moduleOutput,
  entry: ["src/**/*.ts"],
  platform: "neutral",
  splitting: false,
  esbuildPlugins: [keepImports()],
  onSuccess: async () => writeDeclarations("src", "dist"),
};

/** The build of a program: its modules and those of its development dependencies are bundled. */
export function program(entry: string[]): Options {
  return { ...moduleOutput, entry, platform: "node", treeshake: true };
}

/** Leaves every import as it is, but for the extension of a file of the package. */
function keepImports(): Plugin {
  return {
    name: "keep-imports",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ kind, path }) => {
        if (kind === "entry-point") return undefined;
        return { path: path.replace(/^(\.{1,2}\/.*)\.ts$/, "$1.js"), external: true };
      });
    },
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
