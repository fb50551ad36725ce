import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { type Outcome, runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";
import { mountDisk } from "./support/small-disk.ts";

const size = 64 * 1024 * 1024;

/** A way to a server that counts what the server sends. */
async function countingWay(
  t: TestContext,
  port: number,
): Promise<{ readonly port: number; readonly bytes: () => number }> {
  let bytes = 0;
  const sockets: Socket[] = [];
  const door = createServer((socket) => {
    const way = connect(port, "127.0.0.1");
    sockets.push(socket, way);
    for (const each of [socket, way]) each.on("error", () => {});
    way.on("data", (chunk) => (bytes += chunk.length));
    socket.pipe(way).pipe(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    door.close();
  });
  const address = door.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return { port: address.port, bytes: () => bytes };
}

interface Download extends Outcome {
  /** Bytes that the server sent. */
  readonly bytes: number;
  /** Files on the full disk. */
  readonly stored: readonly string[];
}

/** Downloads `large` and `small` as `operands` say to a disk of 1 MiB. */
async function downloadTo(
  t: TestContext,
  operands: (folder: string) => readonly string[],
): Promise<Download | undefined> {
  if (isMissing(t, "sshd")) return undefined;
  const disk = mountDisk(t, "size=1m");
  if (disk === undefined) return undefined;
  const server = await startSshd();
  t.after(() => server.stop());
  const way = await countingWay(t, server.port);
  const box = createSandbox({ h: { port: way.port, key: server.key, hostKey: server.hostKey } });
  t.after(() => box.remove());
  const remote = mkdtempSync(join(tmpdir(), "scpkit-remote-"));
  t.after(() => rmSync(remote, { recursive: true, force: true }));
  writeFileSync(join(remote, "large"), "");
  truncateSync(join(remote, "large"), size);
  writeFileSync(join(remote, "small"), "content");
  const outcome = await runCli(["-F", box.config, ...operands(remote), disk]);
  return { ...outcome, bytes: way.bytes(), stored: readdirSync(disk) };
}

describe("a download into a full disk", () => {
  for (const options of [[], ["-r"], ["-p"], ["-S", "ssh"]]) {
    it(`ends when the disk is full (${["scpkit", ...options].join(" ")})`, async (t) => {
      const outcome = await downloadTo(t, (folder) => [...options, `h:${folder}/large`]);
      if (outcome === undefined) return;
      assert.equal(outcome.status, 1);
      assert.match(outcome.stderr, /^\/.*\/large: No space left on device\nhint: .*\n$/);
      assert.ok(outcome.bytes < size / 2, `the server sent ${outcome.bytes} bytes`);
      assert.deepEqual(outcome.stored, []);
    });
  }

  it("goes on with the next operand", async (t) => {
    const outcome = await downloadTo(t, (folder) => [`h:${folder}/large`, `h:${folder}/small`]);
    if (outcome === undefined) return;
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /No space left on device/);
    assert.ok(outcome.bytes < size / 2, `the server sent ${outcome.bytes} bytes`);
    assert.deepEqual(outcome.stored, ["small"]);
  });

  it("goes on with the next file of a pattern", async (t) => {
    const outcome = await downloadTo(t, (folder) => [`h:${folder}/*`]);
    if (outcome === undefined) return;
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /No space left on device/);
    assert.deepEqual(outcome.stored, ["small"]);
  });
});
