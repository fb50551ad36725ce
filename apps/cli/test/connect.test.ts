import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { freePort } from "@scpkit/test-support/free-port";
import { generateKey } from "@scpkit/test-support/processes";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { startSshAgent } from "@scpkit/test-support/ssh-agent";
import { authorize, startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { run, runCli } from "./support/cli.ts";
import { type ConfiguredHost, createSandbox, type Sandbox } from "./support/sandbox.ts";
import { noTerminal, onTerminal } from "./support/terminal-session.ts";

let server: TestSshd | undefined;
let second: TestSshd | undefined;

before(async () => {
  if (findProgram("sshd") === undefined) return;
  server = await startSshd();
  second = await startSshd();
  for (const { home } of [server, second]) writeFileSync(join(home, "file"), `of ${home}`);
});

after(async () => {
  await server?.stop();
  await second?.stop();
});

/** A sandbox that is removed with the test; `h` is the first server, `other` the second, unless `hosts` says otherwise. */
function setUp(
  t: TestContext,
  hosts: (one: TestSshd, two: TestSshd) => Record<string, ConfiguredHost> = known,
): Sandbox {
  if (server === undefined || second === undefined) throw new Error("No sshd");
  const box = createSandbox(hosts(server, second));
  t.after(() => box.remove());
  return box;
}

function known(one: TestSshd, two: TestSshd): Record<string, ConfiguredHost> {
  return { h: one, other: two };
}

function stranger({ port, key }: TestSshd): ConfiguredHost {
  return { port, key };
}

/** Downloads `operand` and says what came of it. */
async function fetch(
  box: Sandbox,
  operand: string,
  options: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; stderr: string; arrived: boolean }> {
  const argv = ["-F", box.config, ...options, operand, box.path("got")];
  const { status, stderr } = await runCli(argv, { env, cwd: box.folder });
  return { status, stderr, arrived: existsSync(box.path("got")) };
}

const success = { status: 0, stderr: "", arrived: true };

describe("the way to a host", () => {
  it("is what ssh_config says of an alias", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    assert.deepEqual(await fetch(box, "h:file"), success);
    assert.equal(box.read("got"), `of ${server?.home}`);
  });

  it("is what the command line says: -i, -P, -o, a user", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const box = setUp(t);
    const { port, key } = server;
    const hostKeys = `-oUserKnownHostsFile=${box.knownHosts}`;
    const user = process.env.USER ?? "root";
    assert.deepEqual(
      await fetch(box, `${user}@127.0.0.1:file`, ["-F", "none", hostKeys, "-i", key, "-P", String(port)]),
      success,
    );
    assert.deepEqual(
      await fetch(box, "127.0.0.1:file", ["-Fnone", hostKeys, `-oIdentityFile=${key}`, `-oPort=${port}`]),
      success,
    );
    assert.deepEqual(await fetch(box, `scp://127.0.0.1:${port}/file`, ["-Fnone", hostKeys, "-i", key, "-P1"]), success);
  });

  it("keeps to an address family", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    assert.deepEqual(await fetch(box, "h:file", ["-4"]), success);
    assert.equal((await fetch(box, "h:file", ["-6"])).status, 1);
  });

  it("leads to an IPv6 address in brackets", async (t) => {
    if (isMissing(t, "sshd")) return;
    const server6 = await startSshd({ address: "::1" }).catch(() => undefined);
    if (server6 === undefined) return t.skip("peer missing: IPv6 loopback");
    t.after(() => server6.stop());
    writeFileSync(join(server6.home, "file"), "six");
    const { port, key, hostKey } = server6;
    const box = setUp(t, () => ({ "::1": { port, key, hostKey, hostName: "::1" } }));
    assert.deepEqual(await fetch(box, "[::1]:file"), success);
    assert.equal(box.read("got"), "six");
    assert.deepEqual(await fetch(box, `scp://[::1]:${port}/file`), success);
    assert.equal((await fetch(box, "[::1]:file", ["-4"])).status, 1);
  });

  it("leads through jump hosts, by -J and by configuration", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one, two) => ({
      h: { ...one, lines: ["ProxyJump other"] },
      plain: one,
      other: two,
    }));
    assert.deepEqual(await fetch(box, "h:file"), success);
    assert.equal(box.read("got"), `of ${server?.home}`);
    assert.deepEqual(await fetch(box, "plain:file", ["-J", "other"]), success);
    assert.deepEqual(await fetch(box, "plain:file", ["-J", "other,plain"]), success);
    const { status, stderr } = await fetch(box, "plain:file", ["-v", "-J", "other"]);
    assert.equal(status, 0);
    assert.equal(stderr.match(/Connecting to/g)?.length, 2, stderr);
  });

  it("brings the environment variables of SendEnv and SetEnv", async (t) => {
    if (isMissing(t, "sshd")) return;
    const accepting = await startSshd({ settings: ["AcceptEnv *FOO*"] });
    t.after(() => accepting.stop());
    const box = setUp(t, () => ({
      h: {
        ...accepting,
        lines: [
          "SendEnv FOO_A FOO_B FOO_SET NOT_FOO",
          "SendEnv -NOT_*",
          'SetEnv FOO_SET="%n  it\'s" FOO_B=2 FOO_B=3 OTHER=1',
          "SetEnv FOO_LATE=1",
        ],
      },
    }));
    const env = { FOO_A: "sent", NOT_FOO: "x", FOO_SET: "from outside", FOO_B: "from outside" };
    // The remote shell names the file after what it has received.
    const operand = 'h:$(printenv | grep FOO | sort > "$HOME/got"; printenv OTHER >> "$HOME/got"; echo "$HOME/got")';
    assert.deepEqual(await fetch(box, operand, ["-T"], env), success);
    assert.equal(box.read("got"), "FOO_A=sent\nFOO_B=2\nFOO_SET=h  it's\n");
  });

  it("may lead through a host at the same address, as with ssh, but not in circles", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one) => ({
      h: { ...one, lines: ["ProxyJump gate"] },
      gate: one,
      self: { ...one, lines: ["ProxyJump self"] },
      a: { ...one, lines: ["ProxyJump b"] },
      b: { ...one, lines: ["ProxyJump a"] },
    }));
    assert.deepEqual(await fetch(box, "h:file"), success);
    assert.deepEqual(await fetch(box, "gate:file", ["-J", "gate"]), success);
    assert.equal(spawnSync("ssh", ["-F", box.config, "-o", "BatchMode=yes", "h", "true"]).status, 0);
    for (const [alias, back] of [
      ["self", "self"],
      ["a", "a"],
      ["h", "self"],
    ] as const) {
      const { status, stderr } = await fetch(box, `${alias}:file`, alias === "h" ? ["-J", "self"] : []);
      assert.equal(status, 1);
      assert.match(
        stderr,
        new RegExp(`The jump hosts of "${back}" form a loop\nhint: Set "ProxyJump none" for "${back}"`),
      );
    }
  });

  it("leads through a ProxyCommand", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const { port } = server;
    const forward = `${process.execPath} -e 'const s=require("net").connect(${port},"127.0.0.1");process.stdin.pipe(s).pipe(process.stdout)'`;
    const box = setUp(t, (one) => ({ h: { ...one, lines: [`ProxyCommand ${forward}`] } }));
    assert.deepEqual(await fetch(box, "h:file"), success);
  });

  it("is told when the ProxyCommand leads nowhere", async (t) => {
    const box = createSandbox({ h: { port: 1, lines: ["ProxyCommand echo out of order >&2; exit 1"] } });
    t.after(() => box.remove());
    for (const env of [{ SHELL: "/bin/sh" }, { SHELL: "" }]) {
      const { status, stderr } = await fetch(box, "h:file", [], env);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /^out of order\nscpkit: The ProxyCommand of "h" ended before the login\nhint: .*: echo out of order >&2; exit 1\n$/,
      );
    }
  });

  it("is told when it does not exist", async (t) => {
    const port = await freePort();
    const box = createSandbox({ h: { port } });
    t.after(() => box.remove());
    const refused = await fetch(box, "h:file");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, new RegExp(`refused: "127\\.0\\.0\\.1" port ${port}\nhint: .*port`));
    const unknown = await fetch(box, "no-such-host.invalid:file");
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /"no-such-host\.invalid" port 22\nhint: /);
  });
});

