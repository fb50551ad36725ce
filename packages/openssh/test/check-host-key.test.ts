import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hashHostName } from "../src/known-hosts/host-name.ts";
import {
  checkHostKey,
  decideHostKey,
  describeRefusedKey,
  describeUnknownKey,
  KnownHostsError,
  parseKnownHosts,
  preferKnownKeyTypes,
  sha256Fingerprint,
} from "../src/known-hosts.ts";
import { randomKey } from "./host-keys.ts";
import { withFolder } from "./peers.ts";

/** A key of a type that a later OpenSSH may know. */
function ofUnknownType(): string {
  const type = Buffer.from("ssh-unheard-of");
  const key = Buffer.concat([Buffer.from([0, 0, 0, type.length]), type, Buffer.from("key")]);
  return `ssh-unheard-of ${key.toString("base64")}`;
}

describe("checkHostKey", () => {
  it("takes files that do not exist for empty, and refuses to guess at those it cannot read", async () => {
    await withFolder(async (folder) => {
      const query = { host: "alpha", ...randomKey() };
      const result = await checkHostKey(query, [join(folder, "none"), join(folder, "none", "none")]);
      assert.equal(result.status, "unknown");
      await mkdir(join(folder, "directory"));
      await assert.rejects(checkHostKey(query, [join(folder, "directory")]), (error) => {
        return error instanceof KnownHostsError && error.code === "unreadable";
      });
    });
  });

  it("names the key of the same type as the one in the way, and all the others", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const [known, shown] = [randomKey(), randomKey()];
      const blob = Buffer.from("0000000a7373682d65643235353139", "hex");
      const dss = Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from("ssh-dss"), blob]).toString("base64");
      await writeFile(file, `alpha ${known.text}\nalpha ssh-dss ${dss}\n`);
      const result = await checkHostKey({ host: "alpha", ...shown }, [file]);
      assert.ok(result.status === "changed");
      assert.deepEqual([result.file, result.line], [file, 1]);
      assert.deepEqual(
        result.knownKeys.map((entry) => entry.keyType),
        ["ssh-ed25519", "ssh-dss"],
      );
    });
  });

  it("tells the address apart from the name", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const [key, other] = [randomKey(), randomKey()];
      await writeFile(file, `alpha ${key.text}\n10.0.0.1 ${other.text}\n[10.0.0.2]:23 ${key.text}\n`);
      const check = (host: string, address: string, port = 22) => checkHostKey({ host, address, port, ...key }, [file]);
      const changed = await check("alpha", "10.0.0.1");
      assert.deepEqual([changed.status, changed.address?.status], ["trusted", "changed"]);
      assert.equal(decideHostKey(changed, { strictHostKeyChecking: "ask" }), "ask");
      assert.equal(decideHostKey(changed, { strictHostKeyChecking: "accept-new" }), "refuse");
      assert.equal(decideHostKey(changed, { strictHostKeyChecking: "no" }), "accept");
      assert.equal((await check("alpha", "10.0.0.3")).address?.status, "unknown");
      assert.equal((await check("beta", "10.0.0.2", 23)).address?.status, "trusted");
      assert.equal((await check("10.0.0.1", "10.0.0.1")).address, undefined);
    });
  });

  it("tells certificate authorities and the other names of a key", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const [key, authority] = [randomKey(), randomKey()];
      await writeFile(
        file,
        `@cert-authority *.example.com ${authority.text}\nbeta ${key.text}\n|1|${"A".repeat(27)}=|${"B".repeat(27)}= ${key.text}\n`,
      );
      const query = { host: "a.example.com", address: "10.0.0.1", ...key };
      const result = await checkHostKey(query, [file]);
      assert.equal(result.status, "unknown");
      assert.deepEqual(
        result.certAuthorities.map((entry) => entry.line),
        [1],
      );
      assert.equal(
        describeUnknownKey(query, result),
        [
          "The authenticity of host 'a.example.com (10.0.0.1)' can't be established.",
          `ED25519 key fingerprint is ${sha256Fingerprint(key.key)}.`,
          "This host key is known by the following other names/addresses:",
          `    ${file}:2: beta`,
          `    ${file}:3: [hashed name]`,
        ].join("\n"),
      );
    });
  });

  it("honours a file of revoked keys, and refuses when it cannot", async () => {
    await withFolder(async (folder) => {
      const known = join(folder, "known_hosts");
      const revokedKeysFile = join(folder, "revoked");
      const [key, other] = [randomKey(), randomKey()];
      await writeFile(known, `alpha ${key.text}\n`);
      await writeFile(revokedKeysFile, `# stolen\n${other.text} laptop\n`);
      const check = () => checkHostKey({ host: "alpha", revokedKeysFile, ...key }, [known]);
      assert.equal((await check()).status, "trusted");
      await writeFile(revokedKeysFile, `${other.text}\n${key.text}\n`);
      const result = await check();
      assert.equal(result.status, "revoked");
      assert.ok(describeRefusedKey({ host: "alpha", ...key }, result).includes(`revoked in ${revokedKeysFile}.`));
      await writeFile(revokedKeysFile, "SSHKRL\n\0rest");
      await assert.rejects(check(), (error) => error instanceof KnownHostsError && error.code === "unsupported");
      const missing = { host: "alpha", revokedKeysFile: join(folder, "none"), ...key };
      await assert.rejects(checkHostKey(missing, [known]), KnownHostsError);
    });
  });

  it("reads a file of revoked keys line by line, and rejects every key where a line cannot be read", async () => {
    await withFolder(async (folder) => {
      const revokedKeysFile = join(folder, "revoked");
      const [key, other] = [randomKey(), randomKey()];
      const status = async (text: string) => {
        await writeFile(revokedKeysFile, text);
        return (await checkHostKey({ host: "alpha", revokedKeysFile, ...key }, [])).status;
      };
      for (const text of [`${key.text} me@pc\r\n`, `\t ${key.text}`, `${key.text} \u2028`]) {
        assert.equal(await status(text), "revoked", JSON.stringify(text));
      }
      assert.equal(await status(`\r\n# ${key.text}\r\n \r\n${other.text}\r\n${ofUnknownType()}\n`), "unknown");
      for (const text of [
        "ssh-ed25519\n",
        `${key.text}x`,
        `${key.text.slice(0, -2)}\n`,
        "SHA256:abc",
        `alpha ${key.text}`,
      ]) {
        await assert.rejects(status(`# one\n${text}`), (error) => {
          assert.ok(error instanceof KnownHostsError, String(error));
          assert.equal(error.code, "unreadable");
          assert.match(error.message, /line 2$/);
          return true;
        });
      }
    });
  });

  it("a host named by a line that cannot be read is never unknown", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const [key, other] = [randomKey(), randomKey()];
      const check = async (text: string, host = "alpha") => {
        await writeFile(file, text);
        return checkHostKey({ host, ...key }, [file]);
      };
      const hashed = hashHostName("alpha");
      const damaged = [
        "alpha",
        "alpha ",
        "alpha ssh-ed25519",
        "alpha ssh-ed25519 # AAAA",
        "beta,alpha ssh-ed25519 AAAA",
        `${hashed} ssh-ed25519 AAAA`,
        `alpha ${other.text}\u2028me`,
        `alpha ${other.text}x`,
        `alpha ${other.text.replace("ssh-", "ssh_")}`,
        `alpha # ${other.text}`,
        "alpha 1024 35 1234567890",
        `@unheard-of alpha ${other.text}`,
        `@revoked @revoked alpha ${other.text}`,
        `alpha\0 ${other.text}`,
        `@revoked alpha ${key.text}x`,
      ];
      for (const line of damaged) {
        for (const end of ["", "\n", "\r\n"]) {
          if (line === "alpha" && end === "\r\n") continue; // This is the host "alpha\r".
          const named = line.startsWith("@revoked @") ? "@revoked" : "alpha";
          const result = await check(`# one\n${line}${end}`, named);
          assert.equal(result.status, "unreadable", JSON.stringify(line));
          assert.ok(result.status === "unreadable" && result.line === 2);
          const decide = (strictHostKeyChecking: "yes" | "ask" | "accept-new" | "no", batchMode = false) =>
            decideHostKey(result, { strictHostKeyChecking, batchMode });
          assert.deepEqual(
            [decide("yes"), decide("ask"), decide("ask", true), decide("accept-new"), decide("no")],
            ["refuse", "ask", "refuse", "refuse", "accept-without-secrets"],
          );
          for (const describe of [describeUnknownKey, describeRefusedKey]) {
            assert.ok(describe({ host: named, ...key }, result).includes(`${file}:2 names ${named}`));
          }
        }
      }
      // Another line decides where it can.
      assert.equal((await check(`alpha AAAA\nalpha ${key.text}\n`)).status, "trusted");
      assert.equal((await check(`alpha AAAA\nalpha ${other.text}\n`)).status, "changed");
      assert.equal((await check(`alpha ${key.text}\n@revoked * ssh-ed25519 AAAA\n`)).status, "unreadable");
      assert.equal((await check(`@cert-authority alpha AAAA\nbeta AAAA\n|1|x|y= ${key.text}\n`)).status, "unknown");
    });
  });

  it("a key of a type that is not known is another key of the host", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      await writeFile(file, `alpha ${ofUnknownType()}\n@revoked alpha ${ofUnknownType()}\n`);
      const key = randomKey();
      assert.equal((await checkHostKey({ host: "alpha", ...key }, [file])).status, "changed");
      await writeFile(file, `alpha ${key.text}\n`, { flag: "a" });
      assert.equal((await checkHostKey({ host: "alpha", ...key }, [file])).status, "trusted");
    });
  });

  it("reads a file with a byte order mark, and says of UTF-16 that it cannot read it", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const [key, other] = [randomKey(), randomKey()];
      const text = `\ufeffalpha ${other.text}\r\n`;
      await writeFile(file, text);
      assert.equal((await checkHostKey({ host: "alpha", ...key }, [file])).status, "changed");
      for (const bytes of [Buffer.from(text, "utf16le"), Buffer.from(text, "utf16le").swap16()]) {
        await writeFile(file, bytes);
        await assert.rejects(checkHostKey({ host: "alpha", ...key }, [file]), /is UTF-16 text/);
      }
    });
  });

  it("a revoked key is refused whatever StrictHostKeyChecking says", async () => {
    await withFolder(async (folder) => {
      const [known, revokedKeysFile] = [join(folder, "known_hosts"), join(folder, "revoked")];
      const key = randomKey();
      await writeFile(revokedKeysFile, `${key.text}\n`);
      for (const [text, query] of [
        [`alpha ${key.text}\n@revoked * ${key.text}\n`, {}],
        [`alpha ${key.text}\n`, { revokedKeysFile }],
        [`alpha ${key.text}\n@revoked 10.0.0.1 ${key.text}\n`, { address: "10.0.0.1" }],
      ] as const) {
        await writeFile(known, text);
        const result = await checkHostKey({ host: "alpha", ...query, ...key }, [known]);
        for (const strictHostKeyChecking of ["yes", "ask", "accept-new", "no"] as const) {
          assert.equal(decideHostKey(result, { strictHostKeyChecking }), "refuse");
        }
        assert.match(describeRefusedKey({ host: "alpha", ...query, ...key }, result), /REVOKED HOST KEY/);
      }
    });
  });

  it("describes each reason to refuse a key in its own words", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const [key, other] = [randomKey(), randomKey()];
      const describe = async (text: string, address?: string) => {
        await writeFile(file, text);
        const query = { host: "alpha", address, ...key };
        const result = await checkHostKey(query, [file]);
        return [describeRefusedKey(query, result), describeUnknownKey(query, result)] as const;
      };
      const [unknown] = await describe("");
      assert.match(unknown, /^No ED25519 host key is known for alpha\.\n.*SHA256:/);
      assert.doesNotMatch(unknown, /CHANGED|WARNING/);
      assert.match((await describe(`alpha ${other.text}\n`))[0], /IDENTIFICATION HAS CHANGED/);
      for (const said of await describe(`alpha ${key.text}\n10.0.0.1 ${other.text}\n`, "10.0.0.1")) {
        assert.match(
          said,
          /for alpha differs from the key for the IP address 10\.0\.0\.1\.\nOffending key for IP in .*:2/,
        );
        assert.doesNotMatch(said, /CHANGED|can't be established/);
      }
    });
  });

  it("moves algorithms only when the best one is not known", () => {
    const algorithms = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"];
    assert.deepEqual(preferKnownKeyTypes(algorithms, []), algorithms);
    assert.deepEqual(preferKnownKeyTypes(algorithms, ["ssh-rsa", "ssh-ed25519"]), algorithms);
    assert.deepEqual(preferKnownKeyTypes(algorithms, ["ssh-rsa"]), [
      "rsa-sha2-512",
      "rsa-sha2-256",
      "ssh-ed25519",
      "ecdsa-sha2-nistp256",
    ]);
  });
});

it("a comment may hold many blanks", () => {
  const key = randomKey();
  const comment = `a${" ".repeat(2 ** 20)}b`;
  assert.equal(parseKnownHosts(`alpha ${key.text} ${comment} \r\n`, "file").entries[0]?.comment, comment);
});
