import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { applyAlgorithmSpec } from "../src/config/values/algorithms.ts";
import { currentUser } from "../src/config/values/current-user.ts";
import { type ResolvedHost, resolveHost, runMatchExec, SshConfigError } from "../src/config.ts";
import { type ConfigCase, cases, pick, variable } from "./config-cases.ts";
import { parseDump, peerMissing, run, withFolder } from "./peers.ts";

const missing = peerMissing("ssh");
// Not by userInfo(): on Bun it follows HOME, which ssh does not.
const { home } = await currentUser();

interface AlgorithmLists {
  readonly supported: readonly string[];
  readonly defaults: readonly string[];
}

const algorithmQueries = {
  ciphers: "cipher",
  macs: "mac",
  kexalgorithms: "kex",
  hostkeyalgorithms: "HostKeyAlgorithms",
  pubkeyacceptedalgorithms: "PubkeyAcceptedAlgorithms",
} as const;
const algorithmLists = new Map<string, AlgorithmLists>();

const isStillTried = (file: string) => !/\/id_(xmss|dsa)$/.test(file);

/** Says what `ssh -G` would say, in the parts that are typed here. */
function dumpOf(host: ResolvedHost): Map<string, string[]> {
  const dump = new Map<string, string[]>();
  const put = (keyword: string, ...values: (string | number | undefined)[]) => {
    const known = values.filter((value) => value !== undefined).map(String);
    if (known.length > 0) dump.set(keyword, known);
  };
  const yes = (value: boolean) => (value ? "yes" : "no");
  const truth = (value: string) => ({ yes: "true", no: "false" })[value] ?? value;
  const files = (values: readonly string[]) => (values.length === 0 ? "none" : values.join(" "));
  put("host", host.alias);
  put("hostname", host.hostName);
  put("port", host.port);
  put("user", host.user);
  put("addressfamily", host.addressFamily);
  put("bindaddress", host.bindAddress);
  put("connecttimeout", host.connectTimeoutSeconds ?? "none");
  put("connectionattempts", host.connectionAttempts);
  put("serveraliveinterval", host.serverAliveIntervalSeconds);
  put("serveralivecountmax", host.serverAliveCountMax);
  put("rekeylimit", `${host.rekeyLimit?.bytes ?? 0} ${host.rekeyLimit?.seconds ?? 0}`);
  put("compression", yes(host.compression));
  put("loglevel", host.logLevel === "QUIET" ? "SILENT" : host.logLevel);
  put("hashknownhosts", yes(host.hashKnownHosts));
  put("checkhostip", yes(host.checkHostIp));
  put("stricthostkeychecking", truth(host.strictHostKeyChecking));
  put("hostkeyalias", host.hostKeyAlias);
  put("revokedhostkeys", host.revokedHostKeys);
  put("userknownhostsfile", files(host.userKnownHostsFiles));
  put("globalknownhostsfile", files(host.globalKnownHostsFiles));
  put("identitiesonly", yes(host.identitiesOnly));
  put("identityagent", host.identityAgent);
  put("forwardagent", typeof host.forwardAgent === "boolean" ? yes(host.forwardAgent) : host.forwardAgent);
  put("batchmode", yes(host.batchMode));
  put("preferredauthentications", host.preferredAuthentications?.join(","));
  put("numberofpasswordprompts", host.numberOfPasswordPrompts);
  put("pubkeyauthentication", truth(host.raw.get("pubkeyauthentication")?.[0] ?? "yes"));
  put("passwordauthentication", yes(host.passwordAuthentication));
  put("kbdinteractiveauthentication", yes(host.kbdInteractiveAuthentication));
  // `ssh -G` shows these before they are expanded.
  put(
    "identityfile",
    ...(host.raw.get("identityfile") ?? host.identityFiles.map((file) => file.replace(home, "~")).filter(isStillTried)),
  );
  put("sendenv", ...(host.raw.get("sendenv") ?? []));
  put("certificatefile", ...(host.raw.get("certificatefile") ?? []));
  const jump = host.raw.get("proxyjump")?.[0];
  const command = host.raw.get("proxycommand")?.[0];
  if (host.proxyJump.length > 0) put("proxyjump", jump);
  else if (command?.toLowerCase() !== "none") put("proxycommand", command);
  for (const [keyword, lists] of algorithmLists) {
    const spec = host.raw.get(keyword)?.[0];
    put(keyword, applyAlgorithmSpec(spec, lists.supported, lists.defaults).join(","));
  }
  return dump;
}

/**
 * Undoes what is known to differ: a default of Debian, that a later agent path outdoes an earlier yes or no, and the
 * default keys that newer versions no longer try.
 */
function withoutQuirks(expected: Map<string, string[]>, host: ResolvedHost): void {
  if (host.batchMode && !host.raw.has("serveraliveinterval")) expected.set("serveraliveinterval", ["0"]);
  if (typeof host.forwardAgent === "boolean") expected.set("forwardagent", [host.forwardAgent ? "yes" : "no"]);
  expected.set("identityfile", (expected.get("identityfile") ?? []).filter(isStillTried));
}

