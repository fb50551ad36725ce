import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { linesOf } from "../src/known-hosts/read-known-hosts.ts";
import {
  addHostKey,
  checkHostKey,
  describeRefusedKey,
  hashHostName,
  knownHostsName,
  parseKnownHosts,
  sha256Fingerprint,
} from "../src/known-hosts.ts";
import { generateKey, randomKey } from "./host-keys.ts";
import { peerMissing, run, withFolder } from "./peers.ts";

const missing = peerMissing("ssh-keygen");
const pick = <T>(...values: T[]) => fc.constantFrom(...values);
const keys = [randomKey(), randomKey(), randomKey()] as const;

const names = ["alpha", "beta.example.com", "[alpha]:2222", "10.0.0.1", "[10.0.0.1]:2222", "::1", "gamma"] as const;
const pattern = pick(
  ...names,
  "*",
  "?lpha",
  "*.example.com",
  "!beta.example.com",
  "!alpha",
  "[*]:2222",
  "10.0.0.*",
  "ALPHA",
);
const hosts = fc.oneof(
  { weight: 4, arbitrary: fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => patterns.join(",")) },
  { weight: 2, arbitrary: pick(...names).map((name) => hashHostName(name)) },
);
const blank = pick(" ", " ", "  ", "\t");
const keyLine = fc
  .tuple(
    pick("", "", "", "@revoked ", "@cert-authority "),
    hosts,
    blank,
    pick(...keys),
    pick("", " a comment", "\r", "\t# more", " me@pc\r", " \u2028", "\r\r x\r", " \0"),
  )
  .map(([marker, column, space, key, end]) => `${marker}${column}${space}${key.text}${end}`);
const [damaged] = keys;
const oddLine = pick(
  "",
  "# comment",
  "   ",
  // Without the blank ssh 9.2 reads on in what the line before has left in its buffer.
  "alpha ",
  "alpha ssh-ed25519",
  "alpha ssh-ed25519 AAAA",
  `alpha ssh-rsa ${damaged.text.split(" ")[1]}`,
  `alpha ssh-unheard-of ${damaged.text.split(" ")[1]}`,
  `@unheard-of alpha ${damaged.text}`,
  `@revoked @cert-authority alpha ${damaged.text}`,
  `|1|damaged|damaged= ${damaged.text}`,
  `#alpha ${damaged.text}`,
  `  alpha ${damaged.text}`,
  `alpha # ${damaged.text}`,
  `alpha ${damaged.text} me@pc\r`,
  `alpha ${damaged.text} me\u2028pc`,
  `alpha ${damaged.text}\u2028pc`,
  `alpha ${damaged.text}\r pc`,
  `alpha ${damaged.text}\v`,
  `alpha ${damaged.text}\vx`,
  `alpha ${damaged.text}\0x`,
  `alpha\v ${damaged.text}`,
  `alpha ${damaged.text}=`,
  `alpha ${damaged.text.slice(0, -1)}`,
  `alpha ED25519 ${damaged.text.split(" ")[1]}`,
  `@revoked alpha\t${damaged.text} me\r`,
  `\ufeffalpha ${damaged.text}`,
  `caf\u00e9,alpha ${damaged.text}`,
);
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: keyLine }, { weight: 1, arbitrary: oddLine }), { maxLength: 10 })
  .chain((lines) => pick("", "\n").map((end) => lines.join("\n") + end));

/** The lines that `ssh-keygen -F` finds; with `-l` it looks at the keys, too, as ssh does. */
async function found(name: string, file: string): Promise<number[]> {
  const { stdout } = await run("ssh-keygen", ["-l", "-F", name, "-f", file]);
  return [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) => Number(match[1]));
}

async function read(name: string, file: string): Promise<number[]> {
  const known = parseKnownHosts(await readFile(file, "utf8"), file);
  return linesOf(name, known).entries.map((entry) => entry.line);
}

// Bun gives up after 5 seconds otherwise.
const slow = { timeout: 60_000 };

