import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { ScpFsError, type WalkOptions, walk } from "../src/index.ts";
import { asNobody, runChild } from "./support/child.ts";
import { allClosed } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { all, bodyOf, codeOf, context, flatten, only, onlyDirectory, onlyFile, textOf } from "./support/transfer.ts";

async function messageOf(path: string | Uint8Array, options?: WalkOptions): Promise<string> {
  const entry = await only(walk(path, options));
  assert.equal(entry.type, "failed");
  assert.ok(entry.type === "failed" && entry.error instanceof ScpFsError);
  return entry.error.message;
}

for (const blocking of [false, true]) {
  describe(`walk, ${blocking ? "blocking" : "on the thread pool"}`, () => {
    it("gives a file with its mode, size, times and bytes", async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, "file"), "contents");
      chmodSync(join(folder, "file"), 0o4750);
      utimesSync(join(folder, "file"), 1_000_000_001, 1_000_000_002);
      const entry = await onlyFile(walk(join(folder, "file"), { blocking }));
      assert.equal(textOf(entry), "file");
      assert.equal(entry.mode, 0o4750);
      assert.equal(entry.size, 8);
      assert.deepEqual(entry.times, { atimeMs: 1_000_000_001_000, mtimeMs: 1_000_000_002_000 });
      assert.equal(new TextDecoder().decode(await bodyOf(entry)), "contents");
    });

    it("gives a tree, directories with their modes and times, links followed", async (t) => {
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, "tree/inner/empty"), { recursive: true });
      writeFileSync(join(folder, "tree/inner/file"), "one");
      writeFileSync(join(folder, "outside"), "two");
      symlinkSync("../outside", join(folder, "tree/link"));
      symlinkSync("inner", join(folder, "tree/linked"));
      chmodSync(join(folder, "tree"), 0o2750);
      utimesSync(join(folder, "tree"), 1_000_000_001, 1_000_000_002);
      const entry = await onlyDirectory(walk(join(folder, "tree"), { recursive: true, blocking }));
      assert.equal(entry.mode, 0o2750);
      assert.equal(entry.times?.mtimeMs, 1_000_000_002_000);
      assert.deepEqual(await flatten([entry]), {
        tree: "directory",
        "tree/inner": "directory",
        "tree/inner/empty": "directory",
        "tree/inner/file": "one",
        "tree/link": "two",
        "tree/linked": "directory",
        "tree/linked/empty": "directory",
        "tree/linked/file": "one",
      });
    });

    it("names what cannot be sent in its place among the others", async (t) => {
      const folder = temporaryFolder(t);
      const tree = join(folder, "tree");
      mkdirSync(join(tree, "inner"), { recursive: true });
      writeFileSync(join(tree, "file"), "fine");
      symlinkSync("nowhere", join(tree, "dangling"));
      symlinkSync("self", join(tree, "self"));
      symlinkSync("..", join(tree, "inner/up"));
      symlinkSync("../inner", join(tree, "inner/here"));
      execFileSync("mkfifo", [join(tree, "fifo")]);
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(join(tree, "socket"), resolve));
      try {
        assert.deepEqual(await flatten(walk(tree, { recursive: true, blocking })), {
          tree: "directory",
          "tree/file": "fine",
          "tree/dangling": "failed: ENOENT",
          "tree/self": "failed: ELOOP",
          "tree/inner": "directory",
          "tree/inner/up": "failed: directory-loop",
          "tree/inner/here": "failed: directory-loop",
          "tree/fifo": "failed: not-a-regular-file",
          "tree/socket": "failed: not-a-regular-file",
        });
      } finally {
        server.close();
      }
    });

    it("lists a directory of 10,000 files", { timeout: 120_000 }, async (t) => {
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, "many"));
      for (let index = 0; index < 10_000; index += 1) writeFileSync(join(folder, "many", `file${index}`), "");
      const entry = await onlyDirectory(walk(join(folder, "many"), { recursive: true, blocking }));
      const names = (await all(entry.entries(context))).map(textOf);
      assert.equal(new Set(names).size, 10_000);
    });

    it("lets go of the directory when the reader stops early", async (t) => {
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, "many"));
      for (let index = 0; index < 1000; index += 1) writeFileSync(join(folder, "many", `file${index}`), "");
      for (let turn = 0; turn < 20; turn += 1) {
        const entry = await onlyDirectory(walk(join(folder, "many"), { recursive: true, blocking }));
        for await (const child of entry.entries(context)) {
          assert.equal(child.type, "file");
          break;
        }
      }
      await allClosed(folder);
    });
  });
}

