import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { createName } from "@scpkit/codec";
import { createFsTarget, createShellFiles, removeTemporaryFiles, walk } from "../src/index.ts";
import { CheckedHandle } from "../src/system/checked-handle.ts";
import { locate, maxComponents } from "../src/system/confine.ts";
import { confinedRoot } from "../src/system/confined-root.ts";
import type { DirectoryHandle } from "../src/system/directory-handle.ts";
import { type FileSystem, poolFileSystem } from "../src/system/file-system.ts";
import { allClosed, descriptorsIn } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { codeOf, only, store } from "./support/transfer.ts";

/** A disk that counts its calls. */
function countingDisk(): { readonly disk: FileSystem; readonly calls: Map<string, number> } {
  const calls = new Map<string, number>();
  const entries = Object.entries(poolFileSystem).map(([name, call]) => [
    name,
    (...words: unknown[]) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return call(...words);
    },
  ]);
  return { disk: Object.fromEntries(entries), calls };
}

function makeDeep(root: string, depth: number): string {
  const path = Array.from({ length: depth }, () => "d").join("/");
  mkdirSync(join(root, path), { recursive: true });
  return path;
}

const kinds: Record<string, (disk: FileSystem, root: string) => DirectoryHandle> = {
  "as the platform allows": confinedRoot,
  "by checks": (disk, root) => CheckedHandle.root(disk, root),
};

for (const [kind, rootOf] of Object.entries(kinds)) {
  describe(`a path of many components, confined ${kind}`, () => {
    const paths: Record<string, (depth: number) => string> = {
      down: (depth) => "d/".repeat(depth),
      "down and up": (depth) => "d/".repeat(depth / 2) + "../".repeat(depth / 2),
      "down, then up and down in turn": (depth) => "d/".repeat(depth / 2) + "../d/".repeat(depth / 4),
    };
    for (const [name, pathOf] of Object.entries(paths)) {
      it(`costs a number of calls that grows with their number: ${name}`, async (t) => {
        const root = temporaryFolder(t);
        makeDeep(root, 200);
        const counts: number[] = [];
        for (const depth of [100, 200]) {
          const { disk, calls } = countingDisk();
          const found = await locate(disk, rootOf(disk, root), pathOf(depth));
          assert.ok(found.stats?.isDirectory());
          counts.push([...calls.values()].reduce((sum, count) => sum + count, 0));
        }
        assert.ok((counts[1] ?? 0) <= 2.2 * (counts[0] ?? 0), counts.join(" and "));
        await allClosed(root);
      });
    }

    it("stops at the signal", async (t) => {
      const root = temporaryFolder(t);
      const path = makeDeep(root, 100);
      const abort = new AbortController();
      const { disk } = countingDisk();
      let looked = 0;
      const watched: FileSystem = {
        ...disk,
        lstat(at) {
          looked += 1;
          if (looked === 10) abort.abort(new Error("The client has gone"));
          return disk.lstat(at);
        },
      };
      await assert.rejects(locate(watched, rootOf(watched, root), path, { signal: abort.signal }), /has gone/);
      assert.equal(looked, 10);
      await allClosed(root);
    });
  });
}

test("a path of more components than the limit is refused, whatever they are", async (t) => {
  const root = temporaryFolder(t);
  const deepest = makeDeep(root, maxComponents);
  await createFsTarget(deepest, { root });
  for (const path of [`${deepest}/x`, "./".repeat(maxComponents + 1), "d/../".repeat(maxComponents)]) {
    await assert.rejects(createFsTarget(path, { root }), { code: "too-many-components" });
    const entry = await only(walk(path, { root }));
    assert.equal(entry.type === "failed" && codeOf(entry.error), "too-many-components");
    await assert.rejects(createShellFiles(root).stat(`/${path}/y/z`), { code: "too-many-components" });
  }
  await allClosed(root);
});

test("an aborted signal ends createFsTarget, walk and the shell's files with its reason", async (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, "d/e"), { recursive: true });
  const reason = new Error("The client has gone");
  const signal = AbortSignal.abort(reason);
  const isReason = (error: unknown): boolean => error === reason;
  await assert.rejects(createFsTarget("d/e", { root, signal }), isReason);
  await assert.rejects(only(walk("d/e", { root, signal })), isReason);
  const directory = await only(walk("d", { root, recursive: true }));
  assert.ok(directory.type === "directory");
  await assert.rejects(only(directory.entries({ path: "d", signal })), isReason);
  const files = createShellFiles(root, { signal });
  await assert.rejects(files.stat("/d/e"), isReason);
  await assert.rejects(only(files.list("/d") as AsyncIterable<never>), isReason);
  await assert.rejects(files.remove("/d"), isReason);
  await assert.rejects(files.setMode("/d", 0o700, { recursive: true }), isReason);
  await allClosed(root);
});

