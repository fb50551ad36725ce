import assert from "node:assert/strict";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getuid } from "node:process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ResolvedHost, type ResolveHostOptions, resolveHost, SshConfigError } from "../src/config.ts";
import { withFolder } from "./peers.ts";

/** A machine with files in the user's and the system's folder. */
interface Machine {
  readonly folder: string;
  readonly home: string;
  resolve(alias: string, options?: ResolveHostOptions): Promise<ResolvedHost>;
}

/** Makes a machine; names that begin with `~/` are in the home folder, others in the system's. */
async function withMachine(
  files: Readonly<Record<string, string>>,
  use: (machine: Machine) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const home = join(folder, "home");
    const system = join(folder, "etc");
    await mkdir(join(home, ".ssh", "conf.d"), { recursive: true });
    await mkdir(join(system, "conf.d"), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      const file = name.startsWith("~/") ? join(home, name.slice(2)) : join(system, name);
      await writeFile(file, text, { mode: 0o600 });
    }
    const resolve = (alias: string, options: ResolveHostOptions = {}) =>
      resolveHost(alias, {
        home,
        systemConfigFile: join(system, "ssh_config"),
        localUser: "local",
        localHostname: "here.example.com",
        env: {},
        ...options,
      });
    await use({ folder, home, resolve });
  });
}

const variable = (name: string) => `\${${name}}`;