describe("walk", () => {
  it("says what OpenSSH says", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "directory"));
    execFileSync("mkfifo", [join(folder, "fifo")]);
    assert.equal(await messageOf(join(folder, "missing")), `${folder}/missing: No such file or directory`);
    assert.equal(await messageOf(join(folder, "directory")), `${folder}/directory: not a regular file`);
    assert.equal(await messageOf(join(folder, "fifo")), `${folder}/fifo: not a regular file`);
    assert.equal(await messageOf(join(folder, "x".repeat(300))), `${folder}/${"x".repeat(300)}: File name too long`);
  });

  it("escapes what a terminal would obey in messages", async (t) => {
    const folder = temporaryFolder(t);
    assert.equal(
      await messageOf(join(folder, "\u001b[31m\nred")),
      `${folder}/\\033[31m\\012red: No such file or directory`,
    );
  });

  it("drops trailing slashes, also of files", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "directory"));
    writeFileSync(join(folder, "file"), "contents");
    assert.equal(textOf(await onlyDirectory(walk(`${folder}/directory//`, { recursive: true }))), "directory");
    assert.equal(textOf(await onlyFile(walk(`${folder}/file/`))), "file");
  });

  it("sends a directory given by dots under its real name", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "outer/inner"), { recursive: true });
    symlinkSync("outer", join(folder, "link"));
    for (const [path, name] of [
      ["outer/.", "outer"],
      ["outer/inner/..", "outer"],
      ["link/.", "outer"],
      ["link", "link"],
    ]) {
      assert.equal(textOf(await onlyDirectory(walk(`${folder}/${path}`, { recursive: true }))), name);
    }
    const here = process.cwd();
    process.chdir(join(folder, "outer"));
    try {
      for (const path of [".", ""]) {
        const entry = await onlyDirectory(walk(path, { recursive: true }));
        assert.equal(textOf(entry), "outer");
        assert.deepEqual((await all(entry.entries(context))).map(textOf), ["inner"]);
      }
      assert.equal(textOf(await onlyDirectory(walk("..", { recursive: true }))), folder.split("/").at(-1));
    } finally {
      process.chdir(here);
    }
  });

  it("cannot name the root directory", async () => {
    assert.equal(await messageOf("/", { recursive: true }), "/: The root directory has no name to be sent under");
  });

  it("encodes a newline in a name as OpenSSH does, or fails", async (t) => {
    const folder = temporaryFolder(t);
    const name = "new\nline é\\x";
    mkdirSync(join(folder, "tree"));
    writeFileSync(join(folder, "tree", name), "contents");
    const found = await flatten(walk(join(folder, "tree"), { recursive: true }));
    assert.equal(found["tree/new\\^Jline \\M-C\\M-)\\\\x"], "contents");
    const entry = await only(walk(join(folder, "tree", name), { newline: "fail" }));
    assert.equal(entry.type === "failed" && codeOf(entry.error), "newline-in-name");
  });

  it("fails the entry when a file has gone before it is opened", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "contents");
    const entry = await onlyFile(walk(join(folder, "file")));
    execFileSync("rm", [join(folder, "file")]);
    await assert.rejects(async () => entry.open(context), {
      code: "ENOENT",
      message: /file: No such file or directory$/,
    });
  });

  it("does not wait for a FIFO that took a file's place", { timeout: 20_000 }, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "contents");
    const entry = await onlyFile(walk(join(folder, "file")));
    execFileSync("sh", ["-c", `rm "${folder}/file" && mkfifo "${folder}/file"`]);
    await assert.rejects(async () => entry.open(context), { code: "not-a-regular-file" });
    await allClosed(folder);
  });

  it("looks into a directory only when its entries are asked for", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "tree"));
    const entry = await onlyDirectory(walk(join(folder, "tree"), { recursive: true }));
    writeFileSync(join(folder, "tree/late"), "");
    assert.deepEqual((await all(entry.entries(context))).map(textOf), ["late"]);
  });

  it("walks deeper than any stack", async (t) => {
    const folder = temporaryFolder(t);
    let path = join(folder, "d");
    for (let depth = 0; depth < 500; depth += 1) path += "/d";
    mkdirSync(path, { recursive: true });
    let entry = await onlyDirectory(walk(join(folder, "d"), { recursive: true }));
    let depth = 0;
    for (;;) {
      const [child] = await all(entry.entries(context));
      if (child?.type !== "directory") break;
      entry = child;
      depth += 1;
    }
    assert.equal(depth, 500);
  });
});

test("walk without privilege names unreadable files and directories", { timeout: 60_000 }, async (t) => {
  if (asNobody === undefined) return t.skip("peer missing: setpriv");
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "tree/closed"), { recursive: true });
  mkdirSync(join(folder, "store"));
  writeFileSync(join(folder, "tree/closed/file"), "");
  writeFileSync(join(folder, "tree/secret"), "");
  writeFileSync(join(folder, "tree/open"), "contents");
  chmodSync(join(folder, "tree/secret"), 0);
  chmodSync(join(folder, "tree/closed"), 0);
  const input = { path: join(folder, "store"), steps: [], walk: join(folder, "tree") };
  const output = await runChild("child-store.ts", input, asNobody);
  assert.deepEqual((output as { walked: unknown }).walked, {
    tree: "directory",
    "tree/open": "contents",
    "tree/secret": "failed: EACCES",
    "tree/closed": "failed: EACCES",
  });
  assert.equal(readdirSync(join(folder, "tree")).length, 3);
});
