import assert from "node:assert/strict";
import { test } from "node:test";
import { generateHostKey } from "@scpkit/ssh2/server";
import { findSubcommand } from "../src/command-line/subcommand-table.ts";
import { expandHome } from "../src/commands/serve-home.ts";
import { logInServed } from "../src/commands/serve-login.ts";
import { readSshdOptions, sshdKeywords } from "../src/commands/serve-sshd-options.ts";

test("a login does the same work for names that exist and names that do not", async () => {
  const key = generateHostKey();
  const publicKey = Buffer.from(key.publicKey.split(" ")[1] ?? "", "base64");
  const outcomes: (readonly [string, boolean, number])[] = [];
  for (const username of ["ann", "bob"]) {
    for (const text of [key.publicKey, generateHostKey().publicKey]) {
      let reads = 0;
      const readKeys = async (): Promise<string> => {
        reads += 1;
        return text;
      };
      const attempt = { method: "publickey", username, publicKey, remoteAddress: undefined } as const;
      const user = await logInServed(attempt, { users: ["ann"], readKeys });
      outcomes.push([username, user !== undefined, reads]);
    }
  }
  assert.deepEqual(outcomes, [
    ["ann", true, 1],
    ["ann", false, 1],
    ["bob", false, 1],
    ["bob", false, 1],
  ]);
});

test("a home is the root for its own user and refused for others", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["~", "/"],
    ["~/", "/"],
    ["~/a/b", "/a/b"],
    ["~ann", "/"],
    ["~ann/", "/"],
    ["~ann/a", "/a"],
    ["a~", "a~"],
    ["./~", "./~"],
  ];
  for (const [path, expanded] of cases) assert.equal(expandHome(path, true, "ann"), expanded, path);
  for (const path of ["~bob", "~bob/x", "~+", "~ann2"])
    assert.throws(() => expandHome(path, true, "ann"), { code: "home" });
  assert.equal(expandHome("~", false, "ann"), "~");
});

test("-o reads what sshd_config has, and names what it does not", () => {
  assert.deepEqual(
    readSshdOptions(["MaxStartups=5", "maxstartups 9:30:60", "PerSourceMaxStartups=none", "StrictModes no"]),
    {
      maxStartups: { begin: 5, rate: 100, full: 5 },
      maxStartupsPerAddress: Number.POSITIVE_INFINITY,
      strictModes: false,
      algorithms: {},
    },
  );
  const { algorithms, publicKeyAlgorithms } = readSshdOptions([
    "KexAlgorithms=+diffie-hellman-group14-sha1",
    "HostKeyAlgorithms=ssh-rsa",
    "Ciphers=aes*-ctr",
    "MACs=-hmac-sha1*",
    "PubkeyAcceptedAlgorithms=+ssh-rsa",
  ]);
  assert.equal(algorithms?.kex?.at(-1), "diffie-hellman-group14-sha1");
  assert.ok((algorithms?.kex?.length ?? 0) > 1);
  assert.deepEqual(algorithms?.hostKey, ["ssh-rsa"]);
  assert.deepEqual(algorithms?.ciphers, ["aes128-ctr", "aes192-ctr", "aes256-ctr"]);
  assert.equal(
    algorithms?.macs?.some((name) => name.startsWith("hmac-sha1")),
    false,
  );
  assert.equal(publicKeyAlgorithms?.at(-1), "ssh-rsa");
  for (const bad of [
    "Nonsense=1",
    "Ciphers",
    "Ciphers=rot13",
    "StrictModes=maybe",
    "MaxStartups=9:30:5",
    "MaxStartups=0",
  ]) {
    assert.throws(() => readSshdOptions([bad]), bad);
  }
  const option = findSubcommand("serve").options.find(({ flag }) => flag === "-o");
  for (const keyword of sshdKeywords) assert.ok(option?.description.includes(keyword), keyword);
  assert.deepEqual(
    option?.completion,
    sshdKeywords.map((keyword) => `${keyword}=`),
  );
});
