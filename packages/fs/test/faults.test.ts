import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createFsTarget, removeTemporaryFiles, temporaryNamePattern } from "../src/index.ts";
import { asNobody, runChild, startChild, withMount, works } from "./support/child.ts";
import type { StoreInput, StoreOutput } from "./support/child-store.ts";
import { allClosed } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { openWriter, store } from "./support/transfer.ts";

/** Starting another runtime takes its time. */
const slow = { timeout: 60_000 };

async function storeInChild(input: StoreInput, around: readonly string[]): Promise<StoreOutput> {
  return (await runChild("child-store.ts", input, around)) as StoreOutput;
}

function text(...path: string[]): string {
  return readFileSync(join(...path), "utf8");
}

describe("a full disk", () => {
  for (const options of [{}, { blocking: true }, { confine: true, fsync: true }]) {
    it(
      `fails that file, leaves nothing of it, and takes the next, with ${JSON.stringify(options)}`,
      slow,
      async (t) => {
        const folder = temporaryFolder(t);
        const around = withMount(folder, "size=1m");
        if (around === undefined) return t.skip("peer missing: mount");
        const input: StoreInput = {
          path: folder,
          options,
          before: { replaced: "old" },
          steps: [
            { type: "file", name: "new", length: 3_000_000 },
            { type: "file", name: "replaced", length: 3_000_000 },
            { type: "file", name: "small", length: 10 },
          ],
        };
        const output = await storeInChild(input, around);
        assert.deepEqual(
          output.results,
          [
            `ENOSPC ${folder}/new: No space left on device`,
            `ENOSPC ${folder}/replaced: No space left on device`,
            "ok",
          ].map((result) => ("confine" in options ? result.replace(`${folder}/`, "") : result)),
        );
        assert.deepEqual(output.left, { replaced: "old", small: "xxxxxxxxxx" });
      },
    );
  }

  it("fails a small file whose bytes are the last straw, when it is closed", slow, async (t) => {
    const folder = temporaryFolder(t);
    const around = withMount(folder, "size=64k");
    if (around === undefined) return t.skip("peer missing: mount");
    const steps = Array.from(
      { length: 4 },
      (_, index) => ({ type: "file", name: `file${index}`, length: 30_000 }) as const,
    );
    const output = await storeInChild({ path: folder, steps, options: { blocking: true } }, around);
    assert.deepEqual(output.results.slice(0, 2), ["ok", "ok"]);
    assert.match(output.results[2] ?? "", /^ENOSPC .*file2: No space left on device$/);
    assert.deepEqual(Object.keys(output.left).sort(), ["file0", "file1"]);
  });

  it("without inodes refuses files and directories", slow, async (t) => {
    const folder = temporaryFolder(t);
    const around = withMount(folder, "size=1m,nr_inodes=3");
    if (around === undefined) return t.skip("peer missing: mount");
    const steps = ["a", "b", "c"].map((name) => ({ type: "file", name, length: 10 }) as const);
    const output = await storeInChild({ path: folder, steps: [...steps, { type: "directory", name: "d" }] }, around);
    assert.deepEqual(output.results, [
      "ok",
      "ok",
      `ENOSPC ${folder}/c: No space left on device`,
      `ENOSPC ${folder}/d: No space left on device`,
    ]);
  });
});

it("a read-only file system refuses each entry", slow, async (t) => {
  const folder = temporaryFolder(t);
  const around = withMount(folder, "size=1m");
  if (around === undefined) return t.skip("peer missing: mount");
  const input: StoreInput = {
    path: folder,
    before: { old: "old" },
    shell: `mount -o remount,ro "${folder}"`,
    steps: [
      { type: "file", name: "new", length: 10 },
      { type: "file", name: "old", length: 10 },
      { type: "directory", name: "directory" },
    ],
  };
  const output = await storeInChild(input, around);
  assert.deepEqual(
    output.results,
    ["new", "old", "directory"].map((name) => `EROFS ${folder}/${name}: Read-only file system`),
  );
  assert.deepEqual(output.left, { old: "old" });
});