async function compare({ files, alias, overrides: given }: ConfigCase): Promise<"same" | "refused"> {
  return withFolder(async (folder) => {
    const config = join(folder, "config");
    const names = [config, join(folder, "1.conf"), join(folder, "2.conf"), join(folder, "3.inc")];
    for (const [index, text] of files.entries()) {
      const file = names[index] ?? "";
      await writeFile(file, text.replaceAll("@/", `${folder}/`));
      await chmod(file, 0o600);
    }
    const env = { SCPKIT_TEST: "/from/env", SHELL: "/bin/sh" };
    const options = given.flatMap((option) => ["-o", option]);
    const peer = await run("ssh", ["-G", "-F", config, ...options, "--", alias], env);
    const ours = await resolveHost(alias, {
      configFile: config,
      overrides: given,
      home,
      env: { ...process.env, ...env },
      matchExec: runMatchExec,
    }).catch((error: unknown) => error);
    if (peer.code !== 0) {
      assert.ok(ours instanceof SshConfigError, `ssh says ${peer.stderr}, we accept it`);
      return "refused";
    }
    if (ours instanceof Error) throw ours;
    const host = ours as ResolvedHost;
    const expected = parseDump(peer.stdout);
    withoutQuirks(expected, host);
    const actual = dumpOf(host);
    for (const keyword of actual.keys()) {
      assert.deepEqual(actual.get(keyword), expected.get(keyword), `${keyword}\n${files[0]}`);
    }
    for (const keyword of ["bindaddress", "hostkeyalias", "identityagent", "proxyjump", "proxycommand"]) {
      assert.deepEqual(actual.get(keyword), expected.get(keyword), keyword);
    }
    return "same";
  });
}

// Bun gives up after 5 seconds otherwise.
const slow = { timeout: 60_000 };

describe("resolveHost says what ssh -G says", () => {
  before(async () => {
    if (missing !== undefined) return;
    const defaults = parseDump((await run("ssh", ["-G", "-F", "none", "any"])).stdout);
    for (const [keyword, query] of Object.entries(algorithmQueries)) {
      const supported = (await run("ssh", ["-Q", query])).stdout.trim().split("\n");
      algorithmLists.set(keyword, { supported, defaults: defaults.get(keyword)?.[0]?.split(",") ?? [] });
    }
  });

  it("on generated configurations", slow, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const outcomes = { same: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(cases, async (generated) => {
        outcomes[await compare(generated)] += 1;
      }),
      { numRuns: 300, interruptAfterTimeLimit: 20_000, includeErrorInReport: true },
    );
    assert.ok(outcomes.same > outcomes.refused, JSON.stringify(outcomes));
  });

  it("about quotes, escapes and comments in any order", slow, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const unit = pick("a", "b", " ", "\t", '"', "'", "\\", "#", "=", "%%");
    const argument = fc.string({ unit, minLength: 1, maxLength: 12 });
    const keyword = pick("BindAddress", "UserKnownHostsFile", "ProxyCommand", "HostKeyAlias", "Host", "  bindaddress");
    const odd = fc.tuple(keyword, pick(" ", "=", "\t= "), argument).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(fc.array(odd, { minLength: 1, maxLength: 2 }), async (lines) => {
        await compare({ files: [`${lines.join("\n")}\nHost *\nPort 23`], alias: "alpha", overrides: [] });
      }),
      { numRuns: 150, interruptAfterTimeLimit: 15_000, includeErrorInReport: true },
    );
  });

  it(
    "about tokens in keys, certificates and the proxy command, which it shows only when it connects",
    slow,
    async (t) => {
      if (missing !== undefined) return t.skip(missing);
      const piece = pick("%h", "%n", "%p", "%r", "%k", "%%", "x", "-", "/");
      const more = fc.oneof(piece, pick("%d", "%u", "%i", "%l", "%L", "%C", `${variable("SCPKIT_TEST")}`));
      const text = (pieces: fc.Arbitrary<string>) =>
        fc.array(pieces, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
      const tokens = fc.record({
        keys: fc.uniqueArray(
          fc.oneof(
            text(more).map((name) => `/k${name}`),
            text(more).map((name) => `~/k${name}`),
          ),
          { minLength: 1, maxLength: 3 },
        ),
        proxy: text(piece).map((args) => `false x${args}`),
        lines: fc.subarray(["HostName real.example.com", "Port 2022", "User alice", "HostKeyAlias Alias"]),
        alias: pick("alpha", "Beta.example.com"),
      });
      await fc.assert(
        fc.asyncProperty(tokens, ({ keys, proxy, lines, alias }) =>
          withFolder(async (folder) => {
            const configFile = join(folder, "config");
            await writeFile(
              configFile,
              [`ProxyCommand ${proxy}`, ...keys.map((key) => `IdentityFile ${key}`), ...lines].join("\n"),
            );
            const env = { SCPKIT_TEST: "from-env" };
            const peer = await run("ssh", ["-v", "-F", configFile, alias], env);
            const host = await resolveHost(alias, { configFile, home, env: { ...process.env, ...env } });
            const said = (pattern: RegExp) => [...peer.stderr.matchAll(pattern)].map((match) => match[1]);
            assert.deepEqual([host.proxyCommand], said(/Executing proxy command: exec (.*?)\r?$/gm));
            const files = host.identityFiles.flatMap((file) => [file, `${file}-cert`]);
            assert.deepEqual(files, said(/identity file (.*) type -?\d+\r?$/gm));
          }),
        ),
        { numRuns: 40, interruptAfterTimeLimit: 20_000, includeErrorInReport: true },
      );
    },
  );
});