describe("the command line", () => {
  it("is warned of an identity file that is not there", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    assert.deepEqual(await fetch(box, "h:file", ["-i", box.path("none")]), {
      ...success,
      stderr: `Warning: Identity file ${box.path("none")} not accessible: No such file or directory.\n`,
    });
  });

  it("looks for identity files in the home of the user database, as ssh does", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    box.write("key-that-only-HOME-has", "");
    assert.deepEqual(await fetch(box, "h:file", ["-i", "~/key-that-only-HOME-has"], { HOME: box.folder }), {
      ...success,
      stderr: "Warning: Identity file ~/key-that-only-HOME-has not accessible: No such file or directory.\n",
    });
  });

  it("names a cipher that does not exist", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { status, stderr } = await fetch(setUp(t), "h:file", ["-c", "nope"]);
    assert.equal(status, 1);
    assert.match(stderr, /^scpkit: None of the requested ciphers is available: "nope"\nhint: .*aes128-ctr/);
  });

  it("takes an empty path for none, not for the working directory", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    const none = { stdout: "", stderr: ": No such file or directory\n", status: 1 };
    for (const operands of [
      ["-r", "", "h:"],
      ["h:file", ""],
    ]) {
      const { stderr, ...rest } = await runCli(["-F", box.config, ...operands], { cwd: box.folder });
      assert.deepEqual({ ...rest, stderr: stderr.replace(/^hint: .*\n/m, "") }, none);
    }
  });
});

