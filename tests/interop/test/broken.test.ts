import assert from "node:assert/strict";
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryNamePattern } from "@scpkit/fs";
import { isMissing } from "@scpkit/test-support/programs";
import { waitFor } from "@scpkit/test-support/wait-for";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { descendants, startOpensshServer } from "../src/openssh-server.ts";
import { run, scpkitProgram, start } from "../src/program.ts";
import type { InteropServer } from "../src/workplace.ts";

const largeBytes = 200_000_000;

function makeLarge(path: string): void {
  const file = openSync(path, "w");
  ftruncateSync(file, largeBytes);
  closeSync(file);
}

/** About 12 MB/s: the file above takes long enough to be cut in the middle. */
function slowly(server: InteropServer, ...operands: string[]): string[] {
  return [scpkitProgram, "-l", "100000", ...server.options, ...operands];
}

/** Whether part of a file has arrived, under whatever name. */
function hasBegun(folder: string): boolean {
  return readdirSync(folder).some((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return stats !== undefined && stats.size > 100_000 && stats.size < largeBytes;
  });
}

function killSessions(server: InteropServer): void {
  for (const pid of descendants(server.pid ?? 0)) process.kill(pid, "SIGKILL");
}

describe("a connection that is cut in the middle of a file", () => {
  it("leaves nothing of a download", async (t) => {
    const server = await startOpensshServer(t, "openssh");
    if (server === undefined) return;
    const { local, remote } = server.place;
    makeLarge(join(remote, "large"));
    const { ended } = start(t, process.execPath, slowly(server, `peer:${server.path("large")}`, local));
    await waitFor("part of the file", () => hasBegun(local));
    killSessions(server);
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, /lost/);
    assert.deepEqual(readdirSync(local), []);
  });

  it("makes an upload fail", async (t) => {
    const server = await startOpensshServer(t, "openssh");
    if (server === undefined) return;
    const { local, remote } = server.place;
    makeLarge(join(local, "large"));
    const { ended } = start(t, process.execPath, slowly(server, join(local, "large"), `peer:${server.path("")}`));
    await waitFor("part of the file", () => hasBegun(remote));
    killSessions(server);
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, /lost/);
  });

  for (const kind of ["embedded", "scpkit"] as const) {
    const name = kind === "embedded" ? "the embedded server" : "an sshd whose scp is scpkit";
    it(`leaves nothing of an upload in ${name}`, async (t) => {
      const server = kind === "embedded" ? await startEmbeddedServer(t) : await startOpensshServer(t, "scpkit");
      if (server === undefined) return;
      const { local, remote } = server.place;
      makeLarge(join(local, "large"));
      writeFileSync(join(remote, "large"), "what was there before");
      const { child, ended } = start(
        t,
        process.execPath,
        slowly(server, join(local, "large"), `peer:${server.path("large")}`),
      );
      await waitFor("part of the file", () => hasBegun(remote));
      assert.ok(readdirSync(remote).some((entry) => temporaryNamePattern.test(entry)));
      child.kill("SIGKILL");
      await ended;
      await waitFor("the temporary file to go", () => readdirSync(remote).length === 1);
      assert.equal(statSync(join(remote, "large")).size, 21);
    });
  }
});

describe("a full disk", () => {
  it("fails an upload that does not fit, and no other", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    if (isMissing(t, "mount", "unshare", ["-m", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"])) return;
    // The server's files are on a disk of 1 MiB that only it can see.
    const server = await startEmbeddedServer(t);
    const { folder, local, remote } = server.place;
    makeSized(join(local, "a-large"), 3_000_000);
    makeSized(join(local, "b-small"), 1_000);
    const script = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"';
    const serve = [scpkitProgram, "serve", "--user", "ann", "--host-key", join(folder, "host_key")];
    const keys = ["--authorized-keys", join(folder, "authorized_keys"), remote];
    const { child } = start(t, "unshare", ["-m", "sh", "-c", script, remote, process.execPath, ...serve, ...keys]);
    const port = await new Promise<string>((resolve) => {
      child.stdout?.on("data", (chunk) => {
        const found = / port (\d+)/.exec(String(chunk))?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const options = ["-F", "none", "-i", server.place.identity, "-o", "StrictHostKeyChecking=no"];
    const quiet = ["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-P", port];
    const files = [join(local, "a-large"), join(local, "b-small")];
    const { code, stderr } = await run(t, "scp", ["-O", ...options, ...quiet, ...files, "ann@127.0.0.1:/"]);
    assert.equal(code, 1);
    assert.match(stderr, /a-large: No space left on device/);
    assert.deepEqual(readdirSync(`/proc/${child.pid}/root${remote}`), ["b-small"]);
  });

  it("fails a download that does not fit, and no other", async (t) => {
    if (isMissing(t, "mount", "unshare", ["-m", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"])) return;
    const server = await startEmbeddedServer(t);
    const { folder, remote } = server.place;
    mkdirSync(join(folder, "small-disk"));
    makeSized(join(remote, "a-large"), 3_000_000);
    makeSized(join(remote, "b-small"), 1_000);
    const script = 'mount -t tmpfs -o size=1m none "$0" && "$@"; code=$?; ls -A "$0"; exit $code';
    const operands = ["peer:/a-large", "peer:/b-small", join(folder, "small-disk")];
    const argv = [process.execPath, scpkitProgram, ...server.options, ...operands];
    const { code, stdout, stderr } = await run(t, "unshare", [
      "-m",
      "sh",
      "-c",
      script,
      join(folder, "small-disk"),
      ...argv,
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /a-large: No space left on device/);
    assert.equal(stdout, "b-small\n");
  });
});

function makeSized(path: string, bytes: number): void {
  writeFileSync(path, Buffer.alloc(bytes, "x"));
}
