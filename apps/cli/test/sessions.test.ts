import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

const names = Array.from({ length: 8 }, (_, index) => `f${index}`);

describe("a server with MaxSessions 1", () => {
  it("gives several operands, one after the other", async (t) => {
    if (isMissing(t, "sshd")) return;
    const server = await startSshd({ settings: ["MaxSessions 1"] });
    t.after(() => server.stop());
    const box = createSandbox({ h: { port: server.port, key: server.key, hostKey: server.hostKey } });
    t.after(() => box.remove());
    for (const name of names) writeFileSync(join(server.home, name), name);
    box.write("down/kept", "");

    const operands = names.map((name) => `h:${name}`);
    const { status, stderr } = await runCli(["-F", box.config, ...operands, box.path("down")], { cwd: box.folder });

    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    for (const name of names) assert.equal(box.read(`down/${name}`), name);
  });

  it("copies from itself to itself", async (t) => {
    if (isMissing(t, "sshd")) return;
    const server = await startSshd({ settings: ["MaxSessions 1"] });
    t.after(() => server.stop());
    const box = createSandbox({ h: { port: server.port, key: server.key, hostKey: server.hostKey } });
    t.after(() => box.remove());
    writeFileSync(join(server.home, "a"), "content");

    const { status, stderr } = await runCli(["-F", box.config, "h:a", "h:b"], { cwd: box.folder });

    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.equal(readFileSync(join(server.home, "b"), "utf8"), "content");
  });

  for (const maxSessions of [1, 10]) {
    it(`takes trees and remote files in turn (MaxSessions ${maxSessions})`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const server = await startSshd({ settings: [`MaxSessions ${maxSessions}`] });
      t.after(() => server.stop());
      const box = createSandbox({ h: { port: server.port, key: server.key, hostKey: server.hostKey } });
      t.after(() => box.remove());
      for (const name of names) {
        box.write(`one/${name}`, name);
        box.write(`two/${name}`, name);
      }
      writeFileSync(join(server.home, "remote"), "content");

      const argv = ["-F", box.config, "-r", "--parallel", "6", box.path("one"), "h:remote", box.path("two"), "h:in"];
      await runCli(["-F", box.config, "-r", box.path("one"), "h:in"], { cwd: box.folder });
      const { status, stderr } = await runCli(argv, { cwd: box.folder });

      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.ok(readdirSync(join(server.home, "in")).includes("remote"));
      for (const tree of ["one", "two"]) assert.deepEqual(readdirSync(join(server.home, "in", tree)).sort(), names);
    });
  }
});