test("one file after another into a deep directory does not open the way to it again", async (t) => {
  if (process.platform !== "linux") return t.skip("Only Linux opens directories on the way");
  const root = temporaryFolder(t);
  const path = makeDeep(root, 100);
  const { disk, calls } = countingDisk();
  const { decidePolicy, confinedTarget } = await import("../src/write/fs-target.ts");
  const target = await confinedTarget({ ...decidePolicy({}, true), disk }, root, path, {});
  const opens = async (files: number): Promise<number> => {
    calls.clear();
    for (let index = 0; index < files; index += 1) await store(target, `file-${index}`, "x");
    return calls.get("open") ?? 0;
  };
  assert.ok((await opens(1)) <= 3);
  // The directory and the temporary file; the first of the files is there already, and is looked at.
  assert.ok((await opens(20)) <= 41);
  await allClosed(root);
});

describe("a target in a deep directory, once a file is stored", () => {
  it("holds nothing open", async (t) => {
    const root = temporaryFolder(t);
    const target = await createFsTarget(makeDeep(root, 10), { root });
    for (const name of ["first", "second"]) {
      await store(target, name, "x");
      // Without a wait: nothing is left to a timer.
      assert.equal(descriptorsIn(root) ?? 0, 0);
    }
  });

  it("does not follow a symbolic link that is put in the way to it", async (t) => {
    const root = temporaryFolder(t);
    const outside = temporaryFolder(t);
    const path = makeDeep(root, 10);
    makeDeep(outside, 9);
    const target = await createFsTarget(path, { root });
    await store(target, "first", "x");
    await store(target, "second", "x");
    renameSync(join(root, "d"), join(root, "moved"));
    symlinkSync(outside, join(root, "d"));
    await assert.rejects(store(target, "third", "x"));
    assert.deepEqual(filesIn(outside), []);
    assert.deepEqual(filesIn(root), ["first", "second"]);
  });

  it("stores in the directory that is at its path by then", async (t) => {
    const root = temporaryFolder(t);
    const path = makeDeep(root, 10);
    const target = await createFsTarget(path, { root });
    await store(target, "first", "x");
    renameSync(join(root, "d"), join(root, "moved"));
    makeDeep(root, 10);
    await store(target, "second", "x");
    assert.deepEqual(readdirSync(join(root, path)), ["second"]);
  });
});

/** Names of the files below a folder. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

describe("a tree deeper than paths may be", () => {
  /** As a client of the shell makes one: by moving trees into each other. */
  function makeVeryDeep(root: string): void {
    for (const name of ["a", "b"]) mkdirSync(join(root, name, makeDeep(root, 200)), { recursive: true });
    renameSync(join(root, "a"), join(root, "b", makeDeep(root, 200), "a"));
  }

  it("is not changed below the limit, and nothing stays open", async (t) => {
    const root = temporaryFolder(t);
    makeVeryDeep(root);
    const files = createShellFiles(root);
    await assert.rejects(files.setMode("/b", 0o755, { recursive: true }), { code: "too-many-components" });
    await assert.rejects(files.remove("/b"), { code: "too-many-components" });
    await allClosed(root);
    // In two pieces it can be removed.
    await files.rename(`/b/${makeDeep(root, 200)}/a`, "/a");
    await files.remove("/a");
    await files.remove("/b");
    await allClosed(root);
  });

  it("is swept of temporary files to its end", async (t) => {
    const root = temporaryFolder(t);
    makeVeryDeep(root);
    const name = `.scpkit-${"0".repeat(8)}-0000-0000-0000-${"0".repeat(12)}.tmp`;
    writeFileSync(join(root, "b", makeDeep(root, 200), "a", makeDeep(root, 200), name), "");
    assert.equal((await removeTemporaryFiles(root, { recursive: true, olderThanMs: -1 })).length, 1);
    await allClosed(root);
  });
});

test("a checked place looks at one path each time it is used", async (t) => {
  const root = temporaryFolder(t);
  makeDeep(root, 50);
  const { disk, calls } = countingDisk();
  let place: DirectoryHandle = CheckedHandle.root(disk, root);
  for (let depth = 0; depth < 50; depth += 1) place = place.child(createName("d"));
  await place.hold();
  calls.clear();
  await (await place.hold()).verify();
  assert.deepEqual(Object.fromEntries(calls), { realpath: 2 });
});
