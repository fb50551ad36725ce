import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { root } from "../../../scripts/lib/run.mjs";
import type { TestResult } from "./shims/node-test.ts";

const shims = new URL("shims/", import.meta.url);

/** A test file as modules for a runtime without Node; paths are from the repository's root. */
export interface TestBundle {
  /** The test file. */
  readonly file: string;
  /** Exports `runTests`. */
  readonly entry: string;
  /** Further modules that the test imports by name while it runs. */
  readonly copies: ReadonlyMap<string, string>;
}

/** The result of a test file that could not be loaded. */
export function unloaded(error: unknown): readonly TestResult[] {
  return [{ name: "the file itself", outcome: "failed", detail: String(error) }];
}

/** Bundles a test file with the code it tests. */
export async function bundleTest(file: string): Promise<TestBundle> {
  const text = readFileSync(join(root, file), "utf8");
  const entry = await bundle({
    contents: `import ${JSON.stringify(`./${file}`)};\nexport { runTests } from "node:test";`,
    resolveDir: root,
    loader: "ts",
  });
  const copies = new Map<string, string>();
  // A second copy of a module: `import("../src/errors.ts?copy")`, computed where it stands, so that no bundler follows it.
  for (const [, specifier = ""] of text.matchAll(/"(\.\.\/src\/[\w-]+\.ts\?copy)"/g)) {
    const path = join(file, "..", specifier);
    const source = path.replace("?copy", "");
    copies.set(path, await bundle({ contents: `export * from "./${source}";`, resolveDir: root, loader: "ts" }));
  }
  return { file, entry, copies };
}

async function bundle(stdin: { contents: string; resolveDir: string; loader: "ts" }): Promise<string> {
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    keepNames: true,
    // The packages say that their files do nothing when loaded, which is not so for tests.
    ignoreAnnotations: true,
    write: false,
    logLevel: "warning",
    plugins: [withoutNode],
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * Shims for node:test and node:assert. Every other module of Node is there and empty-handed: it finds no program and no file, so that a
 * test that needs one skips itself, as on a machine that lacks it.
 */
const withoutNode: Plugin = {
  name: "without-node",
  setup(setup) {
    setup.onResolve({ filter: /^node:/ }, ({ path }) => {
      if (path === "node:test") return { path: fileURLToPath(new URL("node-test.ts", shims)) };
      return { path, namespace: "without-node" };
    });
    setup.onLoad({ filter: /.*/, namespace: "without-node" }, async ({ path }) => {
      if (path === "node:assert/strict") {
        return { contents: `export { assert as default } from "./assert.ts";`, resolveDir: fileURLToPath(shims) };
      }
      return { contents: await emptyHanded(path) };
    });
  },
};

async function emptyHanded(module: string): Promise<string> {
  const names = Object.keys(await import(module)).filter((name) => /^[a-zA-Z]+$/.test(name) && name !== "default");
  const exported = names.map((name) => {
    if (name === "spawnSync") return "export const spawnSync = () => ({ status: null });";
    return `export const ${name} = () => { throw new Error("${module} has no ${name} here"); };`;
  });
  // Stray rejections, for which tests ask Node's process, are noticed by the shim of node:test.
  if (module === "node:process") return "export default { env: {}, on() {}, off() {} };";
  return exported.join("\n");
}
