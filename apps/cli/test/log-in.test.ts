import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { generateKey } from "@scpkit/test-support/processes";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshAgent, type TestSshAgent } from "@scpkit/test-support/ssh-agent";
import { type SshdOptions, startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { run, runCli } from "./support/cli.ts";
import { startEmbedded } from "./support/embedded-server.ts";
import { type ConfiguredHost, createSandbox, type Sandbox } from "./support/sandbox.ts";

/** A server of its own that accepts the key `id`, and what a copy from it needs. */
interface Place {
  readonly box: Sandbox;
  readonly server: TestSshd;
  /** Runs the command, and scp with the same arguments. Both have to agree about success. */
  fetch(
    options: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; stderr: string }>;
}

async function setUp(
  t: TestContext,
  host: (server: TestSshd) => Partial<ConfiguredHost> = () => ({}),
  options: SshdOptions = {},
): Promise<Place> {
  const server = await startSshd(options);
  const { port, hostKey } = server;
  const box = createSandbox({ h: { port, hostKey, ...host(server) } });
  t.after(async () => {
    box.remove();
    await server.stop();
  });
  writeFileSync(join(server.home, "f"), "f");
  return {
    box,
    server,
    async fetch(options, env = {}) {
      const argv = ["-B", "-F", box.config, ...options, "h:f", box.path("got")];
      const scp = await run("scp", ["-O", ...argv], { env, cwd: box.folder });
      rmSync(box.path("got"), { force: true });
      const { status, stderr } = await runCli(argv, { env, cwd: box.folder });
      assert.equal(status, scp.status, `scpkit: ${stderr}\nscp: ${scp.stderr}`);
      assert.equal(existsSync(box.path("got")), status === 0);
      return { status: status ?? -1, stderr };
    },
  };
}

async function agentWith(t: TestContext, keys: readonly string[]): Promise<TestSshAgent> {
  const agent = await startSshAgent(keys);
  t.after(() => agent.stop());
  return agent;
}

const withAgent = { lines: ["IdentityAgent SSH_AUTH_SOCK"] };

describe("keys", () => {
  it("are offered in ssh's order, wherever their public half is known from", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = createSandbox();
    t.after(() => box.remove());
    const names = ["a", "b", "c", "d", "e"] as const;
    for (const name of names) generateKey(box.path(name));
    rmSync(box.path("b.pub"));
    const agent = await agentWith(t, ["a", "b", "c", "e"].map(box.path));
    rmSync(box.path("e"));
    const nameOf = new Map(
      names.map((name) => [
        execFileSync("ssh-keygen", ["-lf", box.path(name === "b" ? "b" : `${name}.pub`)])
          .toString()
          .split(" ")[1],
        name,
      ]),
    );
    const offered: (string | undefined)[] = [];
    const server = await startEmbedded(box.folder, (context) => {
      if (context.method === "publickey") {
        const line = `${context.key.algo} ${context.key.data.toString("base64")}`;
        const listed = execFileSync("ssh-keygen", ["-lf", "-"], { input: line }).toString();
        offered.push(nameOf.get(listed.split(" ")[1]));
      }
      context.reject(["publickey"]);
    });
    t.after(() => server.stop());
    writeFileSync(box.knownHosts, `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    const common = ["-B", "-F", box.config, "-o", "IdentityAgent=SSH_AUTH_SOCK", "-P", `${server.port}`];
    const keys = ["d", "e.pub", "c", "b"].flatMap((name) => ["-i", box.path(name)]);
    for (const more of [[], ["-o", "IdentitiesOnly=yes"]]) {
      const argv = [...common, ...more, ...keys, "127.0.0.1:f", box.path("got")];
      const env = { SSH_AUTH_SOCK: agent.socket };
      offered.length = 0;
      await run("scp", ["-O", ...argv], { env });
      const byScp = offered.splice(0);
      await runCli(argv, { env });
      assert.deepEqual(offered, byScp);
      assert.deepEqual(offered, [...["b", "c", "e"], ...(more.length === 0 ? ["a"] : []), "d"]);
    }
  });

  it("that are named come before six others of the agent, as many as a server allows", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box, server, fetch } = await setUp(t, () => withAgent, { settings: ["MaxAuthTries 6"] });
    const others = [1, 2, 3, 4, 5, 6].map((number) => box.path(`k${number}`));
    for (const key of others) generateKey(key);
    const agent = await agentWith(t, [...others, server.key]);
    const env = { SSH_AUTH_SOCK: agent.socket };
    assert.equal((await fetch(["-i", server.key], env)).status, 0);
    assert.equal((await fetch(["-i", server.key, "-o", "IdentitiesOnly=yes"], env)).status, 0);
    const { status, stderr } = await fetch([], env);
    assert.equal(status, 1);
    assert.match(stderr, /Too many authentication failures.*\nhint: .* -i and pass -o IdentitiesOnly=yes\n/);
  });

  it("of an agent can be named by their public key alone", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box, server, fetch } = await setUp(t, () => withAgent);
    const agent = await agentWith(t, [server.key]);
    copyFileSync(`${server.key}.pub`, box.path("only.pub"));
    const env = { SSH_AUTH_SOCK: agent.socket };
    for (const name of ["only.pub", "only"]) {
      const { status } = await fetch(["-o", `IdentityFile=${box.path(name)}`, "-o", "IdentitiesOnly=yes"], env);
      assert.equal(status, 0, name);
    }
    const { status, stderr } = await fetch(["-i", box.path("only.pub")], { SSH_AUTH_SOCK: "" });
    assert.equal(status, 1);
    assert.match(stderr, /only\.pub cannot be used: it holds only a public key.*\nhint: .*ssh-add/);
  });

  it("are not spoiled by what is in the .pub file beside them", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box, server, fetch } = await setUp(t);
    const key = box.path("id");
    copyFileSync(server.key, key);
    const good = readFileSync(`${server.key}.pub`, "utf8");
    const rfc4716 = execFileSync("ssh-keygen", ["-e", "-f", `${server.key}.pub`]);
    const forms = [
      "",
      "garbage here\n",
      `# comment\n${good}`,
      `restrict ${good}`,
      rfc4716,
      Buffer.from(good, "utf16le"),
    ];
    for (const form of forms) {
      writeFileSync(`${key}.pub`, form);
      assert.equal((await fetch(["-i", key])).status, 0, String(form));
    }
    generateKey(box.path("other"));
    renameSync(box.path("other.pub"), `${key}.pub`);
    assert.equal((await runCli(["-B", "-F", box.config, "-i", key, "h:f", box.path("stale")])).status, 0);
  });

  it("that others can read are ignored, with ssh's warning and the command that protects them", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box, server, fetch } = await setUp(t);
    const key = box.path("i d");
    copyFileSync(server.key, key);
    for (const mode of [0o644, 0o640, 0o604, 0o610]) {
      chmodSync(key, mode);
      const { status, stderr } = await fetch(["-i", key]);
      assert.equal(status, 1);
      const ssh = await run("ssh", ["-F", box.config, "-o", "BatchMode=yes", "-i", key, "h", "true"]);
      const warning = ssh.stderr.replaceAll("\r", "").split("\n").slice(0, 6).join("\n");
      assert.match(warning, /UNPROTECTED PRIVATE KEY FILE/);
      assert.ok(stderr.startsWith(`${warning}\n`), stderr);
      assert.ok(stderr.endsWith(`\nhint: Run chmod 600 '${key}'\n`), stderr);
    }
    chmodSync(key, 0o600);
    assert.equal((await fetch(["-i", key])).status, 0);
  });

  it("obey RequiredRSASize and PubkeyAcceptedAlgorithms", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box, server, fetch } = await setUp(t);
    const rsa = box.path("rsa");
    execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa]);
    writeFileSync(join(server.home, "..", "authorized_keys"), readFileSync(`${rsa}.pub`));
    for (const [option, status] of [
      ["RequiredRSASize=2048", 0],
      ["RequiredRSASize=2049", 1],
      ["PubkeyAcceptedAlgorithms=rsa-sha2-512", 0],
      ["PubkeyAcceptedAlgorithms=-rsa*", 1],
      ["PubkeyAcceptedAlgorithms=ssh-ed25519", 1],
    ] as const) {
      const outcome = await fetch(["-i", rsa, "-o", option]);
      assert.equal(outcome.status, status, `${option} ${outcome.stderr}`);
      if (status === 1) assert.match(outcome.stderr, /not tried: SHA256:\S+ \(\S+rsa\): /);
    }
  });
});

