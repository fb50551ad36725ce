import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parseCleanOptions } from "../src/commands/clean.ts";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

const left = ".scpkit-01234567-89ab-cdef-0123-456789abcdef.tmp";

function makeFolder(t: TestContext): string {
  const box = createSandbox();
  t.after(() => box.remove());
  mkdirSync(join(box.folder, "here", "below"), { recursive: true });
  mkdirSync(join(box.folder, "outside"));
  for (const path of [`here/${left}`, `here/below/${left}`, `outside/${left}`, "here/file", `here/${left}.bak`]) {
    writeFileSync(join(box.folder, path), "x");
  }
  symlinkSync("../outside", join(box.folder, "here", "link"));
  symlinkSync(`../../outside/${left}`, join(box.folder, "here", "below", left.replace("0", "f")));
  return join(box.folder, "here");
}

describe("scpkit clean", () => {
  it("removes what was left, in the directory named or the current one, and nothing that is new", async (t) => {
    const folder = makeFolder(t);
    assert.deepEqual(await runCli(["clean", folder]), { stdout: "", stderr: "", status: 0 });
    const { stdout, stderr, status } = await runCli(["clean", "--older-than", "0s"], { cwd: folder });
    assert.deepEqual([stdout, stderr, status], [`Removed ./${left}\n`, "", 0]);
    assert.deepEqual(readdirSync(folder).sort(), [`${left}.bak`, "below", "file", "link"].sort());
  });

  it("looks below with -r, follows no link, and only tells with -n", async (t) => {
    const folder = makeFolder(t);
    const { stdout } = await runCli(["clean", "-rn", "--older-than=0s", folder]);
    assert.deepEqual(stdout.split("\n").sort(), [
      "",
      `Would remove ${folder}/${left}`,
      `Would remove ${folder}/below/${left}`,
    ]);
    assert.ok(readdirSync(folder).includes(left));
    assert.equal((await runCli(["clean", "-r", "--older-than=0s", folder])).status, 0);
    assert.deepEqual(readdirSync(join(folder, "below")), [left.replace("0", "f")]);
    assert.deepEqual(readdirSync(join(folder, "..", "outside")), [left]);
  });

  it("says what it cannot read, and goes on with the next", async (t) => {
    const folder = makeFolder(t);
    const { stdout, stderr, status } = await runCli(["clean", "--older-than=0s", "/nowhere", folder]);
    assert.equal(status, 1);
    assert.equal(stderr, "scpkit clean: /nowhere: No such file or directory\n");
    assert.equal(stdout, `Removed ${folder}/${left}\n`);
  });

  it("says what is wrong with its command line", async () => {
    for (const argv of [["--older-than", "soon"], ["--older-than", "-1d"], ["--what"]]) {
      const { stderr, status } = await runCli(["clean", ...argv]);
      assert.equal(status, 1);
      assert.match(stderr, /^scpkit clean: .*\nhint: scpkit clean --help\n$/s);
    }
    assert.match((await runCli(["clean", "--help"])).stdout, /^Usage: scpkit clean/);
  });

  it("is a day by default", () => {
    const parsed = parseCleanOptions(["a", "b"]);
    assert.ok(parsed.type === "clean");
    assert.deepEqual([parsed.olderThanMs, parsed.directories], [86_400_000, ["a", "b"]]);
  });
});
