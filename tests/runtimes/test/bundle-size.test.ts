import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The largest sizes in bytes, minified and gzipped, with everything that the imports need. */
const budgets: readonly { readonly maxBytes: number; readonly names: readonly string[]; readonly from: string }[] = [
  { maxBytes: 500, names: ["encodeReply"], from: "@scpkit/codec" },
  { maxBytes: 5_200, names: ["ScpRecordDecoder", "encodeRecord"], from: "@scpkit/codec" },
  { maxBytes: 10_500, names: ["receiveEntries"], from: "@scpkit/sink" },
  { maxBytes: 9_800, names: ["sendEntries"], from: "@scpkit/source" },
];

/** Bundles a module that exports `names` and returns its size in bytes, gzipped. */
async function gzippedSize(names: readonly string[], from: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${names.join(", ")} } from ${JSON.stringify(from)};`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    format: "esm",
    logLevel: "warning",
    minify: true,
    platform: "browser",
    target: "es2023",
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

describe("the built packages, in a bundle with what it imports", () => {
  for (const { maxBytes, names, from } of budgets) {
    it(`${names.join(" and ")} of ${from}: at most ${maxBytes / 1000} kB gzipped (1 kB = 1000 bytes)`, async (t) => {
      const size = await gzippedSize(names, from);
      t.diagnostic(`${names.join(" and ")}: ${size} of ${maxBytes} bytes gzipped`);
      assert.ok(size <= maxBytes, `${size} bytes are more than ${maxBytes}`);
    });
  }
});
