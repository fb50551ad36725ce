import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { platform } from "node:process";
import { describe, it } from "node:test";
import { addHostKey, checkHostKey, KnownHostsError, parseKnownHosts } from "../src/known-hosts.ts";
import { randomKey } from "./host-keys.ts";
import { withFolder } from "./peers.ts";

describe("addHostKey", () => {
  it("creates the folder and the file for their owner only", async (t) => {
    if (platform === "win32") return t.skip("this system has no such permissions");
    await withFolder(async (folder) => {
      const file = join(folder, ".ssh", "known_hosts");
      const key = randomKey();
      assert.deepEqual(await addHostKey({ host: "Alpha", ...key }, file), [`alpha ${key.text}`]);
      assert.equal((await stat(join(folder, ".ssh"))).mode & 0o777, 0o700);
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.equal(await readFile(file, "utf8"), `alpha ${key.text}\n`);
    });
  });

  it("ends a last line that has no newline instead of joining it", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const [first, second] = [randomKey(), randomKey()];
      await writeFile(file, `alpha ${first.text}`);
      await addHostKey({ host: "beta", ...second }, file);
      assert.equal(await readFile(file, "utf8"), `alpha ${first.text}\nbeta ${second.text}\n`);
    });
  });

  it("loses nothing when many add at once", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      const hosts = Array.from({ length: 30 }, (_, index) => ({ host: `host${index}`, ...randomKey() }));
      await Promise.all(hosts.map((host) => addHostKey(host, file, { hash: true })));
      assert.equal(parseKnownHosts(await readFile(file, "utf8"), file).entries.length, hosts.length);
      for (const host of hosts) {
        assert.equal((await checkHostKey(host, [file])).status, "trusted");
      }
    });
  });

  it("keeps name and address on one line, or apart when they are hashed", async () => {
    await withFolder(async (folder) => {
      const key = randomKey();
      const host = { host: "alpha", port: 2222, address: "::1", ...key };
      assert.deepEqual(await addHostKey(host, join(folder, "a")), [`[alpha]:2222,[::1]:2222 ${key.text}`]);
      assert.equal((await addHostKey(host, join(folder, "b"), { hash: true })).length, 2);
      assert.deepEqual(await addHostKey({ ...host, host: "::1" }, join(folder, "c")), [`[::1]:2222 ${key.text}`]);
    });
  });

  it("refuses names that would trust more hosts than meant", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "known_hosts");
      for (const host of ["*", "a,b", "a b", "a\nb", "!a", "@revoked", "#a", "|1|a", "", "a?"]) {
        await assert.rejects(addHostKey({ host, ...randomKey() }, file), (error) => {
          return error instanceof KnownHostsError && error.code === "bad-name";
        });
      }
      await assert.rejects(stat(file));
    });
  });

  it("says which file it cannot write, and what to do", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "no", "such", "folder");
      await assert.rejects(addHostKey({ host: "alpha", ...randomKey() }, file), (error) => {
        assert.ok(error instanceof KnownHostsError);
        assert.deepEqual([error.code, error.file], ["unwritable", file]);
        assert.match(error.hint, /UserKnownHostsFile/);
        return true;
      });
    });
  });
});
