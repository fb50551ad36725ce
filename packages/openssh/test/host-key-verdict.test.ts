import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import {
  checkHostKey,
  decideHostKey,
  type HostKeyQuery,
  type HostKeyResult,
  hashHostName,
  knownKeyTypes,
  preferKnownKeyTypes,
} from "../src/known-hosts.ts";
import { generateKey, randomKey, type TestKey } from "./host-keys.ts";
import { parseDump, peerMissing, run } from "./peers.ts";

const missing = peerMissing("ssh") ?? peerMissing("sshd") ?? (getuid?.() === 0 ? undefined : "peer missing: sshd");

/** A server that ssh starts itself, behind its standard input, so that host and port are whatever it is told. */
interface Server {
  readonly folder: string;
  readonly key: TestKey;
  readonly others: readonly TestKey[];
}

/**
 * Connects, and returns what ssh reports.
 *
 * @param lists holds the files `known_hosts` and `global`. Each test has its own: a property that fast-check interrupts goes on for a while.
 */
async function connect(
  { folder }: Server,
  lists: string,
  query: { readonly host: string; readonly port: number; readonly alias?: string | undefined },
  strict: string,
): Promise<string> {
  const options = [
    `ProxyCommand=/usr/sbin/sshd -i -e -f ${folder}/sshd_config 2>/dev/null`,
    `UserKnownHostsFile=${lists}/known_hosts`,
    `GlobalKnownHostsFile=${lists}/global`,
    `StrictHostKeyChecking=${strict}`,
    "BatchMode=yes",
    "PreferredAuthentications=none",
    "CheckHostIP=no",
    "UpdateHostKeys=no",
    ...(query.alias === undefined ? [] : [`HostKeyAlias=${query.alias}`]),
  ];
  const args = options.flatMap((option) => ["-o", option]);
  const { stderr } = await run("ssh", ["-vv", "-F", "none", ...args, "-p", String(query.port), query.host, "true"]);
  return stderr;
}

function verdictOf(stderr: string): HostKeyResult["status"] {
  if (stderr.includes("REVOKED HOST KEY")) return "revoked";
  if (stderr.includes("IDENTIFICATION HAS CHANGED")) return "changed";
  if (/No \S+ host key is known/.test(stderr)) return "unknown";
  assert.match(stderr, /Permission denied/);
  return "trusted";
}

// Bun gives up after 5 seconds otherwise.
const slow = { timeout: 60_000 };

