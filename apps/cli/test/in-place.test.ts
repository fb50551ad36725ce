import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { run, runCli, scpkit } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";
import { mountDisk } from "./support/small-disk.ts";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-in-place-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("--in-place", () => {
  it("writes over the existing file; without it the file is replaced", async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "file");
    for (const options of [[], ["--in-place"]]) {
      writeFileSync(path, "old contents");
      const { ino } = statSync(path);
      const outcome = await run(process.execPath, [scpkit, ...options, "-t", folder], { input: "C0644 3 file\nnew\0" });
      assert.equal(outcome.status, 0, outcome.stderr);
      assert.equal(readFileSync(path, "utf8"), "new");
      assert.equal(statSync(path).ino === ino, options.length > 0);
    }
  });

  it("downloads over a file where the disk has no room for a second copy", async (t) => {
    if (isMissing(t, "sshd")) return;
    const disk = mountDisk(t, "size=1m");
    if (disk === undefined) return;
    const server = await startSshd();
    t.after(() => server.stop());
    const box = createSandbox({ h: server });
    t.after(() => box.remove());
    const remote = temporaryFolder(t);
    writeFileSync(join(remote, "file"), Buffer.alloc(700_000, "new"));
    writeFileSync(join(disk, "file"), Buffer.alloc(600_000, "old"));
    const argv = ["-F", box.config, `h:${remote}/file`, disk];
    const refused = await runCli(argv);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /No space left on device\nhint: .*--in-place/);
    assert.deepEqual(readFileSync(join(disk, "file")), Buffer.alloc(600_000, "old"));
    assert.deepEqual(await runCli(["--in-place", ...argv]), { stdout: "", stderr: "", status: 0 });
    assert.deepEqual(readFileSync(join(disk, "file")), Buffer.alloc(700_000, "new"));
    assert.deepEqual(readdirSync(disk), ["file"]);
  });
});
