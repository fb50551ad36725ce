import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { createName } from "@scpkit/codec";
import type { ScpTarget } from "@scpkit/sink";
import { createFsTarget, walk } from "../src/index.ts";
import { confinedTree } from "../src/read/path-resolver.ts";
import { CheckedHandle } from "../src/system/checked-handle.ts";
import { poolFileSystem } from "../src/system/file-system.ts";
import { decidePolicy, directoryTarget } from "../src/write/fs-target.ts";
import { startChild } from "./support/child.ts";
import { allClosed } from "./support/descriptors.ts";
import { type Cleanup, temporaryFolder } from "./support/temporary-folder.ts";
import {
  all,
  bodyOf,
  codeOf,
  context,
  enter,
  flatten,
  only,
  onlyDirectory,
  onlyFile,
  openWriter,
  store,
  textOf,
} from "./support/transfer.ts";

/** A root beside a file and a directory that must not be touched. */
function confinement(t: Cleanup): { readonly folder: string; readonly root: string; untouched(): void } {
  const folder = temporaryFolder(t);
  const root = join(folder, "root");
  mkdirSync(root);
  mkdirSync(join(folder, "outside"));
  writeFileSync(join(folder, "outside/file"), "secret");
  return {
    folder,
    root,
    untouched() {
      assert.deepEqual(readdirSync(join(folder, "outside")), ["file"]);
      assert.equal(readFileSync(join(folder, "outside/file"), "utf8"), "secret");
      assert.deepEqual(readdirSync(folder).sort(), ["outside", "root"]);
    },
  };
}

const kinds: Record<string, (root: string) => Promise<ScpTarget>> = {
  "as the platform allows": (root) => createFsTarget(root, { confine: true }),
  "by checks": async (root) => directoryTarget(decidePolicy({}, true), CheckedHandle.root(poolFileSystem, root), ""),
};

for (const [kind, create] of Object.entries(kinds)) {
  describe(`a target confined ${kind}`, () => {
    it("does not follow a symbolic link as leaf, to a file, a directory or nothing", async (t) => {
      const { root, untouched } = confinement(t);
      symlinkSync("../outside/file", join(root, "file"));
      symlinkSync("../outside/new", join(root, "new"));
      symlinkSync("../outside", join(root, "directory"));
      const target = await create(root);
      for (const name of ["file", "new", "directory"]) {
        await assert.rejects(store(target, name, "evil"), { code: "symlink-refused" });
        await assert.rejects(enter(target, name), { code: "symlink-refused" });
        assert.ok(lstatSync(join(root, name)).isSymbolicLink());
      }
      untouched();
      await allClosed(root);
    });

    it("does not follow links that stay inside either", async (t) => {
      const { root } = confinement(t);
      mkdirSync(join(root, "real"));
      symlinkSync("real", join(root, "link"));
      await assert.rejects(enter(await create(root), "link"), { code: "symlink-refused" });
    });

    it("does not write through a hard link", async (t) => {
      const { folder, root, untouched } = confinement(t);
      linkSync(join(folder, "outside/file"), join(root, "file"));
      await store(await create(root), "file", "evil");
      assert.equal(readFileSync(join(root, "file"), "utf8"), "evil");
      untouched();
    });

    it("does not write into FIFOs and devices", async (t) => {
      const { root } = confinement(t);
      execFileSync("mkfifo", [join(root, "fifo")]);
      await assert.rejects(store(await create(root), "fifo", "x"), { code: "special-file-refused" });
      assert.ok(statSync(join(root, "fifo")).isFIFO());
    });

    it("refuses names with slashes and dots, should a caller let them through", async (t) => {
      const { root, untouched } = confinement(t);
      const target = await create(root);
      for (const name of ["..", ".", "", "../outside/evil", "/etc/evil", "a/b"]) {
        await assert.rejects(store(target, name, "evil"), { code: "name-not-storable" });
        await assert.rejects(enter(target, name), { code: "name-not-storable" });
      }
      untouched();
    });

    it("notices a directory that was swapped for a link since it was entered", async (t) => {
      const { root, untouched } = confinement(t);
      const directory = await enter(await create(root), "directory");
      const writer = await openWriter(directory, "file", { size: 4 });
      renameSync(join(root, "directory"), join(root, "moved"));
      symlinkSync("../outside", join(root, "directory"));
      await writer.write(new TextEncoder().encode("evil")).catch(() => {});
      await writer.close().catch(() => {});
      await store(directory, "late", "evil").catch(() => {});
      await closeAnyway(directory);
      untouched();
    });
  });
}

