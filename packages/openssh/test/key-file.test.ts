import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { platform } from "node:process";
import { describe, it } from "node:test";
import { describeUnprotectedKey, protectKeyCommand, readKeyFile } from "../src/index.ts";
import { withFolder } from "./peers.ts";

describe("readKeyFile", () => {
  it("reports the mode of a file that others have any permission for", async (t) => {
    if (platform === "win32") return t.skip("Windows has no such modes");
    await withFolder(async (folder) => {
      const path = join(folder, "id");
      await writeFile(path, "key");
      for (const mode of [0o600, 0o400, 0o700, 0o640, 0o604, 0o610, 0o602]) {
        await chmod(path, mode);
        const { data, openMode } = await readKeyFile(path);
        assert.equal(new TextDecoder().decode(data), "key");
        assert.equal(openMode, (mode & 0o077) === 0 ? undefined : mode);
      }
      await assert.rejects(readKeyFile(join(folder, "missing")), { code: "ENOENT" });
    });
  });
});

describe("an unprotected key", () => {
  it("has ssh's warning, and a command that a shell reads as it is meant", () => {
    const bar = "@".repeat(59);
    assert.deepEqual(describeUnprotectedKey("/k", 0o44).split("\n"), [
      bar,
      "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @",
      bar,
      "Permissions 0044 for '/k' are too open.",
      "It is required that your private key files are NOT accessible by others.",
      "This private key will be ignored.",
    ]);
    assert.equal(protectKeyCommand("/home/me/.ssh/id_rsa"), "chmod 600 /home/me/.ssh/id_rsa");
    assert.equal(protectKeyCommand("/a b"), "chmod 600 '/a b'");
  });
});
