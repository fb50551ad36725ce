import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { createName } from "@scpkit/codec";
import { createFsTarget, type FsTargetOptions } from "../src/index.ts";
import { PathPlace } from "../src/system/directory-handle.ts";
import { LineCheck } from "../src/system/list-attributes.ts";
import { AttributeCheck } from "../src/write/attribute-check.ts";
import { works } from "./support/child.ts";
import { type Cleanup, temporaryFolder } from "./support/temporary-folder.ts";
import { store } from "./support/transfer.ts";

const skip = works("setfacl", "--version") && works("getfacl", "--version") ? undefined : "peer missing: setfacl";

function setAcl(path: string, ...entries: string[]): void {
  execFileSync("setfacl", ["-m", entries.join(","), path]);
}

function aclOf(path: string): string {
  return execFileSync("getfacl", ["-cnp", path], { encoding: "utf8" });
}

/** Existing files with `mode`, and whatever else `prepare` gives each of them. */
function existingFiles(t: Cleanup, mode: number, prepare: (path: string) => void = () => {}) {
  const folder = temporaryFolder(t);
  const names = ["a", "b", "c", "d"];
  for (const name of names) {
    writeFileSync(join(folder, name), "old");
    chmodSync(join(folder, name), mode);
    prepare(join(folder, name));
  }
  return { folder, names, paths: names.map((name) => join(folder, name)) };
}

/** In a directory all the way, and as the path itself. */
async function replace(folder: string, names: readonly string[], options: FsTargetOptions): Promise<void> {
  const [first = "", ...rest] = names;
  await store(await createFsTarget(join(folder, first), options), "x", "new", { mode: 0o666 });
  const target = await createFsTarget(folder, options.root === undefined ? options : { ...options, root: folder });
  for (const name of rest) await store(target, name, "new", { mode: 0o666 });
  for (const name of names) assert.equal(readFileSync(join(folder, name), "utf8"), "new");
}

describe("a file with an access control list", () => {
  for (const options of [{}, { preserve: true }, { inPlace: "always" }] as const) {
    it(`keeps it when it is replaced, with ${JSON.stringify(options)}`, async (t) => {
      if (skip !== undefined) return t.skip(skip);
      // The mask gives rw to user 5; the group has nothing.
      const { folder, names, paths } = existingFiles(t as Cleanup, 0o600, (path) => setAcl(path, "u:5:rw"));
      const before = aclOf(paths[0] ?? "");
      assert.match(before, /^user:5:rw-\n.*^group::---\n.*^mask::rw-/ms);
      await replace(folder, names, options);
      for (const path of paths) {
        const now = aclOf(path);
        assert.match(now, /^user:5:rw-\n.*^group::---/ms, path);
        if (!("preserve" in options)) assert.equal(now, before);
      }
    });
  }

  it("keeps it in a confinement too", async (t) => {
    if (skip !== undefined) return t.skip(skip);
    const { folder, names, paths } = existingFiles(t as Cleanup, 0o600, (path) => setAcl(path, "u:5:rw"));
    const before = aclOf(paths[0] ?? "");
    const target = await createFsTarget("/", { root: folder });
    for (const name of names) await store(target, name, "new");
    for (const path of paths) assert.equal(aclOf(path), before);
  });

  it("leaves rights to nobody but its owner where it may not be written in place", async (t) => {
    if (skip !== undefined) return t.skip(skip);
    const { folder, names, paths } = existingFiles(t as Cleanup, 0o644, (path) => setAcl(path, "u:5:-"));
    for (const preserve of [false, true]) {
      await replace(folder, names, { inPlace: "never", preserve });
      for (const path of paths) {
        assert.equal(statSync(path).mode & 0o7777, 0o600);
        chmodSync(path, 0o644);
        setAcl(path, "u:5:-");
      }
    }
    const other = temporaryFolder(t as Cleanup);
    linkSync(join(folder, "a"), join(other, "link"));
    await store(await createFsTarget("a", { root: folder }), "x", "newer");
    assert.equal(statSync(join(folder, "a")).mode & 0o7777, 0o600);
    assert.equal(readFileSync(join(other, "link"), "utf8"), "new");
  });

  it("is noticed when it got its list during the transfer", async (t) => {
    if (skip !== undefined) return t.skip(skip);
    const { folder, names } = existingFiles(t as Cleanup, 0o640);
    const target = await createFsTarget(folder);
    for (const name of names.slice(0, 3)) await store(target, name, "new");
    setAcl(join(folder, "d"), "u:5:rw");
    const before = aclOf(join(folder, "d"));
    await store(target, "d", "new");
    assert.equal(aclOf(join(folder, "d")), before);
  });
});

