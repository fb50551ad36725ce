import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { prepareFixture, randomFile, smallFiles, sourceTree, sparseFile } from "../src/environment/fixtures.ts";
import { inventoryProblem, takeInventory } from "../src/environment/inventory.ts";

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-bench-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Not `cpSync`, which keeps the times of files only. */
function copyWithTimes(from: string, to: string): void {
  execFileSync("cp", ["-rp", from, to]);
}

describe("inventoryProblem", () => {
  it("finds nothing wrong with a copy", async (t) => {
    const folder = temporary(t);
    const { path, inventory } = await prepareFixture(join(folder, "source"), smallFiles(12, 3));
    copyWithTimes(path, join(folder, "copy"));
    assert.deepEqual([inventory.files, inventory.directories, inventory.bytes], [12, 3, 12 * 1024]);
    assert.equal(inventoryProblem(inventory, takeInventory(join(folder, "copy")), true), undefined);
  });

  it("notices what is missing, short, too much, or has another mode or time", async (t) => {
    const folder = temporary(t);
    const { path, inventory } = await prepareFixture(join(folder, "source"), smallFiles(4, 2));
    const problemAfter = (change: (copy: string) => void, preserved: boolean): string | undefined => {
      const copy = join(folder, "copy");
      copyWithTimes(path, copy);
      change(copy);
      const problem = inventoryProblem(inventory, takeInventory(copy), preserved);
      rmSync(copy, { recursive: true });
      return problem;
    };
    const file = (copy: string): string => join(copy, "directory-0/file-0000.txt");
    assert.match(problemAfter((copy) => rmSync(file(copy)), false) ?? "", /^3 files arrived instead of 4$/);
    assert.match(problemAfter((copy) => truncateSync(file(copy), 1023), false) ?? "", /^4095 bytes/);
    assert.match(
      problemAfter((copy) => cpSync(join(copy, "directory-0"), join(copy, "x"), { recursive: true }), false) ?? "",
      /^6 files/,
    );
    assert.match(
      problemAfter((copy) => chmodSync(file(copy), 0o600), true) ?? "",
      /^1 modes or times differ.*file-0000/,
    );
    assert.match(problemAfter((copy) => utimesSync(file(copy), 1, 1), true) ?? "", /^1 modes or times differ/);
    assert.equal(
      problemAfter((copy) => utimesSync(file(copy), 1, 1), false),
      undefined,
    );
  });
});

describe("fixtures", () => {
  it("makes the same random file every time", async (t) => {
    const folder = temporary(t);
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => prepareFixture(join(folder, name), randomFile(1024 * 1024 + 5))),
    );
    assert.equal(one?.inventory.bytes, 1024 * 1024 + 5);
    assert.equal(one?.sha256, two?.sha256);
  });

  it("makes a file of zeros of any length", async (t) => {
    const fixture = await prepareFixture(join(temporary(t), "zeros"), sparseFile(3_000_000));
    assert.deepEqual([fixture.shape, fixture.inventory.bytes], ["file", 3_000_000]);
  });

  it("copies a source tree without links, version control and large files, up to a number of files", async (t) => {
    const folder = temporary(t);
    const root = join(folder, "root");
    smallFiles(6, 2)(root);
    smallFiles(2, 1)(join(root, ".git"));
    symlinkSync("directory-0", join(root, "link"));
    writeFileSync(join(root, "large"), Buffer.alloc(5 * 1024 * 1024));
    const whole = await prepareFixture(join(folder, "whole"), sourceTree(root, 100));
    assert.deepEqual([whole.shape, whole.inventory.files, whole.inventory.bytes], ["tree", 6, 6 * 1024]);
    const part = await prepareFixture(join(folder, "part"), sourceTree(root, 4));
    assert.equal(part.inventory.files, 4);
  });
});