it("without free descriptors a file is refused, and taken later", slow, async (t) => {
  const folder = temporaryFolder(t);
  if (!works("sh", "-c", "ulimit -n 256")) return t.skip("peer missing: ulimit");
  const input: StoreInput = { path: folder, exhaust: true, steps: [{ type: "file", name: "file", length: 10 }] };
  const output = await storeInChild(input, ["sh", "-c", 'ulimit -n 256 && exec "$@"', "sh"]);
  assert.deepEqual(output.results, [`EMFILE ${folder}/file: Too many open files`]);
  assert.deepEqual(output.left, { "warm-up": "x" });
});

/** A child without privilege, in a folder that is its own. */
async function withoutPrivilege(t: TestContext): Promise<{ folder: string; around: readonly string[] } | undefined> {
  if (asNobody === undefined) {
    t.skip("peer missing: setpriv");
    return undefined;
  }
  const folder = temporaryFolder(t);
  if (asNobody.length > 0) chownSync(folder, 65534, 65534);
  return { folder, around: asNobody };
}

describe("without privilege", () => {
  it("a read-only file is not replaced: Permission denied", slow, async (t) => {
    const place = await withoutPrivilege(t);
    if (place === undefined) return;
    const { folder, around } = place;
    const input: StoreInput = {
      path: folder,
      before: { file: "old" },
      shell: `chmod 444 "${folder}/file"`,
      steps: [{ type: "file", name: "file", length: 10 }],
    };
    const output = await storeInChild(input, around);
    assert.deepEqual(output.results, [`EACCES ${folder}/file: Permission denied`]);
    assert.deepEqual(output.left, { file: "old" });
  });

  it("a writable file in a closed directory is written in place, a new one refused", slow, async (t) => {
    const place = await withoutPrivilege(t);
    if (place === undefined) return;
    const { folder, around } = place;
    for (const options of [{}, { confine: true }, { inPlace: "never" }] as const) {
      writeFileSync(join(folder, "file"), "old, and longer");
      chmodSync(join(folder, "file"), 0o666);
      chmodSync(folder, 0o555);
      const { ino } = statSync(join(folder, "file"));
      const steps = [
        { type: "file", name: "file", length: 10, mode: 0o600 },
        { type: "file", name: "new", length: 10 },
        { type: "directory", name: "directory" },
      ] as const;
      const { results } = await storeInChild({ path: folder, options, steps }, around);
      chmodSync(folder, 0o755);
      const never = "inPlace" in options;
      assert.match(results[0] ?? "", never ? /^EACCES .*file: Permission denied$/ : /^ok$/);
      assert.match(results[1] ?? "", /^EACCES .*new: Permission denied$/);
      assert.match(results[2] ?? "", /^EACCES .*directory: Permission denied$/);
      assert.equal(text(folder, "file"), never ? "old, and longer" : "xxxxxxxxxx");
      assert.equal(statSync(join(folder, "file")).ino, ino);
      assert.equal(statSync(join(folder, "file")).mode & 0o777, 0o666);
      assert.deepEqual(readdirSync(folder), ["file"]);
    }
  });

  it("a file of somebody else is written in place, so that it stays theirs", slow, async (t) => {
    if (process.getuid?.() !== 0) return t.skip("Only root may give files away");
    const place = await withoutPrivilege(t);
    if (place === undefined) return;
    const { folder, around } = place;
    writeFileSync(join(folder, "file"), "old, and longer");
    chmodSync(join(folder, "file"), 0o666);
    const output = await storeInChild({ path: folder, steps: [{ type: "file", name: "file", length: 10 }] }, around);
    assert.deepEqual(output.results, ["ok"]);
    assert.deepEqual(output.left, { file: "xxxxxxxxxx" });
    assert.equal(statSync(join(folder, "file")).uid, 0);
  });

  it("a directory of somebody else fails only when preserving was asked for", slow, async (t) => {
    if (process.getuid?.() !== 0) return t.skip("Only root may give files away");
    const place = await withoutPrivilege(t);
    if (place === undefined) return;
    const { folder, around } = place;
    mkdirSync(join(folder, "theirs"), { mode: 0o777 });
    chmodSync(join(folder, "theirs"), 0o777);
    const step = { type: "directory", name: "theirs", times: { mtimeMs: 1e12, atimeMs: 1e12 } } as const;
    const lenient = await storeInChild({ path: folder, steps: [step] }, around);
    assert.deepEqual(lenient.results, ["ok"]);
    const strict = await storeInChild({ path: folder, steps: [step], options: { preserve: true } }, around);
    assert.deepEqual(strict.results, [`EPERM ${folder}/theirs: set times: Operation not permitted`]);
  });
});

