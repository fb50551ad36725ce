import assert from "node:assert/strict";
import { it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { run, scpkit } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

it("too few descriptors are named as the cause, wherever they run out", async (t) => {
  if (isMissing(t, "sshd")) return;
  const server = await startSshd();
  t.after(() => server.stop());
  const box = createSandbox({ h: server });
  t.after(() => box.remove());
  box.write("file", "x");
  const limits = [20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 40];
  let failed = 0;
  for (const limit of limits) {
    const script = `ulimit -n ${limit}; exec "$@"`;
    const argv = [process.execPath, scpkit, "-F", box.config, "file", `h:${server.home}/${limit}`];
    const { stderr, status } = await run("sh", ["-c", script, "sh", ...argv], { cwd: box.folder });
    if (status === 0) continue;
    failed += 1;
    assert.match(stderr, /^[^\n]*Too many open files\nhint: Raise the limit with ulimit -n/, `${limit}: ${stderr}`);
    assert.doesNotMatch(stderr, /^ +at /m);
  }
  assert.ok(failed > 0 && failed < limits.length, `${failed} runs failed`);
});
