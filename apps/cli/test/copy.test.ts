import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { type Outcome, run, runCli, scpkit } from "./support/cli.ts";
import { createSandbox, type Sandbox } from "./support/sandbox.ts";
import { readTree } from "./support/tree.ts";

let server: TestSshd | undefined;
let scpless: TestSshd | undefined;

before(async () => {
  if (findProgram("sshd") === undefined) return;
  server = await startSshd();
  scpless = await startSshd({ env: { PATH: "/nonexistent" } });
});

after(async () => {
  await server?.stop();
  await scpless?.stop();
});

interface Place extends Sandbox {
  /** A fresh folder on the server, and how operands call it. */
  readonly remote: string;
  readonly at: string;
  scp(...argv: readonly string[]): Promise<Outcome>;
}

function setUp(t: TestContext): Place {
  if (server === undefined || scpless === undefined) throw new Error("No sshd");
  const box = createSandbox({ h: server, scpless });
  const remote = mkdtempSync(join(server.home, "t-"));
  t.after(() => {
    box.remove();
    rmSync(remote, { recursive: true });
  });
  return {
    ...box,
    remote,
    at: `h:${remote}`,
    scp: (...argv) => runCli(["-F", box.config, ...argv], { cwd: box.folder }),
  };
}

const success: Outcome = { stdout: "", stderr: "", status: 0 };

