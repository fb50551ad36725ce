import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { startSshAgent, type TestSshAgent } from "@scpkit/test-support/ssh-agent";
import { authorize, startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";
import { readTree } from "./support/tree.ts";

/** Host A, whose own scp reaches host B with nothing but an agent's keys. */
let from: TestSshd | undefined;
let to: TestSshd | undefined;
let agent: TestSshAgent | undefined;
let tools = "";

before(async () => {
  if (findProgram("sshd") === undefined) return;
  to = await startSshd();
  tools = mkdtempSync(join(to.home, "../tools-"));
  const known = join(tools, "known_hosts");
  writeFileSync(known, `[127.0.0.1]:${to.port} ${to.hostKey}\n`);
  const config = join(tools, "config");
  writeFileSync(
    config,
    `Host b\nHostName 127.0.0.1\nPort ${to.port}\nIdentityFile none\nUserKnownHostsFile ${known}\nBatchMode yes\n`,
  );
  // What ssh_config of the account would say; the account of the tests is a real one.
  writeFileSync(join(tools, "scp"), `#!/bin/sh\nexec /usr/bin/scp -O -F '${config}' "$@"\n`);
  chmodSync(join(tools, "scp"), 0o755);
  from = await startSshd({ env: { PATH: `${tools}:/usr/bin:/bin` } });
  authorize(from, `${to.key}.pub`);
  agent = await startSshAgent([to.key]);
});

after(async () => {
  await agent?.stop();
  await from?.stop();
  await to?.stop();
});

function setUp(t: TestContext) {
  if (from === undefined || to === undefined || agent === undefined) throw new Error("No sshd");
  const box = createSandbox({ a: from });
  const [source, target] = [mkdtempSync(join(from.home, "t-")), mkdtempSync(join(to.home, "t-"))];
  t.after(() => {
    box.remove();
    for (const folder of [source, target]) rmSync(folder, { recursive: true });
  });
  const env = { SSH_AUTH_SOCK: agent.socket };
  return {
    source,
    target,
    scp: (...argv: readonly string[]) => runCli(["-F", box.config, "-R", ...argv], { cwd: box.folder, env }),
    run: (...argv: readonly string[]) => runCli(["-F", box.config, ...argv], { cwd: box.folder, env }),
  };
}

describe("-R between two real hosts", () => {
  for (const [name, options] of [
    ["scpkit's own connection", []],
    ["-S ssh", ["-S", "ssh"]],
  ] as const) {
    it(`copies a tree with -A, over ${name}`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const { source, target, scp } = setUp(t);
      mkdirSync(join(source, "tree/deep"), { recursive: true });
      for (const file of ["tree/a", "tree/deep/b"]) writeFileSync(join(source, file), file);
      // ssh takes the agent for its own login as well, where IdentityAgent does not forbid it.
      const own = ["-o", "IdentityAgent=SSH_AUTH_SOCK"];
      const { status, stderr } = await scp(...options, ...own, "-A", "-rp", `a:${source}/tree`, `b:${target}`);
      assert.equal(status, 0, stderr);
      assert.deepEqual(readTree(join(target, "tree")), readTree(join(source, "tree")));
    });

    it(`tells what the other scp says, and has its status, over ${name}`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const { source, target, scp } = setUp(t);
      const { status, stderr } = await scp(...options, `a:${source}/none`, `b:${target}`);
      assert.equal(status, 1);
      assert.match(stderr, /Permission denied \(publickey\)|No such file/);
    });
  }

  it("forwards no agent that -A does not ask for, whatever the configuration says", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { source, target, scp } = setUp(t);
    writeFileSync(join(source, "f"), "f");
    const own = ["-o", "IdentityAgent=SSH_AUTH_SOCK"];
    const { status, stderr } = await scp(...own, `a:${source}/f`, `b:${target}`);
    assert.equal(status, 1);
    assert.match(stderr, /Permission denied/);
    assert.equal((await scp(...own, "-o", "ForwardAgent=yes", `a:${source}/f`, `b:${target}`)).status, 0);
    assert.equal(readFileSync(join(target, "f"), "utf8"), "f");
  });
});

describe("-A", () => {
  it("lets commands of an ordinary copy use the agent, and is no obstacle where there is none", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { source, run } = setUp(t);
    writeFileSync(join(source, "f"), "f");
    const own = ["-o", "IdentityAgent=SSH_AUTH_SOCK"];
    const probe = `a:${source}/$(ssh-add -l > ${source}/keys 2>&1; echo f)`;
    assert.deepEqual(await run("-A", ...own, "-T", probe, "got"), { stdout: "", stderr: "", status: 0 });
    assert.match(readFileSync(join(source, "keys"), "utf8"), /SHA256:\S+ .*\(ED25519\)/);
    assert.equal((await run(...own, "-T", probe, "got")).status, 0);
    assert.doesNotMatch(readFileSync(join(source, "keys"), "utf8"), /SHA256/);
    assert.equal((await run("-A", "-o", "IdentityAgent=none", `a:${source}/f`, "got")).status, 0);
  });

  it("is no obstacle where the server refuses it", async (t) => {
    if (isMissing(t, "sshd") || agent === undefined) return;
    const strict = await startSshd({ settings: ["AllowAgentForwarding no"] });
    t.after(() => strict.stop());
    const box = createSandbox({ a: strict });
    t.after(() => box.remove());
    writeFileSync(join(strict.home, "f"), "f");
    const argv = ["-F", box.config, "-A", "-o", "IdentityAgent=SSH_AUTH_SOCK", "a:f", box.path("got")];
    assert.deepEqual(await runCli(argv, { env: { SSH_AUTH_SOCK: agent.socket } }), {
      stdout: "",
      stderr: "",
      status: 0,
    });
    assert.equal(box.read("got"), "f");
  });
});
