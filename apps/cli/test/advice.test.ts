import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

describe("the hint", () => {
  let server: TestSshd | undefined;

  before(async () => {
    if (findProgram("sshd") !== undefined) server = await startSshd();
  });

  after(() => server?.stop());

  it("explains a path below a file, with one source and with several", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const box = createSandbox({ h: server });
    const remote = mkdtempSync(join(server.home, "t-"));
    t.after(() => {
      box.remove();
      rmSync(remote, { recursive: true });
    });
    for (const name of [box.path("f"), box.path("g"), join(remote, "f"), join(remote, "g")]) writeFileSync(name, "x");
    const hint = async (...operands: string[]): Promise<string> => {
      const { stderr, status } = await runCli(["-F", box.config, ...operands], { cwd: box.folder });
      assert.equal(status, 1);
      assert.match(stderr, /Not a directory/);
      return stderr;
    };
    for (const stderr of [await hint("f", `h:${remote}/g/x`), await hint(`h:${remote}/f`, "g/x")]) {
      assert.match(stderr, /\nhint: Check the path: /);
      assert.doesNotMatch(stderr, /several sources/);
    }
    assert.match(await hint("f", "g", `h:${remote}/g`), /\nhint: .* several sources/);
    assert.match(await hint(`h:${remote}/f`, `h:${remote}/g`, "g"), /\nhint: .* several sources/);
  });
});