describe("AddKeysToAgent", () => {
  it("adds a key that was used to the agent, as ssh does", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box, server } = await setUp(t, () => withAgent);
    generateKey(box.path("first"));
    const asks = box.write(
      "askpass",
      `#!/bin/sh\necho "$SSH_ASKPASS_PROMPT $1" >> '${box.path("asked")}'\necho yes\n`,
      0o755,
    );
    const keys = ["-o", "IdentitiesOnly=yes", "-i", server.key];
    for (const [value, env, added] of [
      ["no", {}, false],
      ["yes", {}, true],
      ["1h", {}, true],
      ["confirm 1h", {}, true],
      ["ask", { SSH_ASKPASS: asks, DISPLAY: ":9" }, true],
      ["ask", { SSH_ASKPASS: asks, DISPLAY: "" }, false],
    ] as const) {
      const lists: string[] = [];
      for (const program of ["scp", "scpkit"]) {
        const agent = await startSshAgent([box.path("first")]);
        const argv = ["-F", box.config, ...keys, "-o", `AddKeysToAgent=${value}`, "h:f", box.path("got")];
        const options = { env: { ...env, SSH_AUTH_SOCK: agent.socket } };
        const { status, stderr } = await (program === "scp"
          ? run("scp", ["-O", ...argv], options)
          : runCli(argv, options));
        assert.equal(status, 0, stderr);
        const listed = await run("ssh-add", ["-l"], { env: { SSH_AUTH_SOCK: agent.socket } });
        lists.push(listed.stdout);
        await agent.stop();
      }
      assert.equal(lists[1], lists[0], value);
      assert.equal(lists[1]?.trim().split("\n").length, added ? 2 : 1, value);
    }
    assert.match(readFileSync(box.path("asked"), "utf8"), /^confirm Add key .*\nconfirm Add key .*\n$/);
    const { status, stderr } = await runCli([
      "-F",
      box.config,
      "-o",
      "AddKeysToAgent=confirm soon",
      "h:f",
      box.path("x"),
    ]);
    assert.equal(status, 1);
    assert.match(stderr, /"confirm soon" is not a value of AddKeysToAgent\nhint: Write yes, no, ask/);
  });
});