describe("logging in", () => {
  it("uses the keys of an agent", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const { port, hostKey, key } = server;
    const agent = await startSshAgent([key]);
    t.after(() => agent.stop());
    const box = setUp(t, () => ({ h: { port, hostKey, lines: ["IdentityAgent SSH_AUTH_SOCK"] } }));
    assert.deepEqual(await fetch(box, "h:file", [], { SSH_AUTH_SOCK: agent.socket }), success);
    assert.equal((await fetch(box, "h:file", [], { SSH_AUTH_SOCK: "" })).status, 1);
  });

  it("asks for no passphrase where there is no terminal, and tells which keys were tried", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const box = setUp(t);
    const key = box.path("locked");
    generateKey(key, ["-N", "secret"]);
    authorize(server, `${key}.pub`);
    const { status, stderr } = await fetch(box, "h:file", [
      "-o",
      "IdentitiesOnly=yes",
      "-i",
      key,
      "-F",
      "none",
      ...direct(box),
    ]);
    assert.equal(status, 1);
    assert.match(stderr, /^scpkit: .*locked/);
    assert.match(stderr, /\nhint: /);
  });

  /** What replaces the configuration file: the address and the known host. */
  function direct(box: Sandbox): string[] {
    return ["-o", `UserKnownHostsFile=${box.knownHosts}`, "-o", `Port=${server?.port}`, "-o", "HostName=127.0.0.1"];
  }
});

