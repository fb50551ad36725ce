import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = new URL("../page/", import.meta.url);

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Bundles the page's script and reads the rest; the keys are the paths of URLs. */
export async function buildPage(): Promise<ReadonlyMap<string, PageFile>> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", folder))],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    minify: true,
    write: false,
  });
  return new Map([
    ["/", { type: "text/html; charset=utf-8", body: await readFile(new URL("index.html", folder)) }],
    ["/style.css", { type: "text/css; charset=utf-8", body: await readFile(new URL("style.css", folder)) }],
    ["/icon.svg", { type: "image/svg+xml", body: await readFile(new URL("icon.svg", folder)) }],
    ["/main.js", { type: "text/javascript; charset=utf-8", body: outputFiles[0]?.contents ?? "" }],
  ]);
}