describe("a target confined to a root, with the peer's path", () => {
  it("looks the path up inside", async (t) => {
    const { root } = confinement(t);
    mkdirSync(join(root, "a/b"), { recursive: true });
    for (const [path, stored] of [
      ["a/b", "a/b/file"],
      ["/a/b/", "a/b/file"],
      ["./a//b/../new", "a/new"],
      ["/", "file"],
      ["", "file"],
      [".", "file"],
      ["top", "top"],
    ] as const) {
      await store(await createFsTarget(path, { root }), "file", path);
      assert.equal(readFileSync(join(root, stored), "utf8"), path);
    }
    await allClosed(root);
  });

  it("makes a directory at a path that does not exist", async (t) => {
    const { root } = confinement(t);
    const directory = await enter(await createFsTarget("new/", { root }), "ignored");
    await store(directory, "file", "contents");
    await directory.close?.();
    assert.equal(readFileSync(join(root, "new/file"), "utf8"), "contents");
    await allClosed(root);
  });

  it("refuses paths that lead out, or through links", async (t) => {
    const { root, untouched } = confinement(t);
    symlinkSync("../outside", join(root, "link"));
    symlinkSync("../outside/file", join(root, "file"));
    for (const [path, code] of [
      ["..", "outside-root"],
      ["../outside", "outside-root"],
      ["../root/x", "outside-root"],
      ["link", "symlink-refused"],
      ["link/x", "symlink-refused"],
      ["file", "symlink-refused"],
      ["missing/x", "ENOENT"],
    ] as const) {
      await assert.rejects(createFsTarget(path, { root }), { code }, path);
    }
    untouched();
    await allClosed(root);
  });

  it("must be a directory with targetIsDirectory", async (t) => {
    const { root } = confinement(t);
    const create = (path: string) => createFsTarget(path, { root, targetIsDirectory: true });
    writeFileSync(join(root, "file"), "");
    await assert.rejects(create("missing"), { message: "missing: No such file or directory" });
    await assert.rejects(create("file"), { message: "file: Not a directory" });
    await assert.rejects(createFsTarget(join(root, "missing"), { confine: true }), { code: "ENOENT" });
  });

  it("does not show the root in messages", async (t) => {
    const { root } = confinement(t);
    mkdirSync(join(root, "a/taken"), { recursive: true });
    const target = await createFsTarget("a", { root });
    await assert.rejects(store(target, "taken", "x"), { message: "a/taken: Is a directory" });
  });
});