describe("a keyword of ssh_config", () => {
  it("that restricts and is not supported ends the run, before anything is opened", async (t) => {
    const box = createSandbox({ h: { port: 1, lines: ["BindInterface eth0"] }, other: { port: 1 } });
    t.after(() => box.remove());
    const { status, stderr } = await fetch(box, "h:file");
    assert.equal(status, 1);
    assert.match(stderr, /ssh_config line 4: BindInterface is not supported: .*\nhint: Use -S ssh/);
    assert.match((await fetch(box, "other:file")).stderr, /refused/);
  });

  it("that limits the use of keys is obeyed", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const box = setUp(t);
    writeFileSync(join(server.home, "large"), Buffer.alloc(2_000_000));
    for (const [limit, exchanges] of [
      ["default none", 0],
      ["100K 1h", 1],
    ] as const) {
      const { status, stderr } = await fetch(box, "h:large", ["-vv", "-o", `RekeyLimit=${limit}`]);
      assert.equal(status, 0);
      const count = stderr.split("Initiated explicit rekey").length - 1;
      assert.ok(exchanges === 0 ? count === 0 : count >= exchanges, `${count} key exchanges with RekeyLimit ${limit}`);
    }
  });

  it("that forbids small RSA keys is obeyed for host keys", async (t) => {
    if (isMissing(t, "sshd")) return;
    const folder = createSandbox();
    t.after(() => folder.remove());
    const key = folder.path("host_rsa");
    execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key]);
    const rsa = await startSshd({ settings: [`HostKey ${key}`, "HostKeyAlgorithms rsa-sha2-512"] });
    t.after(() => rsa.stop());
    writeFileSync(join(rsa.home, "file"), "rsa");
    const hostKey = readFileSync(`${key}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
    const box = setUp(t, () => ({ h: { ...rsa, hostKey } }));
    assert.deepEqual(await fetch(box, "h:file", ["-o", "RequiredRSASize=2048"]), success);
    rmSync(box.path("got"));
    for (const strict of ["yes", "no"]) {
      const options = ["-o", "RequiredRSASize=2049", "-o", `StrictHostKeyChecking=${strict}`];
      const { status, stderr, arrived } = await fetch(box, "h:file", options);
      assert.deepEqual({ status, arrived }, { status: 1, arrived: false });
      assert.match(stderr, /the RSA key has 2048 bits, and at least 2049 are required\nhint: /);
    }
  });

  it("that opens a way and is not supported is named where it could have led further", async (t) => {
    if (isMissing(t, "sshd")) return;
    const offering = await startSshd({ settings: ["GSSAPIAuthentication yes"] });
    t.after(() => offering.stop());
    const lines = ["GSSAPIAuthentication yes", "PKCS11Provider /lib/x.so", "VerifyHostKeyDNS yes", "ControlPath ~/%C"];
    const box = setUp(t, (one) => ({
      h: { ...one, lines },
      keyless: { port: one.port, hostKey: one.hostKey, lines },
      strange: { port: one.port, lines: [...lines, "HostKeyAlias strange"] },
      closed: { port: 1, lines },
      gssapi: { port: offering.port, hostKey: offering.hostKey, lines },
    }));
    assert.deepEqual(await fetch(box, "h:file"), success);
    const hintOf = async (host: string) =>
      /\nhint: (.*)\n$/.exec((await fetch(box, `${host}:file`, ["-B"])).stderr)?.[1] ?? "";
    const login = await hintOf("keyless");
    assert.match(login, /\. For PKCS11Provider \(.*ssh_config line \d+\) use -S ssh,/);
    assert.doesNotMatch(login, /VerifyHostKeyDNS|ControlPath|GSSAPI/);
    assert.match(await hintOf("gssapi"), /\. For GSSAPIAuthentication \(.*\), PKCS11Provider \(.*\) use -S ssh,/);
    assert.match(await hintOf("strange"), /\. For VerifyHostKeyDNS \(.*\) use -S ssh,/);
    assert.match(await hintOf("closed"), /\. For ControlPath \(.*\) use -S ssh,/);
    const { stderr } = await fetch(box, "h:file", ["-v"]);
    assert.match(stderr, /debug1: .*ssh_config line \d+: PKCS11Provider has no effect: keys of PKCS#11 tokens/);
  });
});

describe("a host key", () => {
  it("that is not known is refused where nobody can be asked", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one) => ({ h: stranger(one) }));
    for (const options of [[], ["-B"], ["-o", "StrictHostKeyChecking=yes"]]) {
      const { status, stderr, arrived } = await fetch(box, "h:file", options);
      assert.deepEqual({ status, arrived }, { status: 1, arrived: false });
      assert.match(
        stderr,
        /^scpkit: The host key of \[127\.0\.0\.1\]:\d+ is not known: ssh-ed25519 SHA256:\S+\nhint: /,
      );
    }
    assert.equal(readFileSync(box.knownHosts, "utf8"), "");
  });

  it("that is not known is added with accept-new", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one) => ({ h: stranger(one) }));
    const { status, stderr } = await fetch(box, "h:file", ["-o", "StrictHostKeyChecking=accept-new"]);
    assert.equal(status, 0);
    assert.match(stderr, /^Warning: Permanently added '\[127\.0\.0\.1\]:\d+' \(ssh-ed25519\)/);
    assert.equal(readFileSync(box.knownHosts, "utf8"), `[127.0.0.1]:${server?.port} ${server?.hostKey}\n`);
    assert.deepEqual(await fetch(box, "h:file"), success);
  });

  it("is added in silence with -q", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one) => ({ h: stranger(one) }));
    assert.deepEqual(await fetch(box, "h:file", ["-q", "-o", "StrictHostKeyChecking=accept-new"]), success);
    assert.notEqual(readFileSync(box.knownHosts, "utf8"), "");
  });

  it("that has changed is refused with the file and the line of the old one", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one, two) => ({ h: { ...one, hostKey: two.hostKey } }));
    const { status, stderr, arrived } = await fetch(box, "h:file", ["-o", "StrictHostKeyChecking=accept-new"]);
    assert.deepEqual({ status, arrived }, { status: 1, arrived: false });
    assert.ok(stderr.includes(`${box.knownHosts}:1`), stderr);
  });

  it("that has changed is reported in ssh's lines, with and without a terminal", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one, two) => ({ h: { ...one, hostKey: two.hostKey } }));
    const ssh = await run("ssh", ["-F", box.config, "h", "true"]);
    const linesOf = (text: string): string[] => text.replaceAll("\r", "").replaceAll(/['"]/g, "").trimEnd().split("\n");
    const expected = linesOf(ssh.stderr);
    assert.equal(expected.pop(), "Host key verification failed.");
    assert.equal(expected.length, 14);
    const argv = ["-F", box.config, "h:file", box.path("got")];
    const shown = [(await runCli(argv)).stderr];
    if (!noTerminal(t)) shown.push((await onTerminal(argv)).shown);
    for (const text of shown) {
      assert.deepEqual(linesOf(text).slice(0, -2), expected);
      assert.match(text, /\nscpkit: Host key verification failed for \[127\.0\.0\.1\]:\d+\.\r?\nhint: Ask the server/);
      assert.match(text, /^ {2}ssh-keygen -f '\S+' -R '\[127\.0\.0\.1\]:\d+'\r?$/m);
    }
  });

  it("is found in known_hosts with Windows line endings and a comment", async (t) => {
    if (isMissing(t, "sshd") || second === undefined) return;
    const box = setUp(t);
    const address = `[127.0.0.1]:${server?.port}`;
    const options = ["-o", "StrictHostKeyChecking=accept-new"];
    writeFileSync(box.knownHosts, `# mine\r\n${address} ${server?.hostKey} me@pc\r\n`);
    assert.deepEqual(await fetch(box, "h:file", ["-o", "StrictHostKeyChecking=yes"]), success);
    for (const line of [
      `${address} ${second.hostKey}`,
      `@revoked * ${server?.hostKey}`,
      `${address} ssh-ed25519 AAAA`,
    ]) {
      for (const end of [" me@pc\r\n", " me\u2028pc\n"]) {
        rmSync(box.path("got"), { force: true });
        writeFileSync(box.knownHosts, `${line}${end}`);
        const { status, stderr, arrived } = await fetch(box, "h:file", options);
        assert.deepEqual({ status, arrived }, { status: 1, arrived: false });
        assert.ok(stderr.includes(`${box.knownHosts}:1`), stderr);
        assert.equal(readFileSync(box.knownHosts, "utf8"), `${line}${end}`);
      }
    }
  });

  it("that is revoked is refused whatever StrictHostKeyChecking says", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t);
    const revoked = box.write("revoked", `${server?.hostKey} stolen\r\n`);
    const damaged = box.write("damaged", "ssh-ed25519 AAAA\n");
    for (const strict of ["yes", "ask", "accept-new", "no"]) {
      for (const [file, words] of [
        [revoked, /REVOKED HOST KEY DETECTED/],
        [damaged, /Cannot read the revoked key in .*damaged line 1\nhint: /],
        [box.path("missing"), /Cannot read the revoked keys in .*missing\nhint: /],
        [box.folder, /Cannot read the revoked keys in /],
      ] as const) {
        const options = ["-o", `StrictHostKeyChecking=${strict}`, "-o", `RevokedHostKeys=${file}`];
        const { status, stderr, arrived } = await fetch(box, "h:file", options);
        assert.deepEqual({ status, arrived }, { status: 1, arrived: false }, file);
        assert.match(stderr, words);
      }
    }
    writeFileSync(box.knownHosts, `@revoked * ${server?.hostKey}\n`, { flag: "a" });
    const { status, stderr } = await fetch(box, "h:file", ["-o", "StrictHostKeyChecking=no"]);
    assert.equal(status, 1);
    assert.match(stderr, /REVOKED HOST KEY DETECTED/);
  });

  it("that has changed is told and accepted with StrictHostKeyChecking no, as ssh does", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = setUp(t, (one, two) => ({ h: { ...one, hostKey: two.hostKey } }));
    const { status, stderr } = await fetch(box, "h:file", ["-o", "StrictHostKeyChecking=no"]);
    assert.equal(status, 0);
    assert.match(stderr, /^Password authentication is disabled to avoid man-in-the-middle attacks\.$/m);
  });

  it("that has changed gets no agent with StrictHostKeyChecking no, although -A forwards one", async (t) => {
    if (isMissing(t, "sshd")) return;
    const own = await startSshd();
    t.after(() => own.stop());
    writeFileSync(join(own.home, ".bashrc"), 'cd "$HOME"; echo "agent:$SSH_AUTH_SOCK" > agent\n');
    writeFileSync(join(own.home, "file"), "f");
    const agent = await startSshAgent([own.key]);
    t.after(() => agent.stop());
    for (const hostKey of [own.hostKey, second?.hostKey ?? ""]) {
      const box = setUp(t, () => ({ h: { ...own, hostKey, lines: ["IdentityAgent SSH_AUTH_SOCK"] } }));
      const options = ["-A", "-o", "StrictHostKeyChecking=no"];
      const { status, stderr } = await fetch(box, "h:file", options, { SSH_AUTH_SOCK: agent.socket });
      assert.equal(status, 0, stderr);
      const trusted = hostKey === own.hostKey;
      assert.match(readFileSync(join(own.home, "agent"), "utf8"), trusted ? /^agent:\/\S+\n$/ : /^agent:\n$/);
      assert.equal(/^Agent forwarding is disabled/m.test(stderr), !trusted);
    }
  });
});
