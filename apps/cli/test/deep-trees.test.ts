import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { run, runCli, scpkit } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

/** More than the library's limit of 256. The stack of a real scp that sends a tree overflows between 500 and 700. */
const levels = 500;

/** Directories inside each other. Names that repeat would be taken for a copy into itself. */
function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => index.toString(36));
}

const below = namesOf(levels).join("/");

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-deep-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it("copies a tree as deep as scp does: up, down and between two hosts", async (t) => {
  if (isMissing(t, "sshd")) return;
  const server = await startSshd();
  t.after(() => server.stop());
  const box = createSandbox({ h: server });
  t.after(() => box.remove());
  mkdirSync(join(box.folder, "tree", below), { recursive: true });
  writeFileSync(join(box.folder, "tree", below, "file"), "deep");
  const remote = temporaryFolder(t);
  const steps = [
    ["-r", "tree", `h:${remote}/up`],
    ["-r", `h:${remote}/up`, "back"],
    ["-r", `h:${remote}/up`, `h:${remote}/relayed`],
  ];
  for (const argv of steps) {
    const outcome = await runCli(["-F", box.config, ...argv], { cwd: box.folder });
    assert.deepEqual(outcome, { stdout: "", stderr: "", status: 0 });
  }
  for (const folder of [`${remote}/up`, `${remote}/relayed`, join(box.folder, "back")]) {
    assert.equal(readFileSync(join(folder, below, "file"), "utf8"), "deep", folder);
  }
});

it("takes a deeper one than scp as the remote side", async (t) => {
  const folder = temporaryFolder(t);
  const names = namesOf(1_200);
  const records = names.map((name) => `D0755 0 ${name}\n`).join("");
  const input = `${records}C0644 4 file\ndeep\0${"E\n".repeat(names.length)}`;
  const outcome = await run(process.execPath, [scpkit, "-r", "-t", folder], { input });
  assert.deepEqual(outcome.status, 0, outcome.stderr);
  assert.ok(existsSync(join(folder, ...names, "file")));
});