describe("a walk confined to a root", () => {
  it("follows links that stay inside and no other", async (t) => {
    const { folder, root, untouched } = confinement(t);
    mkdirSync(join(root, "a/b"), { recursive: true });
    writeFileSync(join(root, "a/file"), "inside");
    symlinkSync("../file", join(root, "a/b/relative"));
    symlinkSync(join(root, "a/file"), join(root, "a/b/absolute"));
    symlinkSync("absolute", join(root, "a/b/twice"));
    symlinkSync("../../a", join(root, "a/b/loop"));
    symlinkSync("../../../outside/file", join(root, "a/b/out"));
    symlinkSync(join(folder, "outside"), join(root, "a/b/outside"));
    symlinkSync("/etc/passwd", join(root, "a/b/passwd"));
    symlinkSync("../../../root/a/file", join(root, "a/b/around"));
    symlinkSync("endless", join(root, "a/b/endless"));
    assert.deepEqual(await flatten(walk("a", { root, recursive: true })), {
      a: "directory",
      "a/file": "inside",
      "a/b": "directory",
      "a/b/relative": "inside",
      "a/b/absolute": "inside",
      "a/b/twice": "inside",
      "a/b/loop": "failed: directory-loop",
      "a/b/out": "failed: outside-root",
      "a/b/outside": "failed: outside-root",
      "a/b/passwd": "failed: outside-root",
      "a/b/around": "failed: outside-root",
      "a/b/endless": "failed: ELOOP",
    });
    untouched();
    await allClosed(root);
  });

  it("takes the peer's path as one inside the root", async (t) => {
    const { root } = confinement(t);
    mkdirSync(join(root, "a"));
    writeFileSync(join(root, "a/file"), "inside");
    for (const path of ["a/file", "/a/file", "./a/../a/file/"]) {
      assert.equal(new TextDecoder().decode(await bodyOf(await onlyFile(walk(path, { root })))), "inside");
    }
    for (const path of ["..", "../outside/file", "a/../../outside/file", "/../outside/file"]) {
      const entry = await only(walk(path, { root }));
      assert.equal(entry.type === "failed" && codeOf(entry.error), "outside-root", path);
    }
    assert.equal(textOf(await onlyDirectory(walk("/", { root, recursive: true }))), "root");
  });

  it("opens files whose directory has been read to its end", async (t) => {
    const { root } = confinement(t);
    mkdirSync(join(root, "a/b"), { recursive: true });
    writeFileSync(join(root, "a/b/file"), "inside");
    const [b] = await all((await onlyDirectory(walk("a", { root, recursive: true }))).entries(context));
    assert.ok(b?.type === "directory");
    const [file] = await all(b.entries(context));
    assert.ok(file?.type === "file");
    await allClosed(root);
    assert.equal(new TextDecoder().decode(await bodyOf(file)), "inside");
    await allClosed(root);
  });

  it("does not open what was swapped for a link since it was listed", async (t) => {
    const { root } = confinement(t);
    mkdirSync(join(root, "a"));
    writeFileSync(join(root, "a/file"), "inside");
    const [file] = await all((await onlyDirectory(walk("a", { root, recursive: true }))).entries(context));
    assert.ok(file?.type === "file");
    renameSync(join(root, "a"), join(root, "b"));
    symlinkSync("../outside", join(root, "a"));
    await assert.rejects(async () => file.open(context), { code: "ENOTDIR" });
    execFileSync("rm", [join(root, "a")]);
    mkdirSync(join(root, "a"));
    symlinkSync("../../outside/file", join(root, "a/file"));
    await assert.rejects(async () => file.open(context), { code: "ELOOP" });
    await allClosed(root);
  });

  it("by checks finds the same, and refuses the same", async (t) => {
    const { root } = confinement(t);
    mkdirSync(join(root, "a"));
    writeFileSync(join(root, "a/file"), "inside");
    symlinkSync("../outside", join(root, "out"));
    symlinkSync("a", join(root, "in"));
    const place = CheckedHandle.root(poolFileSystem, root);
    const tree = confinedTree(poolFileSystem, root, { place });
    assert.ok((await tree.operand("in/file")).stats?.isFile());
    await assert.rejects(tree.operand("out"), { code: "outside-root" });
    await assert.rejects(place.child(createName("out")).hold().then(), { code: "outside-root" });
    await assert.rejects(place.child(createName("in")).hold().then(), { code: "outside-root" });
    const held = await place.child(createName("a")).hold();
    assert.equal(String(held.prefix), `${root}/a/`);
    renameSync(join(root, "a"), join(root, "b"));
    symlinkSync("b", join(root, "a"));
    await assert.rejects(async () => held.verify(), { code: "outside-root" });
  });
});

test("a confined target and a confined walk hold against a process that swaps links in and out", {
  timeout: 120_000,
}, async (t) => {
  if (process.platform !== "linux") return t.skip("Only Linux promises this");
  const { root, untouched } = confinement(t);
  mkdirSync(join(root, "directory"));
  writeFileSync(join(root, "directory/file"), "inside");
  writeFileSync(join(root, "file"), "inside");
  const child = startChild("child-swap.ts", { folder: root });
  try {
    await new Promise((resolve, reject) => child.stdout?.once("data", resolve) ?? reject(new Error("No output")));
    const outcomes = new Map<string, number>();
    const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    for (let turn = 0; turn < 300; turn += 1) {
      const target = await createFsTarget(root, { confine: true });
      const storing = async (): Promise<void> => {
        const directory = await enter(target, "directory");
        try {
          await store(directory, "evil", "evil");
        } finally {
          await directory.close?.();
        }
      };
      await Promise.all([
        storing().then(
          () => count("stored"),
          (error: unknown) => count(`store ${codeOf(error)}`),
        ),
        store(target, "file", "evil").then(
          () => count("stored"),
          (error: unknown) => count(`store ${codeOf(error)}`),
        ),
        reading(root, "directory/file").then(count),
        reading(root, "file").then(count),
      ]);
    }
    t.diagnostic?.([...outcomes].map(([outcome, times]) => `${outcome}: ${times}`).join(", "));
    assert.equal(outcomes.get("read secret"), undefined);
    assert.ok((outcomes.get("stored") ?? 0) > 0, "nothing was ever stored");
  } finally {
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
  }
  untouched();
  await allClosed(root);
});

async function closeAnyway(target: ScpTarget): Promise<void> {
  try {
    await target.close?.();
  } catch {}
}

async function reading(root: string, path: string): Promise<string> {
  const entry = await only(walk(path, { root }));
  if (entry.type !== "file") return `read ${entry.type === "failed" ? codeOf(entry.error) : "a directory"}`;
  try {
    return `read ${new TextDecoder().decode(await bodyOf(entry))}`;
  } catch (error) {
    return `read ${codeOf(error)}`;
  }
}