describe("known hosts are read and written as ssh-keygen does", () => {
  it("finds the lines that ssh-keygen -F finds", slow, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await fc.assert(
      fc.asyncProperty(text, (content) =>
        withFolder(async (folder) => {
          const file = join(folder, "known_hosts");
          await writeFile(file, content);
          for (const name of names) {
            assert.deepEqual(await read(name, file), await found(name, file), name);
          }
        }),
      ),
      { numRuns: 60, interruptAfterTimeLimit: 15_000, includeErrorInReport: true },
    );
  });

  it("finds the same keys after ssh-keygen -H has hashed the file", slow, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      await writeFile(file, `${names.map((name, index) => `${name} ${keys[index % 3]?.text}`).join("\n")}\n`);
      assert.equal((await run("ssh-keygen", ["-H", "-f", file])).code, 0);
      assert.match(await readFile(file, "utf8"), /^(\|1\|\S+ ssh-ed25519 \S+\n)+$/);
      for (const [index, name] of names.entries()) {
        assert.deepEqual(await read(name, file), [index + 1], name);
      }
    });
  });

  it("forgets what ssh-keygen -R has removed, and only that", slow, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      await writeFile(file, `alpha ${keys[0].text}\n[alpha]:2222 ${keys[1].text}\n`);
      assert.equal((await run("ssh-keygen", ["-R", "alpha", "-f", file])).code, 0);
      const check = (port: number, key: (typeof keys)[number]) => checkHostKey({ host: "alpha", port, ...key }, [file]);
      assert.equal((await check(22, keys[0])).status, "unknown");
      assert.equal((await check(2222, keys[1])).status, "trusted");
    });
  });

  for (const hash of [false, true]) {
    it(`writes ${hash ? "hashed" : "plain"} lines that ssh-keygen -F finds`, slow, async (t) => {
      if (missing !== undefined) return t.skip(missing);
      await withFolder(async (folder) => {
        const file = join(folder, "known_hosts");
        const added = { host: "Alpha", port: 2222, address: "10.0.0.1", ...keys[0] };
        const lines = await addHostKey(added, file, { hash });
        assert.equal(lines.length, hash ? 2 : 1);
        assert.deepEqual(await found("[alpha]:2222", file), [1]);
        assert.deepEqual(await found("[10.0.0.1]:2222", file), [hash ? 2 : 1]);
        assert.deepEqual(await found("alpha", file), []);
        assert.equal((await readFile(file, "utf8")).includes("alpha"), !hash);
      });
    });
  }

  it("names a command that removes the key that is in the way", slow, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await withFolder(async (folder) => {
      const file = join(folder, 'known "$hosts"');
      await writeFile(file, `# mine\n[alpha]:2222 ${keys[0].text}\n`);
      const query = { host: "alpha", port: 2222, ...keys[1] };
      const result = await checkHostKey(query, [file]);
      assert.equal(result.status, "changed");
      const explained = describeRefusedKey(query, result);
      assert.ok(explained.includes(`${file}:2`), explained);
      assert.ok(explained.includes(sha256Fingerprint(keys[1].key)), explained);
      const [command = ""] = /ssh-keygen .*/.exec(explained) ?? [];
      assert.equal((await run("sh", ["-c", command])).code, 0);
      assert.equal((await checkHostKey(query, [file])).status, "unknown");
    });
  });

  it("shows the fingerprint that ssh-keygen -l shows, for every type of key", slow, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await withFolder(async (folder) => {
      for (const type of ["ed25519", "ecdsa", "rsa"] as const) {
        const key = await generateKey(folder, type, type);
        const { stdout } = await run("ssh-keygen", ["-l", "-f", join(folder, `${type}.pub`)]);
        assert.equal(sha256Fingerprint(key.key), stdout.split(" ")[1]);
      }
    });
  });

  it("uses the names that ssh uses", () => {
    assert.equal(knownHostsName({ host: "Alpha" }), "alpha");
    assert.equal(knownHostsName({ host: "::1", port: 23 }), "[::1]:23");
    assert.equal(knownHostsName({ host: "alpha", port: 23, hostKeyAlias: "Key" }), "key");
  });
});
