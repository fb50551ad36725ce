import type { Options } from "tsup";

/**
 * What every package's build shares: ESM only, types beside the code, nothing bundled from node_modules.
 *
 * `ignoreDeprecations` is for tsup 8's type bundler, which sets `baseUrl`; TypeScript 6 refuses that without it.
 */
export function library(entry: string[]): Options {
  return {
    entry,
    format: ["esm"],
    target: "es2023",
    platform: "neutral",
    dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
    sourcemap: true,
    clean: true,
    treeshake: true,
  };
}
