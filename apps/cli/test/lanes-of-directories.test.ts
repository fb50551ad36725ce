import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { chooseLanes } from "../src/copy/choose-lanes.ts";
import { countTree } from "../src/copy/count-tree.ts";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

describe("a tree of empty directories", () => {
  it("counts as much as a tree of files", async () => {
    const tree = Array.from({ length: 30 }, (_, index) => ({
      type: "directory" as const,
      name: `d${index}`,
      mode: 0o755,
      entries: () => [],
    }));
    const { signal } = new AbortController();
    const count = await countTree(tree, 400, signal);
    assert.deepEqual(count, { entries: 30, files: 0, bytes: 0, complete: true });
    assert.equal(chooseLanes(count.entries, 1), 8);
    assert.deepEqual(await countTree(tree, 20, signal), { entries: 20, files: 0, bytes: 0, complete: false });
  });

  for (const [kind, pathOf] of Object.entries({
    "in one directory": (index: number) => `d${index}`,
    "in directories of their own": (index: number) => `parent${index % 7}/d${index}`,
  })) {
    it(`is sent over ten channels or more, ${kind}`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const server = await startSshd();
      t.after(() => server.stop());
      const box = createSandbox({ h: server });
      t.after(() => box.remove());
      for (let index = 0; index < 60; index += 1) mkdirSync(box.path(`tree/${pathOf(index)}`), { recursive: true });

      const { status, stderr } = await runCli(["-F", box.config, "-v", "-r", box.path("tree"), "h:"]);

      assert.equal(status, 0, stderr);
      // More where the server took so long to answer that a second connection was made.
      const channels = stderr.match(/Sending command: scp/g)?.length ?? 0;
      assert.ok(channels >= 10, stderr);
      const names = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
      assert.deepEqual(names(join(server.home, "tree")), names(box.path("tree")));
    });
  }
});
