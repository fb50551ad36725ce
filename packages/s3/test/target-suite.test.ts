import { after, before, beforeEach, describe, it } from "node:test";
import { targetSuite } from "@scpkit/conformance";
import type { S3TargetOptions } from "../src/index.ts";
import { fromMetadata } from "../src/metadata.ts";
import { type Bench, startBench } from "./support/fake-fixture.ts";

const features = { typesClash: true, modes: true, times: true, refusesBadNames: true };

const kinds: Record<string, Partial<S3TargetOptions>> = {
  "a whole bucket": {},
  "small parts below a root": { root: "/users/ada/", partBytes: 16_384, partsInFlight: 3 },
};

for (const [kind, options] of Object.entries(kinds)) {
  describe(`the target suite on ${kind}`, () => {
    let bench: Bench;
    before(async () => {
      bench = await startBench();
    });
    beforeEach(() => {
      bench.fake.objects.clear();
    });
    after(() => bench.close());

    const prefix = options.root === undefined ? "" : "users/ada/";
    const at = (path: readonly string[]) => bench.fake.objects.get(prefix + path.join("/"));
    const create = async () => ({
      target: await bench.target("/", { preserve: true, refuseClashes: true, ...options }),
      at: (path: string, { targetIsDirectory }: { readonly targetIsDirectory: boolean }) =>
        bench.target(path, { preserve: true, refuseClashes: true, targetIsDirectory, ...options }),
      read: (path: readonly string[]) => at(path)?.body,
      list(path: readonly string[]) {
        const folder = prefix + path.map((name) => `${name}/`).join("");
        const below = [...bench.fake.objects.keys()].filter((key) => key.startsWith(folder) && key !== folder);
        return [...new Set(below.map((key) => key.slice(folder.length).replace(/\/.*/, "")))];
      },
      stat(path: readonly string[]) {
        const { mode, times } = fromMetadata((at(path) ?? at([...path, ""]))?.metadata);
        return { mode, mtimeMs: times?.mtimeMs };
      },
      dispose() {
        if (bench.fake.uploads.size > 0) throw new Error("An upload was left behind");
      },
    });
    for (const { name, run } of targetSuite({ create, features })) it(name, run);
  });
}
