import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScpEntry, ScpFileEntry } from "@scpkit/source";
import type { ScpSourceFixture, ScpSourceNode } from "../src/suites/source-fixture.ts";
import { sourceSuite } from "../src/suites/source-suite.ts";

const allFeatures = { modes: true, times: true };

/** The entry of a node, straight from memory. */
function entryOf(name: string, node: ScpSourceNode): ScpEntry {
  const times = node.mtimeMs === undefined ? undefined : { mtimeMs: node.mtimeMs, atimeMs: node.mtimeMs };
  if (node.type === "file") {
    const { bytes, mode = 0o644 } = node;
    return { type: "file", name, mode, size: bytes.byteLength, times, open: () => bytes };
  }
  const children = Object.entries(node.children).map(([child, of]) => entryOf(child, of));
  return { type: "directory", name, mode: node.mode ?? 0o755, times, entries: () => children };
}

/** Makes fixtures in memory; `change` may break every entry. */
function create(change: (entry: ScpEntry) => ScpEntry = (entry) => entry) {
  const deeply = (entry: ScpEntry): ScpEntry => {
    const changed = change(entry);
    if (changed.type !== "directory") return changed;
    return {
      ...changed,
      async *entries(context) {
        for await (const child of changed.entries(context)) yield deeply(child);
      },
    };
  };
  return (name: string, node: ScpSourceNode): ScpSourceFixture => ({
    entries: [deeply(entryOf(name, node))],
    missing: [{ type: "failed", name: "none", error: new Error("No such file or directory") }],
  });
}

describe("the source suite on entries in memory", () => {
  for (const { name, run } of sourceSuite({ create: create(), features: allFeatures })) it(name, run);
});

function withFiles(change: (entry: ScpFileEntry) => ScpFileEntry): (entry: ScpEntry) => ScpEntry {
  return (entry) => (entry.type === "file" ? change(entry) : entry);
}

const defects: Record<string, { change: (entry: ScpEntry) => ScpEntry; noticedBy: string }> = {
  "announces a wrong size": {
    change: withFiles((entry) => ({ ...entry, size: entry.size + 1 })),
    noticedBy: "a file is one entry, under its own name",
  },
  "loses the last byte": {
    change: withFiles((entry) => ({
      ...entry,
      async open(context) {
        const body = await entry.open(context);
        return body instanceof Uint8Array ? body.subarray(0, -1) : body;
      },
    })),
    noticedBy: "bodies of any size arrive whole",
  },
  "decodes names twice": {
    change: (entry) => ({ ...entry, name: String(entry.name).replace("%20", " ") }),
    noticedBy: "names are given as they are",
  },
  "lists one page only": {
    change: (entry) =>
      entry.type !== "directory"
        ? entry
        : {
            ...entry,
            async *entries(context) {
              let listed = 0;
              for await (const child of entry.entries(context)) if (++listed <= 100) yield child;
            },
          },
    noticedBy: "a directory of many is listed whole",
  },
  "forgets times": {
    change: (entry) => (entry.type === "failed" ? entry : { ...entry, times: undefined }),
    noticedBy: "files and directories have their times",
  },
  "forgets modes of directories": {
    change: (entry) => (entry.type === "directory" ? { ...entry, mode: 0o755 } : entry),
    noticedBy: "directories have their modes",
  },
};

describe("the source suite notices a source that", () => {
  for (const [name, { change, noticedBy }] of Object.entries(defects)) {
    it(name, async () => {
      const cases = sourceSuite({ create: create(change), features: allFeatures });
      const noticing = cases.find((candidate) => candidate.name === noticedBy);
      assert.ok(noticing, `no case is called ${noticedBy}`);
      await assert.rejects(noticing.run(), Error);
    });
  }
});

describe("sourceSuite", () => {
  it("leaves out the cases of features that a source does not have", () => {
    const few = sourceSuite({ create: create(), features: { directories: false, missing: false } });
    assert.deepEqual(
      few.map(({ name }) => name),
      ["a file is one entry, under its own name", "a body may be left early"],
    );
  });

  it("disposes of the fixture when a case fails", async () => {
    let disposed = 0;
    const dispose = () => {
      disposed += 1;
    };
    const [first] = sourceSuite({ create: () => ({ entries: [], dispose }) });
    await assert.rejects(async () => first?.run(), /There is no entry/);
    assert.equal(disposed, 1);
  });
});