test("a file without a list gets none from the default of its directory", async (t) => {
  if (skip !== undefined) return t.skip(skip);
  const { folder, names, paths } = existingFiles(t, 0o660);
  execFileSync("setfacl", ["-d", "-m", "u:5:rw", folder]);
  const before = paths.map((path) => aclOf(path));
  await replace(folder, names, {});
  assert.deepEqual(
    paths.map((path) => aclOf(path)),
    before,
  );
});

test("files without lists are replaced as a whole, beside one with a list too", async (t) => {
  for (const beside of [false, true]) {
    if (beside && skip !== undefined) return t.skip(skip);
    const { folder, names, paths } = existingFiles(t, 0o664);
    if (beside) setAcl(join(folder, "d"), "u:5:rw");
    const before = paths.map((path) => statSync(path).ino);
    await replace(folder, names, {});
    const replaced = paths.filter((path, index) => statSync(path).ino !== before[index]);
    assert.deepEqual(replaced, beside ? paths.slice(0, 3) : paths);
    for (const path of replaced) assert.equal(statSync(path).mode & 0o7777, 0o664);
  }
});

test("one look at the directory answers for every file that has not changed since", async (t) => {
  if (skip !== undefined) return t.skip(skip);
  const { folder, paths } = existingFiles(t, 0o644);
  const check = new AttributeCheck();
  const isPlain = (name: string, ctimeMs: number): Promise<boolean> =>
    check.isPlain(
      new PathPlace(`${folder}/`),
      createName(name),
      Object.assign(statSync(join(folder, name)), { ctimeMs }),
    );
  assert.equal(await isPlain("a", 0), true);
  assert.equal(await isPlain("b", 0), true);
  setAcl(paths[2] ?? "", "u:5:r");
  assert.equal(await isPlain("c", 0), true);
  assert.equal(await isPlain("c", Date.now()), false);
});

describe("lines of ls", () => {
  const samples: readonly (readonly [string, boolean, readonly string[]])[] = [
    ["plain", true, ["total 8", "drwxr-xr-x 2 0 0 ? 4096 Nov 28 00:01 .", "-rw-r--r-- 1 0 0 ? 2 Nov 28 00:01 f"]],
    ["padded", true, ["drwxr-xr-x  2 0 0 ? 4096 Nov 28 00:01 .", "-rw-r--r--  1 0 0 ? 2 Nov 28 00:01 f"]],
    ["a list", false, ["drwxr-xr-x  2 0 0 ? 4096 Nov 28 00:01 .", "-rw-rw-r--+ 1 0 0 ? 2 Nov 28 00:01 f"]],
    ["a default list", false, ["drwxr-xr-x+ 2 0 0 ? 4096 Nov 28 00:01 ."]],
    [
      "a directory with a list in it",
      true,
      ["drwxr-xr-x  2 0 0 ? 9 Nov 28 00:01 .", "drwxr-xr-x+ 2 0 0 ? 9 Nov 28 00:01 d"],
    ],
    ["macOS: a list", false, ["drwxr-xr-x  3 501 20 96 Nov 28 00:01 .", "-rw-r--r--+ 1 501 20 2 Nov 28 00:01 f"]],
    ["macOS: attributes", false, ["drwxr-xr-x  3 501 20 96 Nov 28 00:01 .", "-rw-r--r--@ 1 501 20 2 Nov 28 00:01 f"]],
    [
      "SELinux: one type, whoever made it",
      true,
      [
        "drwxr-xr-x. 2 0 0 system_u:object_r:httpd_sys_content_t:s0 9 Nov 28 00:01 .",
        "-rw-r--r--. 1 0 0 unconfined_u:object_r:httpd_sys_content_t:s0 2 Nov 28 00:01 f",
      ],
    ],
    [
      "SELinux: a type of its own",
      false,
      [
        "drwxr-xr-x. 2 0 0 system_u:object_r:httpd_sys_content_t:s0 9 Nov 28 00:01 .",
        "-rw-r--r--. 1 0 0 system_u:object_r:shadow_t:s0 2 Nov 28 00:01 f",
      ],
    ],
  ];
  for (const [title, plain, lines] of samples) {
    it(`${title}: ${plain ? "only mode bits" : "more than mode bits"}`, () => {
      const text = `${lines.join("\n")}\n`;
      for (const cut of [1, 7, text.length]) {
        const check = new LineCheck(1);
        for (let at = 0; at < text.length; at += cut) check.add(text.slice(at, at + cut));
        assert.equal(check.failed, !plain);
        assert.equal(check.isComplete, true);
      }
    });
  }

  it("that are missing, or end in the middle, are not taken for an answer", () => {
    const check = new LineCheck(2);
    check.add("drwxr-xr-x 2 0 0 ? 9 Nov 28 00:01 .\n-rw-r--r--");
    assert.deepEqual([check.failed, check.isComplete], [false, false]);
  });
});
