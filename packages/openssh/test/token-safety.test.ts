import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type ResolveHostOptions, resolveHost, SshConfigError } from "../src/config.ts";
import { withFolder } from "./peers.ts";

/** Values that leave a file, or read another one, where a shell or `find` reads them as more than a name. */
const attacks: readonly string[] = [
  "x;touch$\u007bIFS}mark;",
  "x;touch mark;",
  "$(touch mark)",
  "`touch mark`",
  "x|touch mark",
  "x&touch mark",
  "x\ntouch mark\n",
  "x>mark",
  "x<(touch mark)",
  "x';touch mark;'",
  'x";touch mark;"',
  "-fprint",
  "x -fprint ./mark",
  "x \\-fprint ./mark",
  "\\-fprint",
  "x$IFS-fprint$IFS./mark",
  "x$IFS\\-fprint$IFS./mark",
  "x\t-fprint\tmark",
  "x\\",
  "#x",
  "../../x",
  "..",
  "x\0",
];
/** Each token where it does most: alone, in quotes and not, behind a command that has options. */
const tokens = ["%h", "%n", "%p", "%r", "%j", "%C", "%k", "%u", "%i", "%L", "%l", "%d"];
const commands = tokens.map(
  (token) => `test ${token} = admin; test "${token}" = admin; find . -maxdepth 0 -name ${token}; ${token}`,
);

interface Request {
  readonly alias: string;
  readonly options: ResolveHostOptions;
  /** Lines of the configuration file, before those that expand tokens. */
  readonly lines: readonly string[];
}

/** A way in: what a name is given to, and which kind of name has to be there. `undefined`: it cannot be written there. */
interface WayIn {
  readonly title: string;
  readonly kind: "host" | "user";
  /** Attacks that do no harm behind what stands in front of them. */
  readonly harmless?: readonly string[];
  request(name: string): Request | undefined;
}

const over = (...overrides: (string | readonly [string, string])[]): Request => ({
  alias: "alpha",
  options: { overrides },
  lines: [],
});
const file = (name: string, line: string, options: ResolveHostOptions = {}): Request | undefined =>
  name.includes("\n") ? undefined : { alias: "alpha", options, lines: [line] };
const quoted = (name: string) => `"${name.replace(/["\\]/g, "\\$&")}"`;
const ways: readonly WayIn[] = [
  { title: "the alias", kind: "host", request: (alias) => ({ alias, options: {}, lines: [] }) },
  { title: "-o HostName", kind: "host", request: (name) => over(["HostName", name]) },
  { title: "HostName in a file", kind: "host", request: (name) => file(name, `HostName ${quoted(name)}`) },
  { title: "a user of the command line", kind: "user", request: (name) => over(["User", name]) },
  { title: "-o User", kind: "user", request: (name) => over(`User=${quoted(name)}`) },
  { title: "User in a file", kind: "user", request: (name) => file(name, `User ${quoted(name)}`) },
  {
    title: "User from a variable",
    kind: "user",
    request: (name) => ({ alias: "alpha", options: { env: { WHO: name } }, lines: ["User $\u007bWHO}"] }),
  },
  { title: "-J", kind: "host", request: (name) => over(["ProxyJump", name]) },
  { title: "-J, brackets", kind: "host", request: (name) => over(["ProxyJump", `[${name}]`]) },
  { title: "-J, a port", kind: "host", request: (name) => over(["ProxyJump", `${name}:22`]) },
  { title: "-J, the second", kind: "host", request: (name) => over(["ProxyJump", `gate,${name}`]) },
  { title: "-J, the first", kind: "host", request: (name) => over(["ProxyJump", `${name},gate`]) },
  { title: "-J, a user", kind: "user", request: (name) => over(["ProxyJump", `${name}@gate`]) },
  {
    title: "-J, the user of a URI",
    kind: "user",
    request: (name) => over(["ProxyJump", `ssh://${encodeURIComponent(name)}@gate`]),
  },
  { title: "ProxyJump in a file", kind: "host", request: (name) => file(name, `ProxyJump ${name}`) },
  { title: "ProxyJump with a user in a file", kind: "user", request: (name) => file(name, `ProxyJump ${name}@gate`) },
  { title: "-o HostKeyAlias", kind: "host", request: (name) => over(["HostKeyAlias", name]) },
  { title: "HostKeyAlias in a file", kind: "host", request: (name) => file(name, `HostKeyAlias ${quoted(name)}`) },
  {
    title: "CanonicalDomains",
    kind: "host",
    harmless: ["-fprint", "#x", ".."],
    request: (name) =>
      file(name, `CanonicalizeHostname yes\nCanonicalDomains ${quoted(name)}`, { hostExists: async () => true }),
  },
  {
    title: "the local user",
    kind: "user",
    request: (localUser) => ({ alias: "alpha", options: { localUser }, lines: [] }),
  },
  {
    title: "the name of this machine",
    kind: "host",
    request: (localHostname) => ({ alias: "alpha", options: { localHostname }, lines: [] }),
  },
];

