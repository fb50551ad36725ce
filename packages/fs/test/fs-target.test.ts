import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createFsTarget, type FsTargetOptions, ScpFsError, temporaryNamePattern } from "../src/index.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { context, enter, info, openWriter, store } from "./support/transfer.ts";

const isRoot = process.geteuid?.() === 0;

function text(...path: string[]): string {
  return readFileSync(join(...path), "utf8");
}

function modeOf(...path: string[]): string {
  return (statSync(join(...path)).mode & 0o7777).toString(8);
}

async function refusal(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => assert.fail("It was taken"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ScpFsError, String(error));
  return error.message;
}

describe("where a file goes", () => {
  it("is into a directory under its own name, or to the path itself", async (t) => {
    const folder = temporaryFolder(t);
    await store(await createFsTarget(folder), "named", "in a directory");
    await store(await createFsTarget(join(folder, "path")), "named", "as the path");
    assert.equal(text(folder, "named"), "in a directory");
    assert.equal(text(folder, "path"), "as the path");
  });

  it("is decided once: a path that became a directory meanwhile is refused", async (t) => {
    const folder = temporaryFolder(t);
    const target = await createFsTarget(join(folder, "path"));
    const directory = await enter(target, "named");
    await store(directory, "file", "contents");
    await directory.close?.();
    assert.equal(text(folder, "path/file"), "contents");
    assert.equal(await refusal(store(target, "other", "x")), `${folder}/path: Is a directory`);
  });

  it("is relative to the working directory for a relative path", async (t) => {
    const folder = temporaryFolder(t);
    const here = process.cwd();
    process.chdir(folder);
    try {
      await store(await createFsTarget("."), "one", "1");
      await store(await createFsTarget("two"), "named", "2");
      await store(await createFsTarget("two", { fsync: true }), "named", "3");
    } finally {
      process.chdir(here);
    }
    assert.deepEqual(readdirSync(folder).sort(), ["one", "two"]);
    assert.equal(text(folder, "two"), "3");
  });

  it("says what OpenSSH says when there is no place for it", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "directory"));
    const into = async (path: string): Promise<string> => refusal(store(await createFsTarget(path), "x", "x"));
    assert.equal(await into(join(folder, "missing/file")), `${folder}/missing/file: No such file or directory`);
    assert.equal(await into(join(folder, "file/below")), `${folder}/file/below: Not a directory`);
    await assert.rejects(async () => store(await createFsTarget(join(folder, "new/")), "x", "x"), {
      name: "ScpDestinationError",
      message: `${folder}/new: Is a directory`,
    });
    const target = await createFsTarget(folder);
    assert.equal(await refusal(store(target, "directory", "x")), `${folder}/directory: Is a directory`);
    assert.equal(await refusal(enter(target, "file")), `${folder}/file: Not a directory`);
    assert.equal(
      await refusal(store(target, "x".repeat(256), "x")),
      `${folder}/${"x".repeat(256)}: File name too long`,
    );
    assert.deepEqual(readdirSync(folder).sort(), ["directory", "file"]);
  });

  it("takes a name of 255 bytes", async (t) => {
    const folder = temporaryFolder(t);
    const target = await createFsTarget(folder);
    await store(target, "x".repeat(255), "long");
    assert.equal(text(folder, "x".repeat(255)), "long");
  });

  it("must be a directory with targetIsDirectory", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "");
    const create = (path: string) => createFsTarget(path, { targetIsDirectory: true });
    assert.equal(await refusal(create(join(folder, "missing"))), `${folder}/missing: No such file or directory`);
    assert.equal(await refusal(create(join(folder, "file"))), `${folder}/file: Not a directory`);
    await store(await create(folder), "named", "fine");
    assert.equal(text(folder, "named"), "fine");
  });
});

