import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { temporaryNamePattern } from "@scpkit/fs";
import { waitFor } from "@scpkit/test-support/wait-for";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { run, scpkitProgram, start } from "../src/program.ts";

const largeBytes = 200_000_000;

/** A file that is on its way for a long time at 12 MB/s. */
function makeLarge(path: string): void {
  const file = openSync(path, "w");
  ftruncateSync(file, largeBytes);
  closeSync(file);
}

function temporaries(folder: string): string[] {
  return readdirSync(folder).filter((name) => temporaryNamePattern.test(name));
}

function hasBegun(folder: string): boolean {
  return temporaries(folder).some((name) => statSync(join(folder, name)).size > 100_000);
}

function clean(t: TestContext, ...argv: string[]): ReturnType<typeof run> {
  return run(t, process.execPath, [scpkitProgram, "clean", ...argv]);
}

describe("a command that is killed (SIGKILL) in the middle of a file", () => {
  it("download: old files are whole, and only temporary files are left, which scpkit clean removes", async (t) => {
    const server = await startEmbeddedServer(t);
    const { local, remote } = server.place;
    makeLarge(join(remote, "large"));
    writeFileSync(join(remote, "small"), "new");
    writeFileSync(join(local, "large"), "old");
    writeFileSync(join(local, "small"), "old");
    const operands = [`peer:${server.path("small")}`, `peer:${server.path("large")}`, local];
    const { child, ended } = start(t, process.execPath, [
      scpkitProgram,
      "-l",
      "100000",
      ...server.options,
      ...operands,
    ]);
    await waitFor("part of the file", () => hasBegun(local));
    child.kill("SIGKILL");
    await ended;
    assert.equal(readFileSync(join(local, "large"), "utf8"), "old");
    assert.equal(readFileSync(join(local, "small"), "utf8"), "new");
    const left = temporaries(local);
    assert.equal(left.length, 1);
    assert.deepEqual(readdirSync(local).sort(), [...left, "large", "small"].sort());
    assert.equal((await clean(t, local)).stdout, "");
    const { stdout, code } = await clean(t, "--older-than", "0s", local);
    assert.equal(stdout, `Removed ${local}/${left[0]}\n`);
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(local).sort(), ["large", "small"]);
  });

  it("server: the same for uploads", async (t) => {
    const server = await startEmbeddedServer(t);
    const { folder, local, remote, identity } = server.place;
    makeLarge(join(local, "large"));
    writeFileSync(join(remote, "large"), "old");
    const keys = ["--host-key", join(folder, "host_key"), "--authorized-keys", join(folder, "authorized_keys")];
    const serving = start(t, process.execPath, [scpkitProgram, "serve", "--user", "ann", ...keys, remote]);
    const port = await new Promise<string>((resolve) => {
      serving.child.stdout?.on("data", (chunk) => {
        const found = / port (\d+)/.exec(String(chunk))?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const options = ["-F", "none", "-i", identity, "-P", port, "-q"];
    const trust = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
    const client = start(t, process.execPath, [
      ...[scpkitProgram, "-l", "100000", ...options, ...trust],
      ...[join(local, "large"), "ann@127.0.0.1:/large"],
    ]);
    await waitFor("part of the file", () => hasBegun(remote));
    serving.child.kill("SIGKILL");
    assert.equal((await client.ended).code, 1);
    assert.equal(readFileSync(join(remote, "large"), "utf8"), "old");
    assert.equal(temporaries(remote).length, 1);
    assert.equal((await clean(t, "-r", "--older-than", "0s", folder)).code, 0);
    assert.deepEqual(readdirSync(remote), ["large"]);
  });
});
