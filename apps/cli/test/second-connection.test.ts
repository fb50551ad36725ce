import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Ssh2HostKey } from "@scpkit/ssh2";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { PrimaryConnection } from "../src/connect/primary-connection.ts";
import { chooseLanes, isSecondConnectionWorthwhile } from "../src/copy/choose-lanes.ts";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

function hostKey(...blob: number[]): Ssh2HostKey {
  return { type: "ssh-ed25519", blob: Uint8Array.from(blob), fingerprint: "" };
}

describe("a second connection", () => {
  it("is made for more lanes than one connection takes; it learns no key and says nothing", async (t) => {
    if (isMissing(t, "sshd")) return;
    const server = await startSshd();
    t.after(() => server.stop());
    const box = createSandbox({ h: { port: server.port, key: server.key } });
    t.after(() => box.remove());
    for (let index = 0; index < 60; index += 1) box.write(`tree/d${index % 3}/f${index}`, `content ${index}`);

    const argv = ["-F", box.config, "-v", "-r", "--parallel", "14", "-o", "StrictHostKeyChecking=accept-new"];
    const { status, stderr } = await runCli([...argv, box.path("tree"), "h:"], { cwd: box.folder });

    assert.equal(status, 0, stderr);
    assert.equal(stderr.match(/Logged in/g)?.length, 2, stderr);
    assert.equal(stderr.match(/Sending command: scp/g)?.length, 14, stderr);
    assert.equal(stderr.match(/Permanently added/g)?.length, 1, stderr);
    assert.equal(readFileSync(box.knownHosts, "utf8").trim().split("\n").length, 1);
    for (const folder of ["d0", "d1", "d2"]) {
      assert.deepEqual(
        readdirSync(join(server.home, "tree", folder)).sort(),
        readdirSync(box.path(`tree/${folder}`)).sort(),
      );
    }
  });

  it("is done without where the server takes no second one", async (t) => {
    if (isMissing(t, "sshd")) return;
    // Of connections that have not logged in, the server keeps one: the second is dropped at once.
    const server = await startSshd({ settings: ["MaxStartups 1:100:1"] });
    t.after(() => server.stop());
    const box = createSandbox({ h: { port: server.port, key: server.key, hostKey: server.hostKey } });
    t.after(() => box.remove());
    for (let index = 0; index < 30; index += 1) box.write(`tree/f${index}`, `content ${index}`);

    const { status, stderr } = await runCli(["-F", box.config, "-r", "--parallel", "14", box.path("tree"), "h:"], {
      cwd: box.folder,
    });

    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.equal(readdirSync(join(server.home, "tree")).length, 30);
    assert.ok(existsSync(join(server.home, "tree", "f29")));
  });

  it("is not waited for when it does not come", async (t) => {
    if (isMissing(t, "sshd")) return;
    const server = await startSshd();
    t.after(() => server.stop());
    // Lets the first connection through, and takes the second one without a word.
    let connections = 0;
    const sockets: Socket[] = [];
    const door = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      if (connections++ > 0) return;
      const way = connect(server.port, "127.0.0.1");
      way.on("error", () => {});
      sockets.push(way.pipe(socket).pipe(way));
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      door.close();
    });
    const address = door.address();
    if (address === null || typeof address === "string") throw new Error("No port");
    const box = createSandbox({ h: { port: address.port, key: server.key } });
    t.after(() => box.remove());
    for (let index = 0; index < 30; index += 1) box.write(`tree/f${index}`, `content ${index}`);

    const argv = ["-F", box.config, "-r", "--parallel", "14", "-o", "StrictHostKeyChecking=no", box.path("tree"), "h:"];
    const { status, stderr } = await runCli(argv, { cwd: box.folder });

    assert.equal(status, 0, stderr);
    assert.equal(connections, 2);
    assert.equal(readdirSync(join(server.home, "tree")).length, 30);
  });

  it("is chosen by the way and the work", () => {
    assert.equal(isSecondConnectionWorthwhile(200, 20), true);
    assert.equal(isSecondConnectionWorthwhile(100_000, 5), false, "the server is near");
    assert.equal(isSecondConnectionWorthwhile(30, 50), false, "ten lanes do for thirty files");
    assert.equal(chooseLanes(200, 1), 10);
    assert.equal(chooseLanes(200, 2), 20);
    assert.equal(chooseLanes(3, 2), 1);
  });
});

describe("what a second connection takes over", () => {
  it("is the host key the first one accepted", async () => {
    let finish = (): void => {};
    const made = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = new PrimaryConnection(() => made);
    const same = first.verdictOn(hostKey(1, 2));
    const other = first.verdictOn(hostKey(1, 3));
    first.acceptedHostKey(hostKey(1, 2), "without-secrets");
    assert.equal(await same, "without-secrets");
    assert.equal(await other, false);
    finish();
    await first.loggedIn();
  });

  it("is nothing when the first one failed, or asked somebody", async () => {
    const failed = new PrimaryConnection(async () => {
      throw new Error("Refused");
    });
    assert.equal(await failed.answered, undefined);
    await assert.rejects(failed.loggedIn(), { message: "Refused" });
    await assert.rejects(failed.verdictOn(hostKey(1)), { message: "Refused" });

    const asking = new PrimaryConnection(async (first) => first.markInteractive());
    await assert.rejects(asking.loggedIn(), /prompt/);
  });
});