describe("while a file is received", () => {
  it("it has a recognisable temporary name, and nobody can read more of it than in the end", async (t) => {
    const folder = temporaryFolder(t);
    for (const [mode, options] of [
      [0o600, {}],
      [0o644, {}],
      [0o666, { preserve: true }],
      [0o666, { umask: 0 }],
      [0o4755, { preserve: true }],
      [0o644, { umask: 0o077 }],
    ] as const) {
      const writer = await openWriter(await createFsTarget(folder, options), "file", { mode, size: 3 });
      await writer.write(new Uint8Array(3));
      const [name = "", ...rest] = readdirSync(folder).filter((entry) => entry !== "file");
      assert.deepEqual(rest, []);
      assert.match(name, temporaryNamePattern);
      const early = statSync(join(folder, name)).mode & 0o7777;
      await writer.close();
      const late = statSync(join(folder, "file")).mode & 0o7777;
      assert.equal(early & ~late, 0, `${early.toString(8)} before ${late.toString(8)}`);
      execFileSync("rm", [join(folder, "file")]);
    }
  });

  it("a replaced file's successor is closed to others until it belongs to the same owner", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "old", { mode: 0o640 });
    const writer = await openWriter(await createFsTarget(folder), "file", { mode: 0o666, size: 3 });
    const [name = ""] = readdirSync(folder).filter((entry) => entry !== "file");
    assert.equal(modeOf(folder, name), "600");
    await writer.abort();
    assert.deepEqual(readdirSync(folder), ["file"]);
  });
});

describe("modes of files", () => {
  const created: [number, FsTargetOptions, string][] = [
    [0o666, { umask: 0o022 }, "644"],
    [0o666, { umask: 0o077 }, "600"],
    [0o4755, { umask: 0o022 }, "755"],
    [0o7777, { umask: 0 }, "777"],
    [0o444, { umask: 0o022 }, "444"],
    [0, { umask: 0o022 }, "0"],
    [0o666, { preserve: true, umask: 0o077 }, "666"],
    [0o4755, { preserve: true }, "4755"],
    [0o2711, { preserve: true }, "2711"],
    [0o4755, { preserve: true, allowSpecialBits: false }, "755"],
    [0o4755, { preserve: true, confine: true }, "755"],
    [0o4755, { preserve: true, confine: true, allowSpecialBits: true }, "4755"],
    [0o4755, { confine: true, allowSpecialBits: true, umask: 0 }, "755"],
  ];
  for (const [mode, options, expected] of created) {
    it(`sent ${mode.toString(8)} with ${JSON.stringify(options)} gives ${expected}`, async (t) => {
      const folder = temporaryFolder(t);
      await store(await createFsTarget(folder, options), "file", "contents", { mode });
      assert.equal(modeOf(folder, "file"), expected);
      assert.equal(statSync(join(folder, "file")).size, 8);
    });
  }

  it("default to the umask of the process", async (t) => {
    const folder = temporaryFolder(t);
    await store(await createFsTarget(folder), "file", "x", { mode: 0o666 });
    assert.equal(modeOf(folder, "file"), (0o666 & ~process.umask()).toString(8));
  });

  it("of an existing file stay without preserve, and change with it", async (t) => {
    const folder = temporaryFolder(t);
    for (const [options, expected] of [
      [{}, "640"],
      [{ preserve: true }, "755"],
    ] as const) {
      writeFileSync(join(folder, "file"), "old");
      chmodSync(join(folder, "file"), 0o640);
      await store(await createFsTarget(folder, options), "file", "new", { mode: 0o755 });
      assert.equal(modeOf(folder, "file"), expected);
      assert.equal(text(folder, "file"), "new");
    }
  });

  it("setuid and setgid do not pass from old contents to new ones", async (t) => {
    const folder = temporaryFolder(t);
    for (const many of [false, true]) {
      writeFileSync(join(folder, "file"), "old");
      chmodSync(join(folder, "file"), 0o6755);
      if (many) linkSync(join(folder, "file"), join(folder, "other"));
      await store(await createFsTarget(folder), "file", "new");
      assert.equal(modeOf(folder, "file"), "755");
    }
  });
});