describe("time", () => {
  it("for the login is not limited by ConnectTimeout", async (t) => {
    if (isMissing(t, "sshd") || process.getuid?.() !== 0) return t.skip("peer missing: sshd");
    // sshd runs only a command that nobody else can replace.
    const command = "/run/scpkit-slow-login-test";
    const account = process.env.USER ?? "root";
    const { server, fetch } = await setUp(t, ({ key }) => ({ key }), {
      settings: [`AuthorizedKeysCommand ${command}`, `AuthorizedKeysCommandUser ${account}`, "AuthorizedKeysFile none"],
    });
    const keys = join(server.home, "..", "authorized_keys");
    writeFileSync(command, `#!/bin/sh\nsleep 2\ncat '${keys}'\n`, { mode: 0o755 });
    t.after(() => rmSync(command));
    assert.deepEqual(await fetch(["-o", "ConnectTimeout=2"]), { status: 0, stderr: "" });
  });
});

describe("a hint", () => {
  it("names ConnectTimeout when the server takes longer than that for the key exchange", async (t) => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    t.after(() => silent.close());
    const address = silent.address();
    const port = typeof address === "object" ? `${address?.port}` : "";
    const argv = ["-B", "-F", "none", "-o", "ConnectTimeout=1", "-P", port, "127.0.0.1:f", "got"];
    const { status, stderr } = await runCli(argv);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /did not finish the key exchange in time\nhint: .*; -o ConnectTimeout=SECONDS allows more time\n$/,
    );
  });

  it("names the certificate that only ssh can use", async (t) => {
    if (isMissing(t, "sshd")) return;
    const box = createSandbox();
    t.after(() => box.remove());
    for (const name of ["ca", "id"]) generateKey(box.path(name));
    execFileSync("ssh-keygen", ["-q", "-s", box.path("ca"), "-I", "me", "-n", "root", `${box.path("id")}.pub`], {
      stdio: "ignore",
    });
    const server = await startSshd();
    t.after(() => server.stop());
    const argv = ["-B", "-F", "none", "-o", `UserKnownHostsFile=${box.knownHosts}`, "-P", `${server.port}`];
    writeFileSync(box.knownHosts, `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    const options = [...argv, "-o", "IdentityAgent=none", "-i", box.path("id")];
    const { status, stderr } = await runCli([...options, "127.0.0.1:f", box.path("got")]);
    assert.equal(status, 1);
    assert.ok(
      stderr.endsWith(`\nhint: Pass -S ssh to log in with the certificate ${box.path("id")}-cert.pub\n`),
      stderr,
    );
  });

  it("names an option of the command when no algorithm is common", async (t) => {
    if (isMissing(t, "sshd")) return;
    for (const [kex, hint] of [
      ["diffie-hellman-group14-sha1", "Pass -o KexAlgorithms=+diffie-hellman-group14-sha1, or update the server"],
      ["sntrup761x25519-sha512@openssh.com", "Pass -S ssh to connect with the system's ssh, or update the server"],
    ]) {
      const { box } = await setUp(t, ({ key }) => ({ key }), { settings: [`KexAlgorithms ${kex}`] });
      const { status, stderr } = await runCli(["-B", "-F", box.config, "h:f", box.path("got")]);
      assert.equal(status, 1);
      assert.ok(stderr.endsWith(`\nhint: ${hint}\n`), stderr);
    }
  });

  it("about keys that could not be used does not blame the server", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box } = await setUp(t);
    writeFileSync(box.path("broken"), "not a key", { mode: 0o600 });
    const { stderr } = await runCli(["-B", "-F", box.config, "-i", box.path("broken"), "h:f", box.path("got")]);
    assert.match(stderr, /not tried: \S+broken cannot be used: .*\nhint: Fix the problems with the keys .*\n$/);
    const none = await runCli(["-B", "-F", box.config, "h:f", box.path("got")]);
    assert.match(none.stderr, /\nhint: Name a private key with -i, or load one into an agent with ssh-add\n$/);
  });
});

describe("SSH_ASKPASS", () => {
  it("asks where ssh would ask with it", async (t) => {
    if (isMissing(t, "sshd")) return;
    const { box, server } = await setUp(t);
    const key = box.path("locked");
    generateKey(key, ["-N", "secret"]);
    writeFileSync(join(server.home, "..", "authorized_keys"), readFileSync(`${key}.pub`));
    const program = box.write("askpass", `#!/bin/sh\necho "$1" >> '${box.path("asked")}'\necho secret\n`, 0o755);
    const refuses = box.write("refuses", "#!/bin/sh\nexit 1\n", 0o755);
    const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
      [{ SSH_ASKPASS: program, DISPLAY: ":9" }, 0],
      [{ SSH_ASKPASS: program, WAYLAND_DISPLAY: "w" }, 0],
      [{ SSH_ASKPASS: program }, 1],
      [{ SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "force" }, 0],
      [{ SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "prefer" }, 1],
      [{ SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "prefer", DISPLAY: ":9" }, 0],
      [{ SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "never", DISPLAY: ":9" }, 1],
      [{ SSH_ASKPASS: refuses, DISPLAY: ":9" }, 1],
      [{ SSH_ASKPASS: box.path("missing"), DISPLAY: ":9" }, 1],
    ];
    for (const [env, expected] of cases) {
      rmSync(box.path("asked"), { force: true });
      const argv = ["-F", box.config, "-i", key, "h:f", box.path("got")];
      const clean = { DISPLAY: "", WAYLAND_DISPLAY: "", SSH_ASKPASS_REQUIRE: "", ...env };
      const scp = await run("scp", ["-O", ...argv], { env: clean });
      const askedByScp = existsSync(box.path("asked")) ? readFileSync(box.path("asked"), "utf8") : "";
      rmSync(box.path("asked"), { force: true });
      const { status, stderr } = await runCli(argv, { env: clean });
      assert.equal(status, expected, JSON.stringify([env, stderr]));
      const asked = existsSync(box.path("asked")) ? readFileSync(box.path("asked"), "utf8") : "";
      assert.equal(asked, expected === 0 ? `Enter passphrase for key '${key}': \n` : "");
      // OpenSSH 9.2 does not read WAYLAND_DISPLAY yet.
      if ("WAYLAND_DISPLAY" in env) continue;
      assert.equal(scp.status, expected, JSON.stringify([env, scp.stderr]));
      assert.equal(asked, askedByScp);
    }
  });
});