describe("a copy", () => {
  it("takes a tree there and back with times and modes", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    box.write("tree/a", "a".repeat(100_000), 0o600);
    box.write("tree/deep/er/b", "", 0o755);
    box.write("tree/c", "c");
    assert.deepEqual(await box.scp("-rp", "tree", box.at), success);
    assert.deepEqual(await box.scp("-rp", `${box.at}/tree`, "back"), success);
    const expected = readTree(box.path("tree"), { times: true });
    assert.deepEqual(readTree(join(box.remote, "tree"), { times: true }), expected);
    assert.deepEqual(readTree(box.path("back"), { times: true }), expected);
  });

  it("goes on after a missing file and ends with status 1", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    box.write("a", "1");
    box.write("c", "3");
    const up = await box.scp("a", "b", "c", box.at);
    assert.equal(up.status, 1);
    assert.match(up.stderr, /^b: No such file or directory\nhint: .*\n$/);
    assert.deepEqual(readdirSync(box.remote).sort(), ["a", "c"]);
    mkdirSync(box.path("got"));
    const down = await box.scp(`${box.at}/a`, `${box.at}/b`, `${box.at}/c`, "got");
    assert.equal(down.status, 1);
    assert.match(down.stderr, /^scp: \S+\/b: No such file or directory\nhint: .*\n$/);
    assert.deepEqual(readdirSync(box.path("got")).sort(), ["a", "c"]);
  });

  it("ends with status 1 when the first of two hosts is lost", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    writeFileSync(join(box.remote, "f"), "f");
    const { status, stderr } = await box.scp("scpless:x", `${box.at}/f`, ".");
    assert.equal(status, 1);
    assert.match(stderr, /scp.*not found/);
    assert.equal(box.read("f"), "f");
  });

  it("says that the remote shell reads the path, where it stumbles over a quote", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    const { status, stderr } = await box.scp(`${box.at}/it's`, ".");
    assert.equal(status, 1);
    assert.match(stderr, /\nscpkit: The remote command ended with status \d\nhint: .*backslash.*remote shell/);
  });

  it("says that there is no scp on the other side, and what to do about it", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    box.write("a", "1");
    for (const argv of [
      ["a", "scpless:"],
      ["scpless:a", "b"],
      ["-S", "ssh", "scpless:a", "b"],
    ]) {
      const { status, stderr } = await box.scp(...argv);
      assert.equal(status, 1);
      assert.match(stderr, /scp: (command )?not found|scp: No such file/);
      assert.match(stderr, /\nscpkit: (The remote command|ssh) ended with status 127\nhint: /);
    }
  });

  it("into a local target that is no directory fails before anything is connected", async (t) => {
    const box = createSandbox({ h: { port: 1 } });
    t.after(() => box.remove());
    box.write("file", "");
    for (const [target, words] of [
      ["nodir", "nodir: No such file or directory"],
      ["file", "file: Not a directory"],
    ] as const) {
      const { status, stderr } = await runCli(["-F", box.config, "h:a", "h:b", target], { cwd: box.folder });
      assert.equal(status, 1);
      assert.ok(stderr.startsWith(`${words}\n`), stderr);
    }
  });

  it("skips a source that is no valid URI, and does without a target that is none", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    writeFileSync(join(box.remote, "f"), "f");
    const { status, stderr } = await box.scp("scp://h:x/f", `${box.at}/f`, ".");
    assert.equal(status, 1);
    assert.match(stderr, /^scp:\/\/h:x\/f: invalid uri\n/);
    assert.equal(box.read("f"), "f");
    assert.equal((await box.scp("f", "scp://h:x/f")).status, 1);
  });

  it("keeps to the limit of -l over several operands together", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    for (const name of ["a", "b"]) writeFileSync(join(box.remote, name), Buffer.alloc(100_000));
    // 1600 kbit/s are 204800 bytes a second: 200000 bytes take nine tenths of a second at least.
    const begin = performance.now();
    assert.deepEqual(await box.scp("-l", "1600", `${box.at}/a`, `${box.at}/b`, "."), success);
    assert.ok(performance.now() - begin > 800);
  });

  it("between local places is left to cp", async (t) => {
    const box = createSandbox();
    t.after(() => box.remove());
    box.write("a", "1", 0o640);
    assert.deepEqual(await runCli(["-p", "a", "b"], { cwd: box.folder }), success);
    assert.equal(box.read("b"), "1");
    const { status, stderr } = await runCli(["nofile", "c"], { cwd: box.folder });
    assert.equal(status, 1);
    assert.match(stderr, /^\S*cp: .*nofile/);
  });

  it("sends progress to a reader that goes away", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    for (let n = 0; n < 50; n += 1) box.write(`tree/${n}`, String(n));
    const command = `"$0" "$1" -F "$2" --progress=json -r tree "$3" | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run("bash", ["-c", command, process.execPath, scpkit, box.config, box.at], {
      cwd: box.folder,
    });
    assert.deepEqual({ stdout, stderr }, { stdout: '{"event":"begin","schema":1}\n0\n', stderr: "" });
    assert.equal(readdirSync(join(box.remote, "tree")).length, 50);
  });
});

describe("quoting for the remote shell", () => {
  // The table in docs/protocol.md, "The remote path".
  const cases: readonly { readonly operand: string; readonly arrives?: readonly string[]; readonly status?: number }[] =
    [
      { operand: "a*", arrives: ["a1", "a2"] },
      { operand: "a{1,2}", arrives: ["a1", "a2"] },
      { operand: "sp\\ ace", arrives: ["sp ace"] },
      { operand: "q\\[1\\]", arrives: ["q[1]"] },
      { operand: ".h*", arrives: [".hidden"] },
      { operand: "'sp ace'", arrives: ["sp ace"] },
      { operand: '"a1"', arrives: ["a1"] },
      { operand: "$(echo a1)", status: 1 },
      { operand: "b{c", status: 255 },
    ];
  for (const { operand, arrives = [], status = 0 } of cases) {
    it(`${operand}: ${arrives.join(", ") || "refused"}`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const box = setUp(t);
      for (const name of ["a1", "a2", "sp ace", "q[1]", ".hidden", "b{c"]) writeFileSync(join(box.remote, name), name);
      mkdirSync(box.path("got"));
      const outcome = await box.scp(`${box.at}/${operand}`, "got");
      assert.equal(outcome.status, status, outcome.stderr);
      assert.deepEqual(readdirSync(box.path("got")).sort(), [...arrives].sort());
    });
  }

  it("leaves ~ and variables to the remote shell", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const box = setUp(t);
    writeFileSync(join(server.home, "in-home"), "home");
    for (const operand of ["h:~/in-home", "h:$HOME/in-home", "h:in-home", "scp://h/in-home"]) {
      assert.deepEqual(await box.scp(operand, "got"), success);
      assert.equal(box.read("got"), "home");
    }
  });

  it("of an upload splits names at spaces unless they are quoted twice", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    box.write("a", "1");
    const { status, stderr } = await box.scp("a", `${box.at}/sp new`);
    assert.equal(status, 1);
    assert.match(stderr, /^scp: ambiguous target\nhint: .*twice/);
    assert.deepEqual(await box.scp("a", `h:'${box.remote}/sp new'`), success);
    assert.deepEqual(readdirSync(box.remote), ["sp new"]);
  });

  it("accepts whatever comes with -T", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    writeFileSync(join(box.remote, "a1"), "1");
    const { status, stderr } = await box.scp(`h:$(echo ${box.remote}/a1)`, "got");
    assert.equal(status, 1);
    assert.match(stderr, /\nhint: .*-T/);
    assert.deepEqual(await box.scp("-T", `h:$(echo ${box.remote}/a1)`, "got"), success);
  });
});

describe("between two remote hosts", () => {
  it("copies through this host by default and with -3", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    mkdirSync(join(box.remote, "d"));
    writeFileSync(join(box.remote, "d", "f"), "f");
    assert.deepEqual(await box.scp("-r", `${box.at}/d`, `${box.at}/e`), success);
    assert.deepEqual(await box.scp("-3", "-r", `${box.at}/d`, `${box.at}/g`), success);
    for (const name of ["e", "g"]) assert.equal(readFileSync(join(box.remote, name, "f"), "utf8"), "f");
    const { status, stderr } = await box.scp(`${box.at}/none`, box.at);
    assert.equal(status, 1);
    assert.match(stderr, /none: No such file or directory\n/);
  });

  it("has the source's host copy with -R", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    writeFileSync(join(box.remote, "f"), "f");
    // The target is a host only that host could know; its scp says so, not this one.
    const { status, stderr } = await box.scp("-R", `${box.at}/f`, "no-such-host.invalid:x");
    assert.equal(status, 1);
    assert.match(stderr, /no-such-host\.invalid/);
    assert.doesNotMatch(stderr, /scpkit:/);
  });

  it("refuses a port for the target with -R", async (t) => {
    const box = createSandbox({ h: { port: 1 } });
    t.after(() => box.remove());
    const { status, stderr } = await runCli(["-R", "-F", box.config, "h:a", "scp://h:1/b"]);
    assert.equal(status, 255);
    assert.equal(stderr, "scpkit: target port not supported with two remote hosts and the -R option\n");
  });
});

describe("a signal", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`${signal} ends a download with status 1 and leaves nothing half done`, async (t) => {
      if (isMissing(t, "sshd")) return;
      const box = setUp(t);
      writeFileSync(join(box.remote, "big"), Buffer.alloc(4_000_000));
      box.write("got/other", "");
      const argv = ["-F", box.config, "-l", "800", "--progress=json", `${box.at}/big`, "got/big"];
      const child = spawn(process.execPath, [scpkit, ...argv], { cwd: box.folder, stdio: ["ignore", "pipe", "pipe"] });
      let words = "";
      child.stderr.on("data", (chunk) => {
        words += chunk;
      });
      let shown = "";
      child.stdout.on("data", (chunk) => {
        shown += chunk;
        if (!child.killed && /"bytes":[1-9]/.test(shown)) child.kill(signal);
      });
      const [status] = await once(child, "close");
      assert.deepEqual({ status, words }, { status: 1, words: "" });
      assert.deepEqual(readdirSync(box.path("got")), ["other"]);
    });
  }
});