describe("times", () => {
  const times = { mtimeMs: 1_000_000_000_123, atimeMs: 1_500_000_000_000 };

  it("are applied to files and directories whenever they are sent", async (t) => {
    const folder = temporaryFolder(t);
    const target = await createFsTarget(folder);
    const directory = await enter(target, "directory", { times });
    await store(directory, "file", "contents", { times });
    await directory.close?.();
    for (const name of ["directory", "directory/file"]) {
      const { mtimeMs, atimeMs } = statSync(join(folder, name));
      assert.equal(Math.floor(mtimeMs / 1000), 1_000_000_000, name);
      assert.equal(Math.floor(atimeMs / 1000), 1_500_000_000, name);
    }
  });

  it("that no clock can keep are left out", async (t) => {
    const folder = temporaryFolder(t);
    const before = Date.now() - 5000;
    const never = { mtimeMs: Number.POSITIVE_INFINITY, atimeMs: Number.POSITIVE_INFINITY };
    await store(await createFsTarget(folder), "file", "contents", { times: never });
    assert.ok(statSync(join(folder, "file")).mtimeMs > before);
  });
});

describe("an existing file", () => {
  it("keeps its owner and group", async (t) => {
    if (!isRoot) return t.skip("Only root may give files away");
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "old");
    chownSync(join(folder, "file"), 1234, 4321);
    const { ino } = statSync(join(folder, "file"));
    await store(await createFsTarget(folder), "file", "new");
    const after = statSync(join(folder, "file"));
    assert.equal(`${after.uid}:${after.gid}`, "1234:4321");
    assert.notEqual(after.ino, ino);
  });

  it("is whole old or whole new to whoever has it open", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "old contents");
    const writer = await openWriter(await createFsTarget(folder), "file", { size: 3 });
    await writer.write(new TextEncoder().encode("new"));
    assert.equal(text(folder, "file"), "old contents");
    await writer.close();
    assert.equal(text(folder, "file"), "new");
  });

  it("with several links is written in place, and all its names see it", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "old contents");
    linkSync(join(folder, "file"), join(folder, "other"));
    await store(await createFsTarget(folder), "file", "new");
    assert.equal(text(folder, "other"), "new");
    assert.equal(statSync(join(folder, "file")).nlink, 2);
  });

  it("with several links is replaced with inPlace never", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "old contents");
    linkSync(join(folder, "file"), join(folder, "other"));
    await store(await createFsTarget(folder, { inPlace: "never" }), "file", "new");
    assert.equal(text(folder, "other"), "old contents");
    assert.equal(text(folder, "file"), "new");
  });

  it("behind a symbolic link is written in place, and the link stays", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "real"), "old contents");
    symlinkSync("real", join(folder, "link"));
    await store(await createFsTarget(folder), "link", "new");
    await store(await createFsTarget(join(folder, "link")), "ignored", "newer");
    assert.equal(text(folder, "real"), "newer");
    assert.ok(lstatSync(join(folder, "link")).isSymbolicLink());
    assert.equal(
      await refusal(store(await createFsTarget(folder, { inPlace: "never" }), "link", "x")),
      `${folder}/link: The file can only be written in place`,
    );
  });

  it("written in place is cut only when all of it has arrived", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "real"), "old contents");
    symlinkSync("real", join(folder, "link"));
    const target = await createFsTarget(folder);
    await (await openWriter(target, "link", { size: 1_000_000 })).abort(new Error("The connection is lost"));
    assert.equal(text(folder, "real"), "old contents");
  });

  it("that a dangling link promises is made, and unmade on abort", async (t) => {
    const folder = temporaryFolder(t);
    symlinkSync("real", join(folder, "link"));
    const target = await createFsTarget(folder, { umask: 0o027 });
    await (await openWriter(target, "link", { size: 10 })).abort(new Error("The connection is lost"));
    assert.deepEqual(readdirSync(folder), ["link"]);
    await store(target, "link", "new", { mode: 0o666 });
    assert.equal(text(folder, "real"), "new");
    assert.equal(modeOf(folder, "real"), "640");
  });
});

