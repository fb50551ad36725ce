import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  checkHostKey,
  decideHostKey,
  describeRefusedKey,
  describeUnknownKey,
  KnownHostsError,
  preferKnownKeyTypes,
  sha256Fingerprint,
} from "../src/known-hosts.ts";
import { randomKey } from "./host-keys.ts";
import { withFolder } from "./peers.ts";

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