it("killed in the middle, it leaves the old file and one temporary file, which can be removed", slow, async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "old");
  const child = startChild("child-interrupted.ts", { path: folder });
  await new Promise((resolve, reject) => {
    child.stdout?.once("data", resolve);
    child.once("close", () => reject(new Error("It ended by itself")));
  });
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  assert.equal(text(folder, "file"), "old");
  const left = readdirSync(folder).filter((name) => name !== "file");
  assert.equal(left.length, 1);
  assert.match(left[0] ?? "", temporaryNamePattern);
  assert.deepEqual(await removeTemporaryFiles(folder), []);
  assert.deepEqual(await removeTemporaryFiles(folder, { olderThanMs: 0 }), [join(folder, left[0] ?? "")]);
  assert.deepEqual(readdirSync(folder), ["file"]);
});

describe("every way out of a file", () => {
  it("closes its descriptors and removes its temporary file", async (t) => {
    const folder = temporaryFolder(t);
    for (const options of [{}, { blocking: true }, { confine: true }]) {
      const target = await createFsTarget(folder, options);
      for (const written of [0, 10, 300_000, 3_000_000]) {
        const writer = await openWriter(target, "file", { size: 4_000_000 });
        const writing = written > 0 ? writer.write(new Uint8Array(written)) : undefined;
        await writer.abort(new Error("The connection is lost"));
        await writing?.catch(() => {});
        await assert.rejects(writer.closed);
      }
      await store(target, "done", new Uint8Array(1_000_000));
      await allClosed(folder);
      assert.deepEqual(readdirSync(folder), ["done"]);
    }
  });

  it("includes a commit that fails because the name has become a directory", async (t) => {
    const folder = temporaryFolder(t);
    const writer = await openWriter(await createFsTarget(folder), "file", { size: 4 });
    await writer.write(new Uint8Array(4));
    mkdirSync(join(folder, "file"));
    await assert.rejects(writer.close(), { message: `${folder}/file: Is a directory` });
    assert.deepEqual(readdirSync(folder), ["file"]);
    await allClosed(folder);
  });
});

describe("removeTemporaryFiles", () => {
  const name = ".scpkit-01234567-89ab-cdef-0123-456789abcdef.tmp";

  it("removes regular files of that name and nothing else, below only when asked to", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "below", name), { recursive: true });
    writeFileSync(join(folder, "below", name, "file"), "");
    for (const kept of [".scpkit-x.tmp", `${name}.bak`, `x${name}`]) writeFileSync(join(folder, kept), "");
    writeFileSync(join(folder, name), "");
    writeFileSync(join(folder, "below", name.replace("0", "f")), "");
    assert.deepEqual(await removeTemporaryFiles(folder, { olderThanMs: 0 }), [join(folder, name)]);
    assert.deepEqual(await removeTemporaryFiles(folder, { olderThanMs: 0, recursive: true }), [
      join(folder, "below", name.replace("0", "f")),
    ]);
    assert.equal(readdirSync(folder).length, 4);
  });

  it("only tells with dryRun", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, name), "");
    assert.deepEqual(await removeTemporaryFiles(folder, { olderThanMs: 0, dryRun: true }), [join(folder, name)]);
    assert.deepEqual(readdirSync(folder), [name]);
  });

  it("goes by the time of the last change, not by the times that were sent", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, name), "");
    utimesSync(join(folder, name), 1, 1);
    assert.deepEqual(await removeTemporaryFiles(folder, { olderThanMs: 3_600_000 }), []);
  });

  it("does not follow links", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "root"));
    mkdirSync(join(folder, "outside"));
    writeFileSync(join(folder, "outside", name), "");
    symlinkSync("../outside", join(folder, "root/link"));
    symlinkSync(`../outside/${name}`, join(folder, "root", name));
    assert.deepEqual(await removeTemporaryFiles(join(folder, "root"), { olderThanMs: 0, recursive: true }), []);
    assert.deepEqual(readdirSync(join(folder, "outside")), [name]);
  });

  it("says why a directory cannot be read", async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(removeTemporaryFiles(join(folder, "missing")), {
      code: "ENOENT",
      message: `${folder}/missing: No such file or directory`,
    });
  });
});
