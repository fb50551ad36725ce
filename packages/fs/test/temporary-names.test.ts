import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { createFsTarget, createShellFiles, temporaryNamePattern, walk } from "../src/index.ts";
import { allClosed } from "./support/descriptors.ts";
import { type Cleanup, temporaryFolder } from "./support/temporary-folder.ts";
import { all, codeOf, context, enter, flatten, only, onlyDirectory, openWriter, store } from "./support/transfer.ts";

/** A confined root in which alice's upload of `report` waits for its last bytes. */
async function pendingUpload(t: Cleanup) {
  const root = temporaryFolder(t);
  mkdirSync(join(root, "in"));
  const writer = await openWriter(await createFsTarget("in", { root }), "report", { size: 5 });
  await writer.write(new TextEncoder().encode("alice"));
  const [name = ""] = readdirSync(join(root, "in"));
  assert.match(name, temporaryNamePattern);
  return { root, name, path: join(root, "in", name), finish: () => writer.close(), abort: () => writer.abort() };
}

describe("a file that is being received does not exist for other sessions", () => {
  it("when they list, fetch or follow links to it", async (t) => {
    const { root, name, abort } = await pendingUpload(t);
    symlinkSync(name, join(root, "in/link"));
    assert.deepEqual(await flatten(walk("in", { root, recursive: true })), {
      in: "directory",
      "in/link": "failed: ENOENT",
    });
    for (const path of [`in/${name}`, "in/link", `in/${name}/below`]) {
      const entry = await only(walk(path, { root }));
      assert.equal(entry.type === "failed" && codeOf(entry.error), "ENOENT", path);
    }
    await abort();
    await allClosed(root);
  });

  it("in walks without a root neither, below the operand", async (t) => {
    const { root, abort } = await pendingUpload(t);
    const directory = await onlyDirectory(walk(join(root, "in"), { recursive: true }));
    assert.deepEqual(await all(directory.entries(context)), []);
    await abort();
  });

  it("when they store under its name, as a file or a directory, alone or in a directory", async (t) => {
    const { root, name, finish } = await pendingUpload(t);
    const spellings = [name, name.toUpperCase(), name.replace("s", "\u017f"), `\u200c${name}`];
    for (const spelling of spellings) {
      for (const target of [await createFsTarget("in", { root }), await createFsTarget(join(root, "in"))]) {
        await assert.rejects(store(target, spelling, "from bob"), { code: "name-not-storable" });
        await assert.rejects(enter(target, spelling), { code: "name-not-storable" });
      }
      await assert.rejects(createFsTarget(`in/${spelling}`, { root }), { code: "ENOENT" });
    }
    await finish();
    assert.equal(readFileSync(join(root, "in/report"), "utf8"), "alice");
    assert.deepEqual(readdirSync(join(root, "in")), ["report"]);
  });

  it("in the shell: list, stat, rename both ways, remove, chmod, mkdir", async (t) => {
    const { root, name, path, abort } = await pendingUpload(t);
    const files = createShellFiles(root);
    writeFileSync(join(root, "mine"), "from bob");
    const before = statSync(path);
    for await (const entry of files.list("/in")) assert.fail(entry.name.text);
    assert.equal(await files.stat(`/in/${name}`), undefined);
    await assert.rejects(files.rename(`/in/${name}`, "/escaped"), { code: "ENOENT" });
    await assert.rejects(files.rename("/mine", `/in/${name}`), { code: "EPERM" });
    await assert.rejects(files.makeDirectory(`/${name}`), { code: "EPERM" });
    await assert.rejects(files.makeDirectory(`/${name}/below`), { code: "ENOENT" });
    await assert.rejects(files.remove(`/in/${name}`), { code: "ENOENT" });
    await assert.rejects(files.setMode(`/in/${name}`, 0o777, { recursive: false }), { code: "ENOENT" });
    await files.setMode("/in", 0o755, { recursive: true });
    await assert.rejects(files.remove("/in"), { code: "ENOTEMPTY" });
    const after = statSync(path);
    assert.deepEqual([after.ino, after.mode, after.size], [before.ino, before.mode, before.size]);
    await abort();
    await files.remove("/in");
    await allClosed(root);
  });
});

test("what is renamed at the end is the file that was received", async (t) => {
  for (const swap of ["replaced", "removed"]) {
    const { root, path, finish } = await pendingUpload(t);
    writeFileSync(join(root, "in/report"), "old");
    if (swap === "replaced") writeFileSync(join(root, "evil"), "from bob");
    renameSync(swap === "replaced" ? join(root, "evil") : path, swap === "replaced" ? path : join(root, "elsewhere"));
    await assert.rejects(finish(), { code: "changed-meanwhile" });
    assert.equal(readFileSync(join(root, "in/report"), "utf8"), "old");
    assert.deepEqual(readdirSync(join(root, "in")), ["report"]);
    await allClosed(root);
  }
});
