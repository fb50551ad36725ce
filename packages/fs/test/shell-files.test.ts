import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createShellFiles, type FsShellEntry } from "../src/index.ts";
import { allClosed } from "./support/descriptors.ts";
import { type Cleanup, temporaryFolder } from "./support/temporary-folder.ts";

/** `root` with `file`, `dir/inner`, and links that lead out of it; `outside` beside it. */
function setUp(t: Cleanup) {
  const folder = temporaryFolder(t);
  const [root, outside] = [join(folder, "root"), join(folder, "outside")];
  mkdirSync(join(root, "dir/deep"), { recursive: true });
  mkdirSync(outside);
  for (const path of [join(root, "file"), join(root, "dir/inner"), join(outside, "secret")])
    writeFileSync(path, "12345");
  symlinkSync(outside, join(root, "out"));
  symlinkSync(join(outside, "secret"), join(root, "dir/secret"));
  return { root, outside, files: createShellFiles(root) };
}

async function listed(entries: AsyncIterable<FsShellEntry>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { type, name, size } of entries)
    lines.push(`${type} ${name.text}${type === "file" ? ` ${size}` : ""}`);
  return lines.sort();
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && "code" in error && error.code === expected;
}

describe("shell files", () => {
  it("shows what is there, links as links", async (t) => {
    const { files, root } = setUp(t as Cleanup);
    assert.deepEqual(await listed(files.list("/")), ["directory dir", "file file 5", "link out"]);
    assert.deepEqual(await listed(files.list("/dir/")), ["directory deep", "file inner 5", "link secret"]);
    assert.equal((await files.stat("/"))?.type, "directory");
    const file = await files.stat("/dir/inner");
    assert.deepEqual([file?.type, file?.size, file?.name.text], ["file", 5, "inner"]);
    assert.equal(file?.mode, lstatSync(join(root, "dir/inner")).mode & 0o7777);
    assert.equal((await files.stat("/out"))?.type, "link");
    assert.equal(await files.stat("/none"), undefined);
    assert.equal(await files.stat("/none/below"), undefined);
    await allClosed(root);
  });

  it("goes through no link and never above the root", async (t) => {
    const { files, outside } = setUp(t as Cleanup);
    await assert.rejects(listed(files.list("/out")), code("symlink-refused"));
    await assert.rejects(files.stat("/out/secret"), code("symlink-refused"));
    await assert.rejects(files.makeDirectory("/out/new"), code("symlink-refused"));
    await assert.rejects(files.remove("/out/secret"), code("symlink-refused"));
    await assert.rejects(files.rename("/file", "/out/file"), code("symlink-refused"));
    await assert.rejects(files.rename("/file", "/../outside/file"), code("outside-root"));
    await assert.rejects(files.setMode("/out/secret", 0o777, { recursive: false }), code("symlink-refused"));
    await assert.rejects(files.remove("/.."), code("outside-root"));
    await assert.rejects(files.remove("/"), code("EPERM"));
    assert.deepEqual(readdirSync(outside), ["secret"]);
  });

  it("makes, renames and removes", async (t) => {
    const { files, root, outside } = setUp(t as Cleanup);
    await files.makeDirectory("/new");
    await assert.rejects(files.makeDirectory("/new"), code("EEXIST"));
    await files.rename("/file", "/new/moved");
    assert.equal(readFileSync(join(root, "new/moved"), "utf8"), "12345");
    await assert.rejects(files.rename("/none", "/new/x"), code("ENOENT"));
    await files.remove("/dir");
    assert.deepEqual(readdirSync(root).sort(), ["new", "out"]);
    await files.remove("/out");
    assert.ok(existsSync(join(outside, "secret")), "the link is removed, not what it leads to");
    await assert.rejects(files.remove("/none"), code("ENOENT"));
    await allClosed(root);
  });

  it("sets modes, of everything below if wanted, but through no link and without special bits", async (t) => {
    const { files, root, outside } = setUp(t as Cleanup);
    const before = lstatSync(join(outside, "secret")).mode;
    await files.setMode("/dir", 0o6750, { recursive: true });
    const modes = ["dir", "dir/deep", "dir/inner"].map((path) =>
      (lstatSync(join(root, path)).mode & 0o7777).toString(8),
    );
    assert.deepEqual(modes, ["750", "750", "750"]);
    assert.equal(lstatSync(join(outside, "secret")).mode, before);
    await files.setMode("/file", 0o600, { recursive: false });
    assert.equal(lstatSync(join(root, "file")).mode & 0o777, 0o600);
    await files.setMode("/file", 0o200, { recursive: false });
    await files.setMode("/file", 0o644, { recursive: false });
    assert.equal(lstatSync(join(root, "file")).mode & 0o777, 0o644);
  });

  it("changes nothing where it is read-only", (t) => {
    const { root } = setUp(t as Cleanup);
    assert.deepEqual(Object.keys(createShellFiles(root, { readOnly: true })).sort(), ["list", "stat"]);
  });
});