describe("special files", () => {
  it("are written to as they are", { timeout: 20_000 }, async (t) => {
    const folder = temporaryFolder(t);
    execFileSync("mkfifo", [join(folder, "fifo")]);
    // Not read by this process: Deno writes on its main thread.
    const reading = outputOf("sh", ["-c", `cat "${folder}/fifo" >"${folder}/read"`]);
    const body = "x".repeat(300_000);
    await store(await createFsTarget(folder, { preserve: true }), "fifo", body);
    await reading;
    assert.equal(text(folder, "read"), body);
    await store(await createFsTarget("/dev/null", { preserve: true }), "named", body, {
      mode: 0o600,
      times: { mtimeMs: 0, atimeMs: 0 },
    });
    assert.equal(modeOf("/dev/null"), "666");
  });

  it("stop waiting for a reader when the transfer ends", { timeout: 20_000 }, async (t) => {
    const folder = temporaryFolder(t);
    execFileSync("mkfifo", [join(folder, "fifo")]);
    const ending = new AbortController();
    const target = await createFsTarget(folder);
    const opening = Promise.resolve(target.file(info("file", "fifo"), { ...context, signal: ending.signal }));
    const rejected = assert.rejects(opening, { message: "The connection is lost" });
    // Long enough for the open to be under way; a shorter wait tests less and fails no more.
    await new Promise((resolve) => setTimeout(resolve, 200));
    ending.abort(new Error("The connection is lost"));
    await rejected;
    // Lets the open that is still pending go: for reading and writing, a FIFO opens at once.
    closeSync(openSync(join(folder, "fifo"), "r+"));
  });
});

describe("directories", () => {
  it("get mode and umask, at the end", async (t) => {
    const folder = temporaryFolder(t);
    for (const [name, mode, options, early, late] of [
      ["a", 0o777, { umask: 0o027 }, "750", "750"],
      ["b", 0o555, { umask: 0 }, "755", "555"],
      ["c", 0, { umask: 0 }, "700", "0"],
      ["d", 0o7755, { umask: 0 }, "755", "755"],
      ["e", 0o2755, { preserve: true }, "755", "2755"],
      ["f", 0o2755, { preserve: true, confine: true }, "755", "755"],
    ] as const) {
      const directory = await enter(await createFsTarget(folder, options), name, { mode });
      assert.equal(modeOf(folder, name), early, name);
      await directory.close?.();
      assert.equal(modeOf(folder, name), late, name);
      chmodSync(join(folder, name), 0o700);
    }
  });

  it("that exist keep their mode without preserve, and get the sent one at the end with it", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "directory"), { mode: 0o750 });
    const kept = await enter(await createFsTarget(folder), "directory", { mode: 0o700 });
    await kept.close?.();
    assert.equal(modeOf(folder, "directory"), "750");
    const changed = await enter(await createFsTarget(folder, { preserve: true }), "directory", { mode: 0o555 });
    await store(changed, "file", "contents");
    assert.equal(modeOf(folder, "directory"), "750");
    await changed.close?.();
    assert.equal(modeOf(folder, "directory"), "555");
  });

  it("that are aborted are no more open than they were to end", async (t) => {
    const folder = temporaryFolder(t);
    const directory = await enter(await createFsTarget(folder), "directory", { mode: 0o500 });
    await directory.abort?.(new Error("The connection is lost"));
    assert.equal(modeOf(folder, "directory"), "500");
  });

  it("behind a symbolic link are entered", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "real"));
    symlinkSync("real", join(folder, "link"));
    await store(await enter(await createFsTarget(folder), "link"), "file", "contents");
    assert.equal(text(folder, "real/file"), "contents");
  });

  it("may be entered by several lanes at once", async (t) => {
    const folder = temporaryFolder(t);
    const lanes = await Promise.all(Array.from({ length: 8 }, () => createFsTarget(join(folder, "tree"))));
    await Promise.all(
      lanes.map(async (lane, index) => {
        const tree = await enter(lane, "tree");
        const inner = await enter(tree, "inner");
        await store(inner, `file${index}`, "contents");
        await inner.close?.();
        await tree.close?.();
      }),
    );
    assert.equal(readdirSync(join(folder, "tree/inner")).length, 8);
  });
});

/** As `execFile`, but settles with the output. */
function outputOf(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}
