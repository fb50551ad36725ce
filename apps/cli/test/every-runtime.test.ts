// A short test of the whole command. The gate runs it on every runtime, see `SCPKIT_TEST_RUNTIME` in support/cli.ts.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants, userInfo } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@scpkit/test-support/free-port";
import { generateKey } from "@scpkit/test-support/processes";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { authorize, startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { run, runCli, scpkitCommand } from "./support/cli.ts";
import { startEmbedded } from "./support/embedded-server.ts";
import { createSandbox, type Sandbox } from "./support/sandbox.ts";
import { noTerminal, onTerminal, type Step } from "./support/terminal-session.ts";
import { readTree } from "./support/tree.ts";

const [program] = scpkitCommand;
const runtime = /^(bun|deno)/.exec(basename(program))?.[1] ?? "node";
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A test that hangs fails after this time, in milliseconds. */
const timeout = 60_000;

let server: TestSshd | undefined;

before(async () => {
  if (findProgram("sshd") !== undefined) server = await startSshd();
});

after(() => server?.stop());

interface Place extends Sandbox {
  readonly server: TestSshd;
  /** A new folder on the server, and its name as an operand. */
  readonly remote: string;
  readonly at: string;
}

/** A folder here and one on the server; `undefined` after the test was skipped. */
function setUp(t: TestContext, host: (one: TestSshd) => Parameters<typeof createSandbox>[0] = (h) => ({ h })) {
  if (isMissing(t, "sshd") || server === undefined) return undefined;
  const box = createSandbox(host(server));
  const remote = mkdtempSync(join(server.home, "t-"));
  t.after(() => {
    box.remove();
    rmSync(remote, { recursive: true });
  });
  return { ...box, server, remote, at: `h:${remote}` } satisfies Place;
}

/** Starts the command with pipes. The test ends it when it is still running. */
function start(t: TestContext, argv: readonly string[], cwd: string) {
  const [file, ...first] = scpkitCommand;
  const child = spawn(file, [...first, ...argv], { cwd, stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "exit");
  child.stdin.on("error", () => {});
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, ended };
}

async function until(condition: () => boolean, child: ChildProcess): Promise<void> {
  while (!condition()) {
    assert.equal(child.exitCode, null, "the command has ended");
    await sleep(20);
  }
}

/** Whether a file in `folder` has at least one byte. */
function hasBytes(folder: string): boolean {
  return readdirSync(folder).some((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size);
}

function writeTree(box: Sandbox, root: string): void {
  box.write(`${root}/f`, "contents of f", 0o640);
  box.write(`${root}/empty`, "");
  box.write(`${root}/deep/er/large`, Buffer.alloc(300_000, "large "), 0o755);
  box.write(`${root}/deep/sp ace é`, "s");
  mkdirSync(box.path(`${root}/void`));
}

/** A program in ssh's place that runs the remote command on this machine, with scpkit as its scp. */
function loopback(box: Sandbox): string {
  const words = scpkitCommand.map((word) => `'${word}'`).join(" ");
  box.write("bin/scp", `#!/bin/sh\nexec ${words} "$@"\n`, 0o755);
  return box.write("ssh", `#!/bin/bash\nPATH='${box.path("bin")}':$PATH\nexec bash -c "\${@: -1}"\n`, 0o755);
}

describe(`the command on ${runtime}`, () => {
  it("prints its version, and names the runtime with -v", { timeout }, async (t) => {
    const { stdout } = await runCli(["--version"]);
    assert.match(stdout, /^scpkit \d/);
    const box = setUp(t);
    if (box === undefined) return;
    box.write("f", "f");
    const { stderr, status } = await runCli(["-v", "-F", box.config, box.path("f"), box.at]);
    assert.equal(status, 0, stderr);
    const names = { node: /^debug1: scpkit \d\S*, Node\.js v\d/, bun: /, Bun \d/, deno: /, Deno \d/ };
    assert.match(stderr.split("\n")[0] ?? "", names[runtime as keyof typeof names]);
  });

  it("copies trees in both directions and between hosts, with times and modes", { timeout }, async (t) => {
    const box = setUp(t);
    if (box === undefined) return;
    writeTree(box, "tree");
    const expected = readTree(box.path("tree"), { times: true });
    for (const [from, to, stored] of [
      [box.path("tree"), box.at, join(box.remote, "tree")],
      [`${box.at}/tree`, box.path("got"), box.path("got")],
      [`${box.at}/tree`, `${box.at}/relayed`, join(box.remote, "relayed")],
    ] as const) {
      const { status, stderr } = await runCli(["-rp", "-F", box.config, from, to]);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.deepEqual(readTree(stored, { times: true }), expected);
    }
  });

  it("ends a copy on each signal: status 1, and nothing is half written", { timeout }, async (t) => {
    const box = setUp(t);
    if (box === undefined) return;
    const large = box.write("large", Buffer.alloc(30_000_000));
    writeFileSync(join(box.remote, "large"), readFileSync(large));
    await Promise.all(
      signals.map(async (signal) => {
        const folder = box.path(signal);
        mkdirSync(folder);
        const { child, ended } = start(t, ["-l", "8000", "-F", box.config, `${box.at}/large`, folder], box.folder);
        await until(() => hasBytes(folder), child);
        process.kill(child.pid ?? 0, signal);
        assert.equal((await ended)[0], 1, signal);
        assert.deepEqual(readdirSync(folder), []);
      }),
    );
    mkdirSync(join(box.remote, "d"));
    const { child, ended } = start(t, ["-l", "8000", "-F", box.config, large, `${box.at}/d`], box.folder);
    await until(() => hasBytes(join(box.remote, "d")), child);
    process.kill(child.pid ?? 0, "SIGTERM");
    assert.equal((await ended)[0], 1);
  });

  it("compresses, or says once that it cannot and goes on", { timeout }, async (t) => {
    const box = setUp(t, ({ port, hostKey, key }) => {
      const host = { port, hostKey, key, lines: ["Compression yes"] };
      return { h: host, other: host };
    });
    if (box === undefined) return;
    writeFileSync(join(box.remote, "f"), "f");
    const { status, stderr } = await runCli(["-F", box.config, `${box.at}/f`, `other:${box.remote}/g`]);
    assert.equal(status, 0, stderr);
    const warnings = stderr.split("\n").filter((line) => line.startsWith("Warning:"));
    const expected = ["Warning: Compression is not available on Deno; continuing without it"];
    assert.deepEqual(warnings, runtime === "deno" ? expected : []);
  });

  it("is the remote scp of OpenSSH's scp, -t and -f", { timeout }, async (t) => {
    const box = setUp(t);
    if (box === undefined) return;
    writeTree(box, "tree");
    const expected = readTree(box.path("tree"), { times: true });
    for (const [from, to] of [
      [box.path("tree"), `h:${box.path("sent")}`],
      [`h:${box.path("tree")}`, box.path("got")],
    ] as const) {
      const { status, stderr } = await run("scp", ["-O", "-S", loopback(box), "-rp", from, to]);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.deepEqual(readTree(to.replace(/^h:/, ""), { times: true }), expected);
    }
  });

  it("ends -t and -f on each signal, also when the client does not read", { timeout }, async (t) => {
    const box = createSandbox();
    t.after(() => box.remove());
    const large = box.write("large", Buffer.alloc(8_000_000));
    await Promise.all(
      signals.map(async (signal) => {
        const source = start(t, ["-f", large], box.folder);
        source.child.stdin.write("\0\0\0");
        await once(source.child.stdout, "data");
        source.child.stdout.pause();
        process.kill(source.child.pid ?? 0, signal);
        await source.ended;

        const folder = box.path(signal);
        mkdirSync(folder);
        const sink = start(t, ["-t", folder], box.folder);
        // More answers than a pipe holds.
        for (let count = 0; count < 70_000; count += 10_000) sink.child.stdin.write("T1 0 1 0\n".repeat(10_000));
        sink.child.stdin.write("C0644 2000000 half\n");
        sink.child.stdin.write(Buffer.alloc(1_000_000));
        await sleep(500);
        process.kill(sink.child.pid ?? 0, signal);
        await sink.ended;
        assert.deepEqual(readdirSync(folder), []);
      }),
    );
  });

  it("serves a directory to OpenSSH's scp until it is interrupted", { timeout }, async (t) => {
    const box = setUp(t);
    if (box === undefined) return;
    writeTree(box, "tree");
    mkdirSync(box.path("served"));
    const port = await freePort();
    const authorized = join(box.server.home, "..", "authorized_keys");
    const argv = ["serve", "--port", `${port}`, "--authorized-keys", authorized, box.path("served")];
    const { child, ended } = start(t, argv, box.folder);
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    await until(() => /^or: /m.test(said), child);
    writeFileSync(box.knownHosts, `${/^For known_hosts: (.*)$/m.exec(said)?.[1]}\n`);
    const options = ["-F", box.config, "-i", box.server.key, "-P", `${port}`];
    const at = `${userInfo().username}@127.0.0.1:`;
    for (const [from, to] of [
      [box.path("tree"), at],
      [`${at}tree`, box.path("got")],
    ] as const) {
      const { status, stderr } = await run("scp", ["-O", "-B", ...options, "-rp", from, to]);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    }
    assert.deepEqual(readTree(box.path("got"), { times: true }), readTree(box.path("tree"), { times: true }));
    process.kill(child.pid ?? 0, "SIGTERM");
    assert.equal((await ended)[0], 0);
  });
});

describe(`prompts on ${runtime}`, () => {
  async function download(box: Place, steps: readonly Step[]) {
    writeFileSync(join(box.remote, "f"), "f");
    return onTerminal(["-F", box.config, `${box.at}/f`, "f"], { cwd: box.folder, steps });
  }

  it("ask about an unknown host key again after a wrong answer", { timeout }, async (t) => {
    if (noTerminal(t)) return;
    const box = setUp(t, ({ port, key }) => ({ h: { port, key } }));
    if (box === undefined) return;
    const { shown, status } = await download(box, [
      { expect: "fingerprint\\]\\)\\? ", send: "maybe\r" },
      { expect: "fingerprint: ", send: "yes\r" },
    ]);
    assert.equal(status, 0, shown);
    assert.equal(box.read("f"), "f");
  });

  it("ask for a passphrase again after a wrong one, and show neither", { timeout }, async (t) => {
    if (noTerminal(t)) return;
    const box = setUp(t, ({ port, hostKey }) => ({ h: { port, hostKey, key: "%d/locked" } }));
    if (box === undefined) return;
    const key = lockedKey(box);
    authorize(box.server, `${key}.pub`);
    const { shown, status } = await download(box, [
      { expect: "Enter passphrase for key '.*': ", send: "wrong\r" },
      { expect: "Enter passphrase for key '.*': ", send: "secret\r" },
    ]);
    assert.equal(status, 0, shown);
    assert.doesNotMatch(shown, /wrong|secret/);
    assert.equal(box.read("f"), "f");
  });

  it("ask several questions in one run: an unknown host key, then a passphrase", { timeout }, async (t) => {
    if (noTerminal(t)) return;
    const box = setUp(t, ({ port }) => ({ h: { port, key: "%d/locked" } }));
    if (box === undefined) return;
    const key = lockedKey(box);
    authorize(box.server, `${key}.pub`);
    const { shown, status } = await download(box, [
      { expect: "fingerprint\\]\\)\\? ", send: "yes\r" },
      { expect: "Enter passphrase for key '.*': ", send: "wrong\r" },
      { expect: "Enter passphrase for key '.*': ", send: "secret\r" },
    ]);
    assert.equal(status, 0, shown);
    assert.doesNotMatch(shown, /wrong|secret/);
    assert.equal(box.read("f"), "f");
  });

  it("go on to the next method on Ctrl-D", { timeout }, async (t) => {
    if (noTerminal(t)) return;
    const { argv, box } = await setUpPassword(t);
    const { shown, status, restored } = await onTerminal(argv, {
      cwd: box.folder,
      steps: [
        { expect: "Enter passphrase for key '.*': ", send: "\x04" },
        { expect: "ali@h's password: ", send: "wrong\r" },
        { expect: "Permission denied, please try again\\.\r\nali@h's password: ", send: "open sesame\r" },
      ],
    });
    assert.deepEqual({ status, restored }, { status: 0, restored: true }, shown);
    assert.equal(box.read("got"), "f");
  });

  it("end the command with status 1 on Ctrl-D where no method is left", { timeout }, async (t) => {
    if (noTerminal(t)) return;
    const { argv, box } = await setUpPassword(t);
    const { shown, status, restored } = await onTerminal(argv, {
      cwd: box.folder,
      steps: [
        { expect: "Enter passphrase for key '.*': ", send: "\x04" },
        { expect: "ali@h's password: ", send: "\x04" },
      ],
    });
    assert.deepEqual({ status, restored }, { status: 1, restored: true }, shown);
    const unknown = setUp(t, ({ port, key }) => ({ h: { port, key } }));
    if (unknown === undefined) return;
    const outcome = await download(unknown, [{ expect: "fingerprint\\]\\)\\? ", send: "\x04" }]);
    assert.deepEqual({ status: outcome.status, restored: outcome.restored }, { status: 1, restored: true });
  });

  it("end the command as they end scp, whatever ends them, without another word", { timeout: 120_000 }, async (t) => {
    if (noTerminal(t)) return;
    const { argv, box } = await setUpPassword(t);
    const ends: readonly (readonly [Omit<Step, "expect">, number])[] = [
      [{ send: "\x03" }, 1],
      [{ send: "\x1c" }, -constants.signals.SIGQUIT],
      [{ signal: "SIGINT" }, 1],
      [{ signal: "SIGTERM" }, 1],
      [{ signal: "SIGHUP" }, 1],
      [{ signal: "SIGQUIT" }, -constants.signals.SIGQUIT],
    ];
    const tryEnd = async ([end, expected]: (typeof ends)[number]): Promise<void> => {
      const steps = [{ expect: "Enter passphrase for key '.*': ", ...end }];
      const { shown, ...outcome } = await onTerminal(argv, { cwd: box.folder, steps });
      assert.deepEqual(outcome, { status: expected, restored: true }, JSON.stringify([end, shown]));
      // Deno clears its own status lines first.
      assert.match(shown.replace(/\x1b\[\d*[A-Z]/g, ""), /^Enter passphrase for key '.*': \r\n$/, JSON.stringify(end));
      // One comparison is enough.
      if (runtime !== "node") return;
      // A signal between ssh's question and its read is lost: readpassphrase() then waits for ever.
      const later = steps.map((step) => ({ ...step, pause: 0.2 }));
      const scp = await onTerminal(["-O", ...argv], { cwd: box.folder, steps: later, program: ["scp"] });
      assert.equal(scp.status, expected, JSON.stringify([end, scp.shown]));
    };
    await Promise.all(ends.map(tryEnd));
    assert.ok(!existsSync(box.path("got")));
  });

  /** Makes the key with a passphrase that the configuration calls `%d/locked`. */
  function lockedKey(box: Sandbox): string {
    const key = box.path("locked");
    generateKey(key, ["-N", "secret"]);
    writeFileSync(box.config, readFileSync(box.config, "utf8").replace("%d/locked", key));
    return key;
  }

  /** A server that accepts a key whose passphrase is `secret`, and the password `open sesame`; how to fetch a file from it. */
  async function setUpPassword(t: TestContext) {
    const box = createSandbox();
    t.after(() => box.remove());
    box.write("there/f", "f");
    const key = box.path("locked");
    generateKey(key, ["-N", "secret"]);
    const embedded = await startEmbedded(box.path("there"), (context) => {
      if (context.method === "publickey") context.accept();
      else if (context.method === "password" && context.password === "open sesame") context.accept();
      else context.reject(["publickey", "password"]);
    });
    t.after(() => embedded.stop());
    writeFileSync(box.knownHosts, `[127.0.0.1]:${embedded.port} ${embedded.hostKey}\n`);
    const options = ["-F", box.config, "-o", "HostName=127.0.0.1", "-P", `${embedded.port}`, "-i", key];
    return { box, argv: [...options, "ali@h:f", box.path("got")] };
  }
});