/** Runs a command as `ssh` runs those of its configuration. */
async function runIn(folder: string, command: string): Promise<boolean> {
  const child = spawn("/bin/sh", ["-c", command], { cwd: folder, stdio: "ignore" });
  return new Promise((resolve) => child.once("close", (code) => resolve(code === 0)));
}

/**
 * Resolves a host, and runs what ssh would run: `Match exec` on the way and `ProxyCommand` at the end.
 *
 * @returns the commands
 */
async function resolveAndRun(
  folder: string,
  { alias, options, lines }: Request,
  run: typeof runIn = runIn,
): Promise<readonly string[]> {
  const commandsRun: string[] = [];
  const matchExec = async (command: string): Promise<boolean> => {
    commandsRun.push(command);
    return run(folder, command);
  };
  const configFile = join(folder, "config");
  // Two passes, so that names that are known late are used as well.
  const matches = commands.map((command) => `Match exec ${quoted(command)}\n`).join("");
  await writeFile(configFile, `${lines.join("\n")}\n${matches}Match final\n`);
  const shared = { configFile, home: "/home/me", uid: 1000, localUser: "me", localHostname: "here", env: {} };
  const host = await resolveHost(alias, { ...shared, matchExec, ...options });
  if (host.proxyCommand !== undefined) {
    commandsRun.push(host.proxyCommand);
    await run(folder, host.proxyCommand);
  }
  return commandsRun;
}

// Bun gives up after 5 seconds otherwise.
const slow = { timeout: 120_000 };

describe("a token holds a checked name, whatever way it came in", () => {
  for (const { title, harmless = [], request } of ways) {
    it(title, slow, async () => {
      await withFolder(async (folder) => {
        for (const name of attacks) {
          const made = request(name);
          if (made === undefined || harmless.includes(name)) continue;
          await assert.rejects(
            resolveAndRun(folder, made),
            (error) => error instanceof SshConfigError && (error.code === "bad-name" || error.code === "bad-config"),
            JSON.stringify(name),
          );
          assert.deepEqual(await readdir(folder), ["config"], JSON.stringify(name));
        }
      });
    });
  }

  it("also in a ProxyCommand, a ProxyJump, and paths", async () => {
    await withFolder(async (folder) => {
      for (const line of [
        "ProxyCommand :%r",
        "ProxyJump %r",
        "ProxyJump %r@gate",
        "IdentityFile /%r",
        "UserKnownHostsFile /%u",
      ]) {
        const request = { alias: "alpha", options: { localUser: "x;touch mark" }, lines: [line] };
        await assert.rejects(resolveAndRun(folder, request), SshConfigError, line);
        assert.deepEqual(await readdir(folder), ["config"], line);
      }
    });
  });

  it("and names that people use reach the commands", slow, async () => {
    await withFolder(async (folder) => {
      const good = {
        host: ["beta", "10.0.0.1", "fe80::1", "a_b.example.com", "[x]", "über.example"],
        user: ["DOMAIN\\bob", "two words", "o#k", "machine$", "ann@example.com", "a.b-c+d", "josé"],
      };
      for (const { title, kind, request } of ways) {
        for (const name of good[kind]) {
          if (/brackets|CanonicalDomains|port|first|second|-J|ProxyJump|URI/.test(title) && /[[: ]/.test(name))
            continue;
          const made = request(name);
          assert.ok(made !== undefined);
          const commandsRun = await resolveAndRun(folder, made, async () => false);
          assert.ok(commandsRun.length >= commands.length, `${title}: ${name}`);
        }
      }
    });
  });

  it("and a command that does leave a mark is seen by this test", async () => {
    await withFolder(async (folder) => {
      await resolveAndRun(folder, { alias: "alpha", options: {}, lines: ["ProxyCommand touch mark-%h"] });
      assert.deepEqual((await readdir(folder)).sort(), ["config", "mark-alpha"]);
      await rm(join(folder, "mark-alpha"));
    });
  });
});
