import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isMissing } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { scpkit } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

const files = 10_000;

interface SlowDisk {
  readonly folder: string;
  /** How many times something in the tree was looked at. */
  looks(): number;
  /** Runs the command there. `kill` sends SIGINT. */
  start(argv: readonly string[]): {
    readonly ended: Promise<number | null>;
    readonly output: () => string;
    kill(): void;
  };
}

/** A tree of 10,000 files in which each look takes a millisecond. `undefined`: the test is skipped. */
function makeSlowDisk(t: TestContext): SlowDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-slow-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, "slow-disk.so");
  const source = join(import.meta.dirname, "support", "slow-disk.c");
  const compiled = spawnSync("cc", ["-shared", "-fPIC", "-o", library, source, "-ldl"], { stdio: "ignore" });
  if (process.platform !== "linux" || compiled.status !== 0) {
    t.skip("peer missing: cc");
    return undefined;
  }
  for (let index = 0; index < files; index += 1) {
    const directory = join(folder, "slow", String(index % 20));
    if (index < 20) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `file-${index}`), "");
  }
  const log = join(folder, "log");
  return {
    folder,
    looks: () => (existsSync(log) ? statSync(log).size : 0),
    start(argv) {
      const child = spawn(process.execPath, [scpkit, ...argv], {
        cwd: folder,
        env: { ...process.env, LD_PRELOAD: library, SLOW_DISK_LOG: log },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          output += chunk;
        });
      }
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      t.after(() => child.kill("SIGKILL"));
      return { ended, output: () => output, kill: () => child.kill("SIGINT") };
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries === 6_000) throw new Error("Waited in vain");
    await sleep(5);
  }
}

describe("an upload from a disk that is slow to look at", () => {
  it("begins before all is counted, and ends at a signal", async (t) => {
    if (isMissing(t, "sshd")) return;
    const disk = makeSlowDisk(t);
    if (disk === undefined) return;
    const server = await startSshd();
    t.after(() => server.stop());
    const box = createSandbox({ h: server });
    t.after(() => box.remove());
    const remote = mkdtempSync(join(disk.folder, "remote-"));
    const run = disk.start(["-F", box.config, "--progress=json", "-r", "slow", `h:${remote}`]);
    await until(() => existsSync(join(remote, "slow")));
    run.kill();
    assert.equal(await run.ended, 1, run.output());
    assert.ok(disk.looks() > 0, "Nothing was looked at: the library does nothing");
    assert.ok(disk.looks() < files / 2, `${disk.looks()} looks`);
  });

  it("ends at a signal while it connects", async (t) => {
    const disk = makeSlowDisk(t);
    if (disk === undefined) return;
    const silent = createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    t.after(() => silent.close());
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const run = disk.start([
      "-F",
      "/dev/null",
      "-B",
      "--progress=json",
      "-P",
      String(port),
      "-r",
      "slow",
      "127.0.0.1:",
    ]);
    await until(() => disk.looks() > 50);
    run.kill();
    assert.equal(await run.ended, 1, run.output());
    assert.ok(disk.looks() < files / 2, `${disk.looks()} looks`);
  });
});