describe("checkHostKey decides what ssh decides", () => {
  let server: Server | undefined;

  before(async () => {
    if (missing !== undefined) return;
    const folder = await mkdtemp(join(tmpdir(), "scpkit-hostkey-"));
    await mkdir("/run/sshd", { recursive: true });
    const key = await generateKey(folder, "host", "ed25519");
    const others = [await generateKey(folder, "rsa", "rsa"), await generateKey(folder, "ecdsa", "ecdsa"), randomKey()];
    const config = [`HostKey ${folder}/host`, "AuthenticationMethods publickey", "UsePAM no", "StrictModes no"];
    await writeFile(join(folder, "sshd_config"), config.join("\n"));
    server = { folder, key, others };
  });

  after(async () => {
    if (server !== undefined) await rm(server.folder, { recursive: true, force: true });
  });

  const line = fc.record({
    marker: fc.constantFrom<string>("", "", "", "", "@revoked ", "@cert-authority "),
    hosts: fc.constantFrom<string>(
      "alpha",
      "alpha",
      "[alpha]:2222",
      "*",
      "beta",
      "alias",
      "!alpha,*",
      "alpha,beta",
      "hashed",
      "hashedPort",
    ),
    key: fc.constantFrom<number>(0, 0, 1, 2, 3),
    global: fc.constantFrom<boolean>(false, false, false, true),
  });
  const attempt = fc.record({
    lines: fc.array(line, { maxLength: 4 }),
    host: fc.constantFrom<string>("alpha", "ALPHA"),
    port: fc.constantFrom<number>(22, 2222),
    alias: fc.constantFrom<string | undefined>(undefined, undefined, undefined, "alias", "Alias"),
  });
  type Attempt = [typeof attempt extends fc.Arbitrary<infer T> ? T : never];
  const hashed: Readonly<Record<string, string>> = {
    hashed: hashHostName("alpha"),
    hashedPort: hashHostName("[alpha]:2222"),
  };

  it("about generated files, and names a line that ssh could name", slow, async (t) => {
    if (missing !== undefined || server === undefined) return t.skip(missing ?? "peer missing: sshd");
    const { key, others } = server;
    const lists = await mkdtemp(join(server.folder, "lists-"));
    const seen = new Set<string>();
    const only = (marker: string, index: number): Attempt => {
      return [
        { lines: [{ marker, hosts: "alpha", key: index, global: false }], host: "alpha", port: 22, alias: undefined },
      ];
    };
    const examples = [only("", 0), only("", 3), only("@revoked ", 0), only("@cert-authority ", 0)];
    await fc.assert(
      fc.asyncProperty(attempt, async ({ lines, host, port, alias }) => {
        const text = (global: boolean) =>
          lines
            .filter((entry) => entry.global === global)
            .map(
              (entry) => `${entry.marker}${hashed[entry.hosts] ?? entry.hosts} ${[key, ...others][entry.key]?.text}\n`,
            )
            .join("");
        const files = [join(lists, "known_hosts"), join(lists, "global")];
        await writeFile(files[0] ?? "", text(false));
        await writeFile(files[1] ?? "", text(true));
        const query: HostKeyQuery = { host, port, hostKeyAlias: alias, keyType: key.keyType, key: key.key };
        const result = await checkHostKey(query, files);
        const stderr = await connect(server as Server, lists, { host, port, alias }, "yes");
        assert.equal(result.status, verdictOf(stderr), stderr);
        seen.add(result.status);
        if (result.status !== "changed") return;
        const [, file, number] = /Offending \S+ key in (\S+):(\d+)/.exec(stderr) ?? [];
        assert.ok(
          result.knownKeys.some((entry) => entry.file === file && entry.line === Number(number)),
          stderr,
        );
      }),
      { numRuns: 60, interruptAfterTimeLimit: 15_000, includeErrorInReport: true, examples },
    );
    assert.deepEqual([...seen].sort(), ["changed", "revoked", "trusted", "unknown"]);
  });

  it("under every value of StrictHostKeyChecking in batch mode", slow, async (t) => {
    if (missing !== undefined || server === undefined) return t.skip(missing ?? "peer missing: sshd");
    const { key, others } = server;
    const lists = await mkdtemp(join(server.folder, "lists-"));
    const file = join(lists, "known_hosts");
    await writeFile(join(lists, "global"), "");
    const contents = {
      unknown: "",
      changed: `alpha ${others[2]?.text}\n`,
      revoked: `@revoked * ${key.text}\n`,
      trusted: `alpha ${key.text}\n`,
      "trusted, CRLF and a comment": `alpha ${key.text} me@pc\r\n`,
      "trusted, a separator in the comment": `alpha ${key.text} me\u2028pc\n`,
      "trusted, a NUL behind the key": `alpha ${key.text} \0\n`,
      "changed, CRLF and a comment": `# my hosts\r\nalpha ${others[2]?.text} me@pc\r\n`,
      "changed, a separator in the comment": `alpha ${others[2]?.text} me\u2028pc\n`,
      "revoked, CRLF and a comment": `@revoked * ${key.text} me@pc\r\n`,
      "changed, hashed, CRLF and a comment": `${hashHostName("alpha")} ${others[2]?.text} me@pc\r\n`,
    };
    for (const [title, content] of Object.entries(contents)) {
      const [status] = title.split(",");
      for (const strictHostKeyChecking of ["yes", "ask", "accept-new", "no"] as const) {
        await writeFile(file, content);
        const result = await checkHostKey({ host: "alpha", ...key }, [file]);
        assert.equal(result.status, status);
        const decision = decideHostKey(result, { strictHostKeyChecking, batchMode: true });
        const stderr = await connect(server, lists, { host: "alpha", port: 22 }, strictHostKeyChecking);
        const ssh = stderr.includes("Host key verification failed")
          ? "refuse"
          : stderr.includes("Password authentication is disabled")
            ? "accept-without-secrets"
            : stderr.includes("Permanently added")
              ? "add"
              : "accept";
        // ssh goes on without passwords where a line says that the key is revoked.
        const expected = status === "revoked" && strictHostKeyChecking === "no" ? "refuse" : ssh;
        assert.equal(decision, expected, `${title} ${strictHostKeyChecking}\n${stderr}`);
      }
    }
  });

  it("and prefers the algorithms that ssh prefers", slow, async (t) => {
    if (missing !== undefined || server === undefined) return t.skip(missing ?? "peer missing: sshd");
    const { key, others } = server;
    const lists = await mkdtemp(join(server.folder, "lists-"));
    const file = join(lists, "known_hosts");
    await writeFile(join(lists, "global"), "");
    const defaults =
      parseDump((await run("ssh", ["-G", "-F", "none", "any"])).stdout).get("hostkeyalgorithms")?.[0] ?? "";
    for (const known of [[], [key], [others[0]], [others[1]], [others[1], others[0]], [others[0], key]]) {
      await writeFile(file, known.map((entry) => `alpha ${entry?.text}\n`).join(""));
      const types = await knownKeyTypes({ host: "alpha" }, [file]);
      assert.deepEqual(
        types,
        known.map((entry) => entry?.keyType),
      );
      const stderr = await connect(server, lists, { host: "alpha", port: 22 }, "yes");
      const [, proposed] = /debug2: host key algorithms: (.*?)\r?\n/.exec(stderr) ?? [];
      assert.equal(preferKnownKeyTypes(defaults.split(","), types).join(","), proposed);
    }
  });
});
