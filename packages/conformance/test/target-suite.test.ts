import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScpTarget } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { type ScpTargetFixture, targetSuite } from "../src/suites/target-suite.ts";

const allFeatures = { typesClash: true, modes: true, times: true, refusesBadNames: true };

/** A fixture on a memory target; `wrap` may break the target. */
function fixture(wrap: (target: ScpTarget) => ScpTarget = (target) => target): ScpTargetFixture {
  const memory = createMemoryTarget();
  const at = (path: readonly string[]) => memory.entries.get(path.join("/"));
  return {
    target: wrap(memory),
    at: async (path, options) => wrap(await memory.at(path, options)),
    read: (path) => (at(path)?.type === "file" ? at(path)?.bytes : undefined),
    list(path) {
      const prefix = path.length === 0 ? "" : `${path.join("/")}/`;
      const names = [...memory.entries.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length));
      return names.filter((name) => !name.includes("/"));
    },
    stat: (path) => ({ mode: at(path)?.mode, mtimeMs: at(path)?.times?.mtimeMs }),
  };
}

describe("the target suite on the memory target", () => {
  for (const { name, run } of targetSuite({ create: () => fixture(), features: { modes: true, times: true } })) {
    it(name, run);
  }
});

/** Wraps every file's stream of a target. */
function withStreams(change: (writable: WritableStream<Uint8Array>, size: number) => WritableStream<Uint8Array>) {
  const wrap = (target: ScpTarget): ScpTarget => ({
    ...target,
    file: async (entry, context) => change(await target.file(entry, context), entry.size),
    directory: async (entry, context) => {
      assert.ok(target.directory);
      return wrap(await target.directory(entry, context));
    },
  });
  return wrap;
}

const defects: Record<string, { wrap: (target: ScpTarget) => ScpTarget; noticedBy: string }> = {
  "commits on abort": {
    wrap: withStreams((writable) => {
      const writer = writable.getWriter();
      return new WritableStream({
        write: (chunk) => writer.write(chunk),
        close: () => writer.close(),
        abort: () => writer.close(),
      });
    }),
    noticedBy: "abort() leaves nothing",
  },
  "does not commit before close() has settled": {
    wrap: withStreams((writable) => {
      const writer = writable.getWriter();
      return new WritableStream({
        write: (chunk) => writer.write(chunk),
        close: () => void setTimeout(() => writer.close(), 20),
        abort: (reason) => writer.abort(reason),
      });
    }),
    noticedBy: "a file holds what was written once close() has settled",
  },
  "commits with the last byte": {
    wrap: withStreams((writable, size) => {
      const writer = writable.getWriter();
      let left = size;
      return new WritableStream({
        async write(chunk) {
          await writer.write(chunk);
          left -= chunk.byteLength;
          if (left === 0) await writer.close();
        },
        async close() {
          if (size === 0) await writer.close();
        },
        abort: (reason) => writer.abort(reason).catch(() => {}),
      });
    }),
    noticedBy: "before close() no file is visible under its name",
  },
  "drops small chunks": {
    wrap: withStreams((writable) => {
      const writer = writable.getWriter();
      return new WritableStream({
        write: (chunk) => (chunk.byteLength === 7 ? undefined : writer.write(chunk)),
        close: () => writer.close(),
        abort: (reason) => writer.abort(reason),
      });
    }),
    noticedBy: "small and large chunks keep their order",
  },
  "forgets modes": {
    wrap: (target) => ({ ...target, file: (entry, context) => target.file({ ...entry, mode: 0o644 }, context) }),
    noticedBy: "files keep their modes",
  },
  "forgets times": {
    wrap: (target) => ({ ...target, file: (entry, context) => target.file({ ...entry, times: undefined }, context) }),
    noticedBy: "files keep their times",
  },
  "takes any name": { wrap: (target) => target, noticedBy: "bad names are refused" },
  "lets types clash": {
    wrap: (target) => target,
    noticedBy: "a directory is not replaced by a file, nor a file by a directory",
  },
  "loses the destination": {
    wrap: ({ destination: _, ...target }) => target,
    noticedBy: "a path that is missing: a file is stored as the path, whatever its name",
  },
  "stores what a wrapper renamed under the old name": {
    wrap: (target) => ({
      ...target,
      file(entry, context) {
        const { name = entry.name } = target.destination ?? {};
        return target.file({ ...entry, name }, { ...context, path: name.text });
      },
    }),
    noticedBy: "a file that is renamed by a wrapper is stored under the new name",
  },
  "refuses odd names": {
    wrap: (target) => ({
      ...target,
      file(entry, context) {
        if (entry.name.text.startsWith("-")) throw new Error("Not an option");
        return target.file(entry, context);
      },
    }),
    noticedBy: "names are kept as they are",
  },
};

describe("the target suite notices a target that", () => {
  for (const [name, { wrap, noticedBy }] of Object.entries(defects)) {
    it(name, async () => {
      const cases = targetSuite({ create: () => fixture(wrap), features: allFeatures });
      const noticing = cases.find((candidate) => candidate.name === noticedBy);
      assert.ok(noticing, `no case is called ${noticedBy}`);
      await assert.rejects(noticing.run(), Error);
    });
  }
});

describe("targetSuite", () => {
  it("leaves out the cases of features that a target does not have", () => {
    const few = targetSuite({ create: () => fixture(), features: { directories: false, overwrite: false } });
    assert.ok(few.length > 5);
    assert.ok(few.every(({ name }) => !name.includes("director") && !name.includes("replaced")));
  });

  it("disposes of the fixture when a case fails", async () => {
    let disposed = 0;
    const [first] = targetSuite({
      create: () => ({
        ...fixture(),
        read: () => undefined,
        dispose() {
          disposed += 1;
        },
      }),
    });
    await assert.rejects(async () => first?.run(), /does not exist/);
    assert.equal(disposed, 1);
  });
});
