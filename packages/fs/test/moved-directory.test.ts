import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFsTarget, walk } from "../src/index.ts";
import { type Cleanup, temporaryFolder } from "./support/temporary-folder.ts";
import { enter, flatten, openWriter, store } from "./support/transfer.ts";

/** A root with `incoming/d` and `public`, and what moves the one into the other. */
function makeRoot(t: Cleanup): { readonly root: string; move(): void } {
  const root = join(temporaryFolder(t), "root");
  mkdirSync(join(root, "incoming/d"), { recursive: true });
  mkdirSync(join(root, "public"));
  return { root, move: () => renameSync(join(root, "incoming/d"), join(root, "public/d")) };
}

/** Either the path is gone, or another directory is there. */
const moved = /No such file or directory|moved, replaced or removed/;

for (const replaced of [false, true]) {
  const title = replaced ? ", also when another one takes its place" : "";

  test(`a file whose directory is moved during the transfer is not stored where nobody decided about it${title}`, async (t) => {
    const { root, move } = makeRoot(t);
    const target = await createFsTarget("incoming/d/evil.sh", { root });
    const writer = await openWriter(target, "evil.sh", { size: 3 });
    move();
    if (replaced) mkdirSync(join(root, "incoming/d"));
    await assert.rejects(async () => {
      await writer.write(Buffer.from("abc"));
      await writer.close();
    }, moved);
    assert.deepEqual(readdirSync(join(root, "public/d")), []);
  });

  test(`nothing more is stored in a directory that was moved during the transfer${title}`, async (t) => {
    const { root, move } = makeRoot(t);
    const target = await createFsTarget("incoming", { root });
    const directory = await enter(target, "d");
    move();
    if (replaced) mkdirSync(join(root, "incoming/d"));
    await assert.rejects(store(directory, "evil.sh", "abc"), moved);
    await assert.rejects(enter(directory, "sub"), moved);
    assert.deepEqual(readdirSync(join(root, "public/d")), []);
  });
}

test("a directory whose path is longer than the kernel reports is filled", async (t) => {
  const { root } = makeRoot(t);
  const name = "n".repeat(200);
  try {
    let target = await createFsTarget("", { root });
    for (let depth = 0; depth < 30; depth += 1) target = await enter(target, name);
    await store(target, "file", "abc");
    const found = Object.entries(await flatten(walk("", { root, recursive: true, contents: true })));
    assert.equal(found.length, 3 + 30 + 1);
    assert.equal(found.find(([path]) => path === `${`${name}/`.repeat(30)}file`)?.[1], "abc");
  } finally {
    // Node.js removes no path of this length.
    execFileSync("rm", ["-rf", root]);
  }
});
