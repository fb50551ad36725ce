import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { ScpTransferEvent } from "@scpkit/core";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { CopyIntoItselfError, guardSelfCopy } from "../src/copy/self-copy-guard.ts";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

let server: TestSshd | undefined;

before(async () => {
  if (findProgram("sshd") !== undefined) server = await startSshd();
});

after(() => server?.stop());

/** A tree that is on both sides, since the server is this machine. */
function setUp(t: TestContext) {
  if (server === undefined) throw new Error("No sshd");
  const box = createSandbox({ h: server });
  const folder = mkdtempSync(join(server.home, "t-"));
  t.after(() => {
    box.remove();
    rmSync(folder, { recursive: true });
  });
  mkdirSync(join(folder, "dir/sub"), { recursive: true });
  for (const name of ["dir/a", "dir/b", "dir/sub/c", "dir/z"]) writeFileSync(join(folder, name), name);
  return {
    folder,
    scp: (...operands: readonly string[]) => runCli(["-F", box.config, "-r", ...operands], { cwd: folder }),
  };
}

function depthOf(path: string): number {
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below.length === 0 ? 0 : 1 + Math.max(...below.map(({ name }) => depthOf(join(path, name))));
}

describe("a directory that is copied into itself", () => {
  for (const into of ["dir", "dir/sub", "dir/new"]) {
    it(`is sent once and told: upload to ${into}`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const { folder, scp } = setUp(t);
      const { status, stderr } = await scp("dir", `h:${folder}/${into}`);
      assert.ok(depthOf(join(folder, "dir")) <= 4);
      const copy = into === "dir/new" ? "dir/new" : `${into}/dir`;
      for (const name of ["a", "b", "sub/c", "z"]) {
        assert.equal(readFileSync(join(folder, copy, name), "utf8"), `dir/${name}`);
      }
      // A directory that was listed before the copy began may never show it.
      if (status === 0 && into === "dir/sub") return;
      assert.equal(status, 1);
      assert.match(stderr, /^dir\/\S+: A directory cannot be copied into itself\n/);
    });

    it(`ends: download to ${into}`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const { folder, scp } = setUp(t);
      const { status, stderr } = await scp(`h:${folder}/dir`, into);
      assert.equal(readFileSync(join(folder, into, into === "dir/new" ? "a" : "dir/a"), "utf8"), "dir/a");
      // Replies go ahead of what is stored: the other side may have listed its directories before the copy was in them.
      assert.ok(depthOf(join(folder, "dir")) <= (status === 0 ? 4 : 40));
      if (status !== 0)
        assert.match(stderr, /^scpkit: The directory is being copied into itself: "[\w/]+" is part of/m);
    });
  }

  it("ends after a few rounds between two remote places of one host", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { folder, scp } = setUp(t);
    const { status, stderr } = await scp(`h:${folder}/dir`, `h:${folder}/dir`);
    assert.equal(status, 1);
    assert.match(stderr, /is being copied into itself/);
    assert.ok(depthOf(join(folder, "dir")) <= 20);
  });

  it("is refused before anything is copied: both local", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { folder, scp } = setUp(t);
    const { status, stderr } = await scp("dir", "dir/sub");
    assert.deepEqual(
      { status, stderr },
      { status: 1, stderr: 'scpkit: Cannot copy the directory "dir" into itself, "dir/sub"\n' },
    );
    assert.equal(depthOf(join(folder, "dir")), 1);
  });
});

describe("names that repeat", () => {
  async function seen(target: string | undefined, path: string): Promise<"fine" | "ended"> {
    const events: ScpTransferEvent[] = [];
    const observe = await guardSelfCopy(target, (event) => void events.push(event));
    const names = path.split("/");
    try {
      for (const depth of names.keys()) {
        observe({ type: "start", entry: { type: "directory", path: names.slice(0, depth + 1).join("/"), size: 0 } });
      }
      assert.equal(events.length, names.length);
      return "fine";
    } catch (error) {
      assert.ok(error instanceof CopyIntoItselfError);
      return "ended";
    }
  }
  const rounds = (round: string): string => Array.from({ length: 8 }, () => round).join("/");

  it("end a download only if they lead to where it is stored", async () => {
    assert.equal(await seen("/no/dir", rounds("dir")), "ended");
    assert.equal(await seen("/no/dir/sub", rounds("dir/sub")), "ended");
    assert.equal(await seen("/no/dir/new", `dir/${rounds("new")}`), "ended");
    assert.equal(await seen("/no/other", rounds("dir")), "fine");
    assert.equal(await seen("/no/dir", rounds("dir").slice(4)), "fine");
    assert.equal(await seen("/no/dir", "a/b/c/d/e/f/g/h/i/j/k"), "fine");
  });

  it("end a copy on one remote host wherever they lead", async () => {
    assert.equal(await seen(undefined, rounds("x/y")), "ended");
    assert.equal(await seen(undefined, `${rounds("x").slice(2)}/y`), "fine");
  });
});
