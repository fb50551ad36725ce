import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ScpEntries } from "@scpkit/source";
import { type WalkOptions, walk } from "../src/index.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { bodyOf, codeOf, context, onlyDirectory, textOf } from "./support/transfer.ts";

/** Stores what a walk gives while it is given, as a sink on this machine does. Returns what failed. */
async function storeWhileWalking(entries: ScpEntries, target: string, prefix = "", depth = 0): Promise<string[]> {
  const failed: string[] = [];
  assert.ok(depth < 30, "The copy has no end");
  try {
    for await (const entry of entries) {
      const path = join(target, textOf(entry));
      if (entry.type === "failed") failed.push(`${prefix}${textOf(entry)}: ${codeOf(entry.error)}`);
      else if (entry.type === "file") writeFileSync(path, await bodyOf(entry));
      else {
        mkdirSync(path, { recursive: true });
        const below = `${prefix}${textOf(entry)}/`;
        failed.push(...(await storeWhileWalking(entry.entries(context), path, below, depth + 1)));
      }
    }
  } catch (error) {
    failed.push(`${prefix}: ${codeOf(error)}`);
  }
  return failed;
}

function makeTree(tree: string): void {
  for (const folder of ["a", "sub/deep", "z"]) {
    mkdirSync(join(tree, folder), { recursive: true });
    for (const name of ["one", "two"]) writeFileSync(join(tree, folder, name), `${folder}/${name}`);
  }
}

describe("a tree that is stored inside itself", () => {
  for (const blocking of [false, true]) {
    const options: WalkOptions = { recursive: true, blocking };
    const words = blocking ? ", blocking" : "";

    it(`ends at its copy${words}`, async (t) => {
      for (const into of ["", "sub", "sub/deep"]) {
        const tree = join(temporaryFolder(t), "tree");
        makeTree(tree);
        const failed = await storeWhileWalking(walk(tree, options), join(tree, into));
        // Where the directory was listed before anything was stored in it, the copy is not met at all.
        assert.ok(failed.length <= 1, failed.join());
        for (const failure of failed) assert.match(failure, /: own-copy$/);
        for (const file of ["a/one", "z/one", "sub/deep/two"]) {
          assert.ok(existsSync(join(tree, into, "tree", file)), file);
        }
      }
    });

    it(`ends also where an earlier copy is in the way, and under a new name${words}`, async (t) => {
      const tree = join(temporaryFolder(t), "tree");
      makeTree(tree);
      for (let round = 0; round < 3; round += 1) {
        const failed = await storeWhileWalking(walk(tree, options), tree);
        assert.match(failed.join(), /: own-copy$/);
      }
      const { entries } = await onlyDirectory(walk(tree, options));
      mkdirSync(join(tree, "new"));
      assert.match((await storeWhileWalking(entries(context), join(tree, "new"))).join(), /new\/: own-copy$/);
    });

    it(`ends through a symbolic link${words}`, async (t) => {
      const folder = temporaryFolder(t);
      const tree = join(folder, "tree");
      makeTree(tree);
      mkdirSync(join(folder, "elsewhere"));
      symlinkSync("../elsewhere", join(tree, "link"));
      assert.match((await storeWhileWalking(walk(tree, options), join(tree, "link"))).join(), /: own-copy$/);
    });
  }

  it("is not seen in a tree that holds its own path from the beginning, nor in one that grows elsewhere", async (t) => {
    const folder = temporaryFolder(t);
    const tree = join(folder, "a");
    mkdirSync(join(tree, "a/a/a/a"), { recursive: true });
    writeFileSync(join(tree, "a/a/file"), "x");
    const entries = (async function* () {
      for await (const entry of walk(tree, { recursive: true })) {
        mkdirSync(join(tree, "born/later"), { recursive: true });
        yield entry;
      }
    })();
    mkdirSync(join(folder, "target"));
    assert.deepEqual(await storeWhileWalking(entries, join(folder, "target")), []);
    assert.deepEqual(readdirSync(join(folder, "target/a")).sort(), ["a", "born"]);
  });
});
