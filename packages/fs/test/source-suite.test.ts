import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type ScpSourceFixture, type ScpSourceNode, sourceSuite } from "@scpkit/conformance";
import { type WalkOptions, walk } from "../src/index.ts";
import { allClosed } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

function put(path: string, node: ScpSourceNode): void {
  if (node.type === "file") writeFileSync(path, node.bytes);
  else {
    mkdirSync(path);
    for (const [name, child] of Object.entries(node.children)) put(join(path, name), child);
  }
  if (node.mode !== undefined) chmodSync(path, node.mode);
  if (node.mtimeMs !== undefined) utimesSync(path, node.mtimeMs / 1000, node.mtimeMs / 1000);
}

const kinds: Record<string, (folder: string) => { readonly prefix: string; readonly options: WalkOptions }> = {
  "the whole file system": (folder) => ({ prefix: `${folder}/`, options: {} }),
  "blocking calls": (folder) => ({ prefix: `${folder}/`, options: { blocking: true } }),
  "a confined directory": (folder) => ({ prefix: "/", options: { root: folder } }),
};

for (const [kind, place] of Object.entries(kinds)) {
  describe(`the source suite on ${kind}`, () => {
    const create = (name: string, node: ScpSourceNode): ScpSourceFixture => {
      let cleanUp = (): void => {};
      const folder = temporaryFolder({
        after(run) {
          cleanUp = run;
        },
      });
      put(join(folder, name), node);
      const { prefix, options } = place(folder);
      return {
        entries: walk(`${prefix}${name}`, { ...options, recursive: true }),
        missing: walk(`${prefix}none`, { ...options, recursive: true }),
        async dispose() {
          await allClosed(folder);
          cleanUp();
        },
      };
    };
    const features = { modes: true, times: true, paths: kind === "a confined directory" };
    for (const { name, run } of sourceSuite({ create, features })) it(name, run);
  });
}
