// The text of an ssh_config file, and what it makes of a host. Files that it includes are not read: that would be this
// machine's.
import { deepStrictEqual, ok } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ResolvedHost, resolveHost, SshConfigError } from "@scpkit/openssh/config";
import type { FuzzTarget } from "../target.ts";

const file = join(process.env.SCPKIT_FUZZ_FOLDER ?? tmpdir(), "ssh_config");

export const target: FuzzTarget = {
  dictionary: [
    "Host ",
    "Match ",
    "all",
    "final ",
    "canonical ",
    "host ",
    "originalhost ",
    "user ",
    "localuser ",
    "exec ",
    "!",
    "*",
    "?",
    "\n",
    '"',
    "\\",
    "HostName ",
    "%h",
    "%%",
    "%n",
    "%r",
    "%d",
    "$",
    "{HOME}",
    "Port ",
    "User ",
    "ProxyJump ",
    "ProxyCommand ",
    "none",
    "IdentityFile ",
    "~/",
    "StrictHostKeyChecking ",
    "CanonicalizeHostname yes\n",
    "CanonicalDomains example\n",
    "ConnectTimeout ",
    "IgnoreUnknown ",
    "Ciphers +",
    "=",
    "yes",
    "no",
    "ask",
    "UserKnownHostsFile ",
    "RefuseConnection ",
    "GlobalKnownHostsFile ",
    "Tag ",
    "SetEnv A=",
    "ssh://u@h:22",
    "alias",
  ],
  maxBytes: 768,
  *seeds() {
    const texts = [
      'Host alias\n  HostName %h.example.com\n  Port 2222\n  User "me"\n',
      "Host *\nProxyJump a@b:22,c\nIdentityFile ~/.ssh/%r_%h\nIdentitiesOnly yes\n",
      'Match host alias user root exec "true %h"\nCompression yes\nMatch all\nServerAliveInterval 1h30m\n',
      'StrictHostKeyChecking accept-new\nUserKnownHostsFile ~/.ssh/a "b c"\nHashKnownHosts=yes\nCiphers ^aes128-ctr\n',
      "CanonicalizeHostname yes\nCanonicalDomains example.com\nMatch final\nLogLevel DEBUG1\n",
      "IgnoreUnknown x*\nXylophone yes\nPreferredAuthentications publickey,password\nConnectTimeout none\n",
    ];
    for (const text of texts) yield new TextEncoder().encode(text);
  },
  async run(input) {
    if (/include/i.test(new TextDecoder().decode(input))) return;
    writeFileSync(file, input);
    const first = await resolve();
    deepStrictEqual(await resolve(), first, "The same file says something else the second time");
    if ("problem" in first) return;
    const { resolved } = first;
    ok(Number.isInteger(resolved.port) && resolved.port >= 1 && resolved.port <= 65_535, `The port ${resolved.port}`);
    for (const name of [
      "connectionAttempts",
      "serverAliveIntervalSeconds",
      "serverAliveCountMax",
      "numberOfPasswordPrompts",
    ] as const) {
      ok(Number.isSafeInteger(resolved[name]) && resolved[name] >= 0, `${name} is ${resolved[name]}`);
    }
    ok(["yes", "ask", "accept-new", "no"].includes(resolved.strictHostKeyChecking));
    ok(resolved.proxyCommand === undefined || resolved.proxyJump.length === 0, "Both a proxy command and a jump");
    // They end up on command lines of other programs and in known_hosts. Jump hosts are resolved, and checked, in their
    // turn.
    for (const name of [resolved.hostName, resolved.user]) {
      ok(!name.startsWith("-") && !/[\0\n]/.test(name), `The name ${JSON.stringify(name)}`);
    }
    for (const { port = 22 } of resolved.proxyJump) ok(Number.isInteger(port) && port >= 1 && port <= 65_535);
  },
};

async function resolve(): Promise<{ readonly resolved: ResolvedHost } | { readonly problem: string }> {
  try {
    const resolved = await resolveHost("alias", {
      configFile: file,
      home: "/home/me",
      localUser: "me",
      uid: 1000,
      localHostname: "here",
      env: { HOME: "/home/me", EMPTY: "" },
      hostExists: async (name) => name.startsWith("alias."),
    });
    return { resolved };
  } catch (error) {
    if (!(error instanceof SshConfigError)) throw error;
    ok(error.message !== "" && error.code !== undefined);
    return { problem: error.message };
  }
}
