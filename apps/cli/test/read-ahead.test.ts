import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScpEntries, ScpEntry } from "@scpkit/source";
import type { TreeTotal } from "../src/copy/count-tree.ts";
import { readAhead } from "../src/copy/read-ahead.ts";

const context = { path: "", signal: new AbortController().signal };

function file(name: string): ScpEntry {
  return { type: "file", name, mode: 0o644, size: 10, open: () => new Uint8Array(10) };
}

/** A tree that counts how many of its entries were read, and which directories are open. */
function makeTree(perDirectory: number) {
  const seen = { read: 0, listed: new Map<string, number>(), open: 0 };
  async function* list(name: string, entries: readonly ScpEntry[]): AsyncGenerator<ScpEntry> {
    seen.listed.set(name, (seen.listed.get(name) ?? 0) + 1);
    seen.open += 1;
    try {
      for (const entry of entries) {
        seen.read += 1;
        await Promise.resolve();
        yield entry;
      }
    } finally {
      seen.open -= 1;
    }
  }
  const directory = (name: string, entries: readonly ScpEntry[]): ScpEntry => ({
    type: "directory",
    name,
    mode: 0o755,
    entries: () => list(name, entries),
  });
  const files = (prefix: string): ScpEntry[] =>
    Array.from({ length: perDirectory }, (_, index) => file(`${prefix}${index}`));
  const tree = list("", [
    file("first"),
    directory("a", [...files("a"), directory("deep", files("deep"))]),
    directory("b", files("b")),
    file("last"),
  ]);
  return { tree, seen };
}

async function namesOf(entries: ScpEntries): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of entries) {
    names.push(String(entry.name));
    if (entry.type === "directory") names.push(...(await namesOf(entry.entries(context))));
  }
  return names;
}

const never = new AbortController().signal;

describe("readAhead", () => {
  for (const most of [1, 3, 1000]) {
    it(`gives the same entries in the same order, each directory listed once, ${most} ahead`, async () => {
      const counts: TreeTotal[] = [];
      const { tree, seen } = makeTree(50);
      const names = await namesOf(readAhead(tree, { signal: never, onCount: (count) => counts.push(count), most }));
      assert.deepEqual(names, await namesOf(makeTree(50).tree));
      assert.deepEqual([...seen.listed.values()], [1, 1, 1, 1]);
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(counts.at(-1), { files: 152, bytes: 1520, complete: true });
      assert.equal(seen.open, 0);
    });
  }

  it("counts everything before the first entry is taken, if it may", async () => {
    const { tree } = makeTree(50);
    const total = await new Promise<TreeTotal>((resolve) => {
      readAhead(tree, { signal: never, onCount: (count) => count.complete && resolve(count) });
    });
    assert.equal(total.files, 152);
  });

  it("reads no further ahead than it may", async () => {
    const { tree, seen } = makeTree(1000);
    const entries = readAhead(tree, { signal: never, onCount: () => {}, most: 10 });
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(seen.read <= 11, `${seen.read}`);
    assert.equal((await namesOf(entries)).length, 3005);
  });

  it("reports a listing that fails where it fails, and lets go when the sender stops", async () => {
    const failing: ScpEntry = {
      type: "directory",
      name: "d",
      mode: 0o755,
      async *entries() {
        yield file("one");
        throw new Error("unreadable");
      },
    };
    const found: ScpEntry[] = [];
    for await (const entry of readAhead([failing, file("after")], { signal: never, onCount: () => {} }))
      found.push(entry);
    const [first] = found;
    assert.ok(first?.type === "directory" && found.length === 2);
    const names: string[] = [];
    await assert.rejects(async () => {
      for await (const entry of first.entries(context)) names.push(String(entry.name));
    }, /unreadable/);
    assert.deepEqual(names, ["one"]);
    const { tree, seen } = makeTree(50);
    const abort = new AbortController();
    for await (const _ of readAhead(tree, { signal: abort.signal, onCount: () => {}, most: 2 })) break;
    abort.abort();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(seen.open, 0);
  });
});
