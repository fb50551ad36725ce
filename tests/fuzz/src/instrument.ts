import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { createInstrumenter } from "istanbul-lib-instrument";

/** The global variable with the counters of instrumented code. */
export const coverageVariable = "__scpkitFuzzCoverage__";

/**
 * Resolves the packages to their sources instead of the built code, so that no build is needed and findings show source
 * lines.
 */
const fromSources: Plugin = {
  name: "sources",
  setup({ onResolve }) {
    onResolve({ filter: /^@scpkit\// }, ({ path }) => {
      const [, name = "", entry = "index"] = path.split("/");
      return { path: join(root, "packages", name, "src", `${entry}.ts`) };
    });
  },
};

const root = join(import.meta.dirname, "..", "..", "..");

/**
 * Bundles a TypeScript module with everything that it imports from this repository. If requested, instruments every
 * statement, function and branch.
 *
 * @param name of the file that is written into `folder`
 * @returns the URL of the bundle, for an import
 */
export async function bundle(entry: string, folder: string, name: string, instrumented: boolean): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    // Dependencies that are CommonJS require node's own modules.
    banner: {
      js: 'import { createRequire as __require } from "node:module"; const require = __require(import.meta.url);',
    },
    plugins: [fromSources],
    logLevel: "silent",
  });
  let code = outputFiles[0]?.text ?? "";
  if (instrumented) {
    const instrumenter = createInstrumenter({ esModules: true, coverageVariable, compact: true });
    code = instrumenter.instrumentSync(code, `${name}.mjs`);
  }
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, code);
  return pathToFileURL(file);
}
