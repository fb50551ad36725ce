import { after, before, beforeEach, describe, it } from "node:test";
import { type ScpSourceNode, sourceSuite } from "@scpkit/conformance";
import { walkS3 } from "../src/index.ts";
import { toMetadata } from "../src/metadata.ts";
import { type Bench, startBench } from "./support/fake-fixture.ts";

for (const root of ["", "users/ada"]) {
  describe(`the source suite on ${root === "" ? "a whole bucket" : "a root, in small pages"}`, () => {
    let bench: Bench;
    before(async () => {
      bench = await startBench();
      if (root !== "") bench.fake.pageSize = 20;
    });
    beforeEach(() => {
      bench.fake.objects.clear();
    });
    after(() => bench.close());

    const put = (key: string, node: ScpSourceNode): void => {
      const times = node.mtimeMs === undefined ? undefined : { mtimeMs: node.mtimeMs, atimeMs: node.mtimeMs };
      const mode = node.mode ?? (node.type === "file" ? 0o644 : 0o755);
      const about = { metadata: toMetadata(node.type, mode, times), contentType: undefined, modified: new Date() };
      if (node.type === "file") bench.fake.objects.set(key, { body: node.bytes, ...about });
      else {
        bench.fake.objects.set(`${key}/`, { body: new Uint8Array(), ...about });
        for (const [name, child] of Object.entries(node.children)) put(`${key}/${name}`, child);
      }
    };
    const create = (name: string, node: ScpSourceNode) => {
      put(root === "" ? name : `${root}/${name}`, node);
      const options = { ...bench.location, root, recursive: true };
      return { entries: walkS3(name, options), missing: walkS3("none", options) };
    };
    for (const { name, run } of sourceSuite({ create, features: { modes: true, times: true } })) it(name, run);
  });
}
