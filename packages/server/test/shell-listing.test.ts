import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createName } from "@scpkit/codec";
import { listingLine } from "../src/winscp/shell-listing.ts";
import type { ScpShellEntry } from "../src/winscp.ts";

const run = promisify(execFile);
const defaults = { user: "ada", group: "staff" };
const text = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes);

/** `ls` of a file, without its link count, its owners and the width of its columns. */
async function realLine(cwd: string, fullTime: boolean, name: string): Promise<string | undefined> {
  const args = ["-la", "-d", ...(fullTime ? ["--full-time"] : []), "--", name];
  const listed = await run("ls", args, { cwd, env: { ...process.env, LC_ALL: "C", TZ: "UTC" } }).catch(() => undefined);
  return listed?.stdout.replace(/^(\S{10})\S? +\d+ +\S+ +\S+ +/, "$1 1 ada staff ");
}

test("lines are those of ls, for every kind of mode and time", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "scpkit-server-"));
  t.after(() => rm(root, { recursive: true }));
  await writeFile(join(root, "probe"), "");
  if (!(await realLine(root, true, "probe"))?.includes("+0000")) {
    t.skip("peer missing: GNU ls");
    return;
  }
  const modes = [0o644, 0o755, 0o000, 0o4755, 0o4644, 0o2755, 0o2644, 0o7777, 0o7000];
  for (const [index, mode] of modes.entries()) {
    const name = `f ${index}`;
    await writeFile(join(root, name), "x".repeat(index * 1000));
    await utimes(join(root, name), 1, index * 100_000_000);
    await chmod(join(root, name), mode);
  }
  await mkdir(join(root, "d"));
  await chmod(join(root, "d"), 0o1777);
  await writeFile(join(root, "now"), "");
  for (const name of [...modes.map((_, index) => `f ${index}`), "d", "now"]) {
    const { mode, size, mtimeMs, isDirectory } = await stat(join(root, name)).then((stats) => ({
      mode: stats.mode & 0o7777,
      size: stats.size,
      mtimeMs: Math.floor(stats.mtimeMs),
      isDirectory: stats.isDirectory(),
    }));
    await utimes(join(root, name), mtimeMs / 1000, Math.floor(mtimeMs / 1000));
    const entry: ScpShellEntry = {
      type: isDirectory ? "directory" : "file",
      name,
      mode,
      size,
      mtimeMs: Math.floor(mtimeMs / 1000) * 1000,
    };
    for (const fullTime of [true, false]) {
      assert.equal(text(listingLine(entry, name, fullTime, defaults)), await realLine(root, fullTime, name));
    }
  }
  await symlink("some where", join(root, "link"));
  const link: ScpShellEntry = {
    type: "link",
    name: "link",
    mode: 0o777,
    size: 10,
    mtimeMs: 0,
    linkTarget: "some where",
  };
  const withoutTime = (line: string | undefined): string | undefined => line?.replace(/\d{4}-.*\+0000/, "");
  assert.equal(
    withoutTime(text(listingLine(link, "link", true, defaults))),
    withoutTime(await realLine(root, true, "link")),
  );
});

test("a name keeps its bytes, and cannot make a line of its own", () => {
  const name = createName(Uint8Array.of(0x61, 0x0a, 0xff));
  const entry: ScpShellEntry = {
    type: "file",
    name,
    mode: 0o644,
    size: 1,
    mtimeMs: Number.NaN,
    owner: "bob",
    group: "g",
  };
  const line = listingLine(entry, name, true, defaults);
  assert.equal(text(line), "-rw-r--r-- 1 bob g 1 1970-01-01 00:00:00.000000000 +0000 a?\u00ff\n");
});