async function refusal(resolving: Promise<unknown>): Promise<SshConfigError> {
  const error = await resolving.then(
    () => assert.fail("It was accepted"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SshConfigError, String(error));
  return error;
}

describe("resolveHost", () => {
  it("reads every form of AddKeysToAgent, and no other", async () => {
    const read = async (value: string) => {
      const { addKeysToAgent } = await resolveHost("alpha", {
        configFile: "none",
        overrides: [`AddKeysToAgent ${value}`],
      });
      const { when, confirm, lifetimeSeconds } = addKeysToAgent;
      return [when, confirm, lifetimeSeconds];
    };
    assert.deepEqual(await read("no"), ["no", false, undefined]);
    assert.deepEqual(await read("YES"), ["yes", false, undefined]);
    assert.deepEqual(await read("ask"), ["ask", false, undefined]);
    assert.deepEqual(await read("confirm"), ["yes", true, undefined]);
    assert.deepEqual(await read("confirm 5m"), ["yes", true, 300]);
    assert.deepEqual(await read("1h30m"), ["yes", false, 5400]);
    for (const bad of ["maybe", "yes 5m", "confirm soon", "5m confirm", "confirm 5m 5m"]) {
      await assert.rejects(read(bad), SshConfigError, bad);
    }
  });

  it("fills in the defaults of OpenSSH without any file", async () => {
    await withMachine({}, async ({ home, resolve }) => {
      const { raw, ...host } = await resolve("Alpha");
      assert.equal(raw.size, 0);
      assert.deepEqual(host, {
        alias: "Alpha",
        hostName: "alpha",
        port: 22,
        user: "local",
        addressFamily: "any",
        bindAddress: undefined,
        connectTimeoutSeconds: undefined,
        connectionAttempts: 1,
        serverAliveIntervalSeconds: 0,
        serverAliveCountMax: 3,
        rekeyLimit: undefined,
        compression: false,
        logLevel: "INFO",
        proxyJump: [],
        proxyCommand: undefined,
        ciphers: undefined,
        macs: undefined,
        kexAlgorithms: undefined,
        hostKeyAlgorithms: undefined,
        pubkeyAcceptedAlgorithms: undefined,
        requiredRsaSize: 1024,
        userKnownHostsFiles: [`${home}/.ssh/known_hosts`, `${home}/.ssh/known_hosts2`],
        globalKnownHostsFiles: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
        strictHostKeyChecking: "ask",
        hostKeyAlias: undefined,
        hashKnownHosts: false,
        checkHostIp: false,
        revokedHostKeys: undefined,
        identityFiles: ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk", "xmss", "dsa"].map(
          (type) => `${home}/.ssh/id_${type}`,
        ),
        identityFilesConfigured: false,
        certificateFiles: [],
        identitiesOnly: false,
        identityAgent: undefined,
        addKeysToAgent: { when: "no", confirm: false, lifetimeSeconds: undefined },
        forwardAgent: false,
        batchMode: false,
        preferredAuthentications: undefined,
        numberOfPasswordPrompts: 3,
        pubkeyAuthentication: true,
        passwordAuthentication: true,
        kbdInteractiveAuthentication: true,
        environment: {},
        unsupported: [],
        warnings: [],
      });
    });
  });

  it("takes the command line before the user's file before the system's", async () => {
    const files = {
      "~/.ssh/config": "Host alpha\n User mine\n Port 2\n IdentityFile /mine\n",
      ssh_config: "Port 3\nUser theirs\nConnectTimeout 3\nIdentityFile /theirs\n",
    };
    await withMachine(files, async ({ resolve }) => {
      const host = await resolve("alpha", { overrides: ["Port=1", ["IdentityFile", "/a b"]] });
      assert.deepEqual([host.port, host.user, host.connectTimeoutSeconds], [1, "mine", 3]);
      assert.deepEqual(host.identityFiles, ["/a b", "/mine", "/theirs"]);
      assert.equal((await resolve("beta")).user, "theirs");
    });
  });

  it("reads only the file that is asked for, or none", async () => {
    const files = { "~/.ssh/config": "Port 2\n", ssh_config: "User theirs\n", other: "ConnectTimeout 9\n" };
    await withMachine(files, async ({ folder, resolve }) => {
      const only = await resolve("alpha", { configFile: join(folder, "etc", "other") });
      assert.deepEqual([only.port, only.user, only.connectTimeoutSeconds], [22, "local", 9]);
      assert.equal((await resolve("alpha", { configFile: "none" })).port, 22);
      const error = await refusal(resolve("alpha", { configFile: join(folder, "nowhere") }));
      assert.equal(error.code, "unreadable");
      assert.equal(error.file, join(folder, "nowhere"));
    });
  });

  it("looks for relative includes beside the user's and beside the system's file", async () => {
    const files = {
      "~/.ssh/config": "Include conf.d/*.conf ~/.ssh/extra\nInclude missing\n",
      "~/.ssh/conf.d/b.conf": "Port 2\n",
      "~/.ssh/conf.d/a.conf": "Port 1\n",
      "~/.ssh/conf.d/.hidden.conf": "User hidden\n",
      "~/.ssh/extra": "ConnectTimeout 4\n",
      ssh_config: "Include conf.d/[c-d].conf\n",
      "conf.d/c.conf": "User system\n",
    };
    await withMachine(files, async ({ resolve }) => {
      const host = await resolve("alpha");
      assert.deepEqual([host.port, host.user, host.connectTimeoutSeconds], [1, "system", 4]);
    });
  });

  it("uses an include only where the block around it applies, and leaves that block as it was", async () => {
    const files = {
      "~/.ssh/config": "Host alpha\n Include one\n Port 5\n",
      "~/.ssh/one": "User one\nHost beta\n ConnectTimeout 7\n",
    };
    await withMachine(files, async ({ resolve }) => {
      const alpha = await resolve("alpha");
      assert.deepEqual([alpha.user, alpha.port, alpha.connectTimeoutSeconds], ["one", 5, undefined]);
      const beta = await resolve("beta");
      assert.deepEqual([beta.user, beta.port, beta.connectTimeoutSeconds], ["local", 22, undefined]);
    });
  });

  it("stops when files include each other, and does not let the system's files look into homes", async () => {
    await withMachine({ "~/.ssh/config": "Include config\n" }, async ({ home, resolve }) => {
      const error = await refusal(resolve("alpha"));
      assert.match(error.message, /include each other/);
      assert.equal(error.file, `${home}/.ssh/config`);
    });
    await withMachine({ ssh_config: "Port 1\nInclude ~/x\n" }, async ({ resolve }) => {
      assert.equal((await refusal(resolve("alpha"))).line, 2);
    });
  });

  it("reads 16 levels of includes", async () => {
    const files: Record<string, string> = { "~/.ssh/config": "Include 1\n", "~/.ssh/16": "Port 16\n" };
    for (let level = 1; level < 16; level += 1) files[`~/.ssh/${level}`] = `Include ${level + 1}\n`;
    await withMachine(files, async ({ resolve }) => {
      assert.equal((await resolve("alpha")).port, 16);
    });
  });

  it("tells every wrong line, the first one in front, with what to do", async () => {
    const text = "Port 22\nHost other\n  Zapper on\n  Port none\n";
    await withMachine({ "~/.ssh/config": text }, async ({ home, resolve }) => {
      const error = await refusal(resolve("alpha"));
      const file = `${home}/.ssh/config`;
      assert.equal(error.code, "bad-config");
      assert.equal(error.message, `${file} line 3: Bad configuration option "zapper" (and 1 more)`);
      assert.deepEqual([error.file, error.line], [file, 3]);
      assert.match(error.hint, /IgnoreUnknown/);
      assert.deepEqual(
        error.problems.map((problem) => problem.line),
        [3, 4],
      );
    });
  });

  it("blames the command line for what stands there", async () => {
    await withMachine({}, async ({ resolve }) => {
      const error = await refusal(resolve("alpha", { overrides: ["Port=abc"] }));
      assert.deepEqual([error.file, error.line], ["command-line", 0]);
      assert.match(error.message, /^command-line: "abc" is not a port/);
      assert.equal((await refusal(resolve("alpha", { overrides: [["Host", "x"]] }))).code, "bad-config");
    });
  });

  it("takes a value of the command line as it is, quotes and percent signs too", async () => {
    await withMachine({}, async ({ resolve }) => {
      const overrides = [["User", "100% me"] as const, ["BindAddress", '"quoted'] as const];
      const host = await resolve("alpha", { overrides });
      assert.deepEqual([host.user, host.bindAddress], ["100% me", '"quoted']);
    });
  });

  it("accepts unknown keywords that IgnoreUnknown names, from there on", async () => {
    await withMachine(
      { "~/.ssh/config": "IgnoreUnknown Zap*,UseKeychain\nZapper on\nusekeychain yes\n" },
      async ({ resolve }) => {
        await resolve("alpha");
      },
    );
    await withMachine({ "~/.ssh/config": "Zapper on\nIgnoreUnknown Zapper\n" }, async ({ resolve }) => {
      assert.equal((await refusal(resolve("alpha"))).line, 1);
    });
  });

  it("keeps what it has no property for", async () => {
    const text =
      "SendEnv A B\nSendEnv C\nControlPath /tmp/%C\nChallengeResponseAuthentication no\nRSAAuthentication yes\n";
    await withMachine({ "~/.ssh/config": text }, async ({ resolve }) => {
      const { raw, warnings, kbdInteractiveAuthentication } = await resolve("alpha");
      assert.deepEqual(raw.get("sendenv"), ["A", "B", "C"]);
      assert.deepEqual(raw.get("controlpath"), ["/tmp/%C"]);
      assert.equal(kbdInteractiveAuthentication, false);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", /line 5: "rsaauthentication"/);
    });
  });

  it("says which environment variables to send", async () => {
    const lines = [
      "SendEnv LANG LC_* TERM",
      "SendEnv -LC_* -TERM",
      "SendEnv TERM",
      "SendEnv LC_ALL",
      `SetEnv A=%h:${variable("WHO")} LANG=C A=2`,
      "SetEnv B=1",
    ];
    await withMachine({ "~/.ssh/config": lines.join("\n") }, async ({ resolve }) => {
      const env = { LANG: "de", LC_TIME: "x", LC_ALL: "y", TERM: "vt", WHO: "me", OTHER: "z" };
      assert.deepEqual((await resolve("alpha", { env })).environment, {
        LANG: "C",
        LC_ALL: "y",
        TERM: "vt",
        A: "alpha:me",
      });
    });
    for (const line of ["SetEnv A", "SendEnv A=1"]) {
      await withMachine({ "~/.ssh/config": line }, async ({ resolve }) => {
        assert.equal((await refusal(resolve("alpha"))).line, 1, line);
      });
    }
  });

  it("says how long keys may be used", async () => {
    for (const [line, limit] of [
      ["RekeyLimit 512M 1h", { bytes: 536_870_912, seconds: 3600 }],
      ["RekeyLimit default 30m", { bytes: undefined, seconds: 1800 }],
      ["RekeyLimit default none", { bytes: undefined, seconds: undefined }],
    ] as const) {
      await withMachine({ "~/.ssh/config": line }, async ({ resolve }) => {
        assert.deepEqual((await resolve("alpha")).rekeyLimit, limit);
      });
    }
  });

  it("asks for RSA keys of 1024 bits at least", async () => {
    for (const [line, bits] of [
      ["RequiredRSASize 3072", 3072],
      ["RequiredRSASize 512", 1024],
    ] as const) {
      await withMachine({ "~/.ssh/config": line }, async ({ resolve }) => {
        assert.equal((await resolve("alpha")).requiredRsaSize, bits);
      });
    }
  });

  it("expands the tokens that OpenSSH 9.2 does not know yet", async () => {
    const text = `ProxyJump gate\nIdentityFile ~/%j/%l\nHost *\n User ${variable("WHO")}-%n\nInclude %d/.ssh/for-%h\n`;
    const files = { "~/.ssh/config": text, "~/.ssh/for-alpha": "Port 7\n" };
    await withMachine(files, async ({ home, resolve }) => {
      const host = await resolve("alpha", { env: { WHO: "me" } });
      assert.deepEqual(host.identityFiles, [`${home}/gate/here.example.com`]);
      assert.deepEqual([host.user, host.port], ["me-alpha", 7]);
    });
  });

  it("refuses tokens and variables that mean nothing, naming the line", async () => {
    for (const line of [
      "IdentityFile %Q",
      `IdentityFile ${variable("NOPE")}`,
      "HostName %p",
      "ProxyCommand x %d",
      "IdentityFile a%",
    ]) {
      await withMachine({ "~/.ssh/config": `\n${line}\n` }, async ({ resolve }) => {
        const error = await refusal(resolve("alpha"));
        assert.deepEqual([error.code, error.line], ["bad-config", 2], line);
      });
    }
  });

  it("refuses a Match line that cannot be understood, naming it", async () => {
    for (const line of ["Match s=s=a\rb", "Match host", "match nothing x y", "=r\rMatch ProxyJump\rm"]) {
      await withMachine({ "~/.ssh/config": `\n${line}\n` }, async ({ resolve }) => {
        const error = await refusal(resolve("alpha"));
        assert.deepEqual([error.code, error.line], ["bad-config", 2], line);
      });
    }
  });

  it("refuses names that would be dangerous in a command", async () => {
    await withMachine({}, async ({ resolve }) => {
      for (const alias of ["-oProxyCommand=x", "a;b", "a b", "$(x)", "", "a\nb"]) {
        assert.equal((await refusal(resolve(alias))).code, "bad-name", alias);
      }
      for (const user of ["-x", "a;b", "a\\", "a -b"]) {
        assert.equal((await refusal(resolve("alpha", { overrides: [["User", user]] }))).code, "bad-name", user);
      }
    });
  });

  it("understands chains of jump hosts", async () => {
    const text = "ProxyJump one,me@two:2222,ssh://you%40x@three:23,[::1]:24\n";
    await withMachine({ "~/.ssh/config": text }, async ({ resolve }) => {
      assert.deepEqual((await resolve("alpha")).proxyJump, [
        { host: "one", user: undefined, port: undefined },
        { host: "two", user: "me", port: 2222 },
        { host: "three", user: "you@x", port: 23 },
        { host: "::1", user: undefined, port: 24 },
      ]);
      assert.deepEqual((await resolve("alpha", { overrides: [["ProxyJump", "none"]] })).proxyJump, []);
      assert.match((await refusal(resolve("alpha", { overrides: [["ProxyJump", "alpha"]] }))).message, /itself/);
    });
  });

  it("runs commands of Match exec only when it is given a way to", async () => {
    const text =
      'Match exec "check %h" user local\n Port 1\nMatch !exec other\n Port 2\nMatch user nobody exec never\n Port 3\n';
    await withMachine({ "~/.ssh/config": text }, async ({ resolve }) => {
      const without = await resolve("alpha");
      assert.equal(without.port, 22);
      assert.equal(without.warnings.length, 2);
      const commands: string[] = [];
      const host = await resolve("alpha", {
        matchExec: async (command) => {
          commands.push(command);
          return command === "check alpha";
        },
      });
      assert.equal(host.port, 1);
      assert.deepEqual(commands, ["check alpha", "other"]);
      assert.deepEqual(host.warnings, []);
    });
  });

  it("knows the criteria that came after OpenSSH 9.2", async () => {
    const text = [
      "Match tagged work*",
      " Port 1",
      "Match localnetwork 127.0.0.0/8,::1/128",
      " User looped",
      "Match localnetwork 203.0.113.0/24",
      " ConnectTimeout 1",
      "Match sessiontype exec",
      " ConnectionAttempts 2",
      "Match host 'al*'",
      " ServerAliveCountMax 9",
    ];
    await withMachine({ "~/.ssh/config": text.join("\n") }, async ({ resolve }) => {
      const host = await resolve("alpha", { overrides: ["Tag=workshop"] });
      assert.deepEqual(
        [host.port, host.user, host.connectTimeoutSeconds, host.connectionAttempts, host.serverAliveCountMax],
        [1, "looped", undefined, 2, 9],
      );
    });
    await withMachine({ "~/.ssh/config": "Match localnetwork nonsense\n" }, async ({ resolve }) => {
      assert.equal((await refusal(resolve("alpha"))).line, 1);
    });
  });

  it("canonicalizes names with the domains that are configured", async () => {
    const text = "CanonicalizeHostname yes\nCanonicalDomains a.example b.example\nHost *.b.example\n Port 9\n";
    await withMachine({ "~/.ssh/config": text }, async ({ resolve }) => {
      const asked: string[] = [];
      const hostExists = async (name: string) => {
        asked.push(name);
        return name === "alpha.b.example.";
      };
      const host = await resolve("Alpha", { hostExists });
      assert.deepEqual([host.hostName, host.port], ["alpha.b.example", 9]);
      assert.deepEqual(asked, ["alpha.a.example.", "alpha.b.example."]);
      assert.equal((await resolve("x.y.z", { hostExists })).hostName, "x.y.z");
      assert.equal((await resolve("other", { hostExists })).hostName, "other");
      const strict = resolve("other", { hostExists, overrides: ["CanonicalizeFallbackLocal=no"] });
      assert.equal((await refusal(strict)).code, "bad-name");
    });
  });

  it("says why a host is refused by the configuration", async () => {
    await withMachine({ "~/.ssh/config": 'Host alpha\n RefuseConnection "use the new one"\n' }, async ({ resolve }) => {
      const error = await refusal(resolve("alpha"));
      assert.equal(error.code, "refused");
      assert.match(error.message, /use the new one/);
    });
  });

  it("understands or refuses any text, and fails in no other way", async () => {
    await withFolder(async (folder) => {
      const configFile = join(folder, "config");
      const words = [
        "Host",
        "Match",
        "Include",
        "Port",
        "User",
        "=",
        '"',
        "#",
        "!",
        "\\",
        "%h",
        "\n",
        " ",
        "host",
        "\u00a0",
      ];
      const phrase = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join(""));
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.string(), phrase), async (content) => {
          await writeFile(configFile, content);
          await resolveHost("alpha", { configFile, home: folder }).catch((error: unknown) => {
            if (!(error instanceof SshConfigError)) throw error;
          });
        }),
        { numRuns: 500, includeErrorInReport: true },
      );
    });
  });

  it("does not believe files that others can write to", async (t) => {
    if (getuid === undefined) return t.skip("this system has no such permissions");
    await withMachine({ "~/.ssh/config": "Include part\n", "~/.ssh/part": "Port 2\n" }, async ({ home, resolve }) => {
      for (const name of ["config", "part"]) {
        const file = join(home, ".ssh", name);
        await chmod(file, 0o602);
        const error = await refusal(resolve("alpha"));
        assert.deepEqual([error.code, error.file], ["bad-permissions", file]);
        assert.match(error.hint, /chmod/);
        await chmod(file, 0o644);
      }
      assert.equal((await resolve("alpha")).port, 2);
    });
  });

  it("does not believe files of other users", async (t) => {
    if (getuid === undefined) return t.skip("this system has no such permissions");
    const isRoot = getuid() === 0;
    await withMachine({ "~/.ssh/config": "Port 2\n" }, async ({ home, resolve }) => {
      // Root's files are believed by everyone, so root has to give the file away.
      if (isRoot) await chown(join(home, ".ssh", "config"), 4242, 4242);
      const error = await refusal(resolve("alpha", isRoot ? {} : { uid: 4242 }));
      assert.equal(error.code, "bad-permissions");
    });
  });
});
