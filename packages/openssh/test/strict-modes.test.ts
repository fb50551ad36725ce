import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readPrivateKeyFile, readTrustedFile, StrictModesError } from "../src/index.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A folder with a folder in it that holds a file. */
function makeFile(t: TestContext): { readonly folder: string; readonly inner: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-strict-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const inner = join(folder, "inner");
  mkdirSync(inner);
  const file = join(inner, "it's");
  writeFileSync(file, "content");
  return { folder, inner, file };
}

describe("readTrustedFile", { skip: process.getuid === undefined && "Windows has no modes" }, () => {
  it("reads what only its owner can write, and names the file that others can, with the command that mends it", async (t) => {
    const { file } = makeFile(t);
    for (const mode of [0o600, 0o644, 0o400]) {
      chmodSync(file, mode);
      assert.equal(text(await readTrustedFile(file)), "content");
    }
    for (const mode of [0o620, 0o602, 0o666]) {
      chmodSync(file, mode);
      await assert.rejects(readTrustedFile(file), (error) => {
        assert.ok(error instanceof StrictModesError);
        assert.equal(error.message, `${JSON.stringify(file)} may be written by others (mode 0${mode.toString(8)})`);
        assert.match(error.hint, /^Run: chmod go-w '/);
        assert.equal(spawnSync("sh", ["-c", error.hint.replace("Run: ", "")]).status, 0);
        return true;
      });
      await readTrustedFile(file);
    }
  });

  it("refuses a file whose directory others can write, but for a sticky one, and looks where a link leads", async (t) => {
    const { folder, inner, file } = makeFile(t);
    const link = join(folder, "link");
    symlinkSync(file, link);
    for (const open of [inner, folder]) {
      chmodSync(open, 0o777);
      for (const path of [file, link]) await assert.rejects(readTrustedFile(path), { file: open });
      chmodSync(open, 0o1777);
      for (const path of [file, link]) await readTrustedFile(path);
      chmodSync(open, 0o755);
    }
  });

  it("refuses a file of another user", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("needs root");
    const { file } = makeFile(t);
    chownSync(file, 12_345, 12_345);
    await assert.rejects(readTrustedFile(file), { file, message: /belongs to another user/ });
  });

  it("says what cannot be read", async (t) => {
    await assert.rejects(readTrustedFile(join(makeFile(t).folder, "none")), { code: "ENOENT" });
  });
});

describe("readPrivateKeyFile", { skip: process.getuid === undefined && "Windows has no modes" }, () => {
  it("reads the keys that ssh-keygen reads", async (t) => {
    const { folder } = makeFile(t);
    const key = join(folder, "key");
    const made = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    if (made.error !== undefined) return t.skip("peer missing: ssh-keygen");
    for (const mode of [0o600, 0o400, 0o640, 0o620, 0o604, 0o601, 0o644, 0o666]) {
      chmodSync(key, mode);
      const works = spawnSync("ssh-keygen", ["-y", "-P", "", "-f", key]).status === 0;
      assert.equal(works, (mode & 0o077) === 0);
      if (works) assert.match(text(await readPrivateKeyFile(key)), /^-----BEGIN/);
      else await assert.rejects(readPrivateKeyFile(key), { file: key, hint: `Run: chmod 600 ${key}` });
    }
  });
});
