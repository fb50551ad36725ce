import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import type { ScpExecChannel } from "@scpkit/core";
import { patterned, readAll, readText } from "@scpkit/test-support/streams";
import { spawnChannel } from "../src/index.ts";

declare global {
  // Deno's checker, told to use Node's types, knows no properties of import.meta.
  interface ImportMeta {
    dirname: string;
  }
}

const script = join(import.meta.dirname, "support", "session.ts");

/** A process of this runtime that is a session's command. */
function session(behaviour: string): Promise<ScpExecChannel> {
  return spawnChannel(process.execPath, [...runtimeArguments(), script, behaviour], {
    cwd: import.meta.dirname,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
}

function runtimeArguments(): string[] {
  if ("Deno" in globalThis) return ["run", "-A", "--no-check"];
  if (process.versions.bun !== undefined) return [];
  return ["--import", "tsx"];
}

describe("this process as a session's command", () => {
  it("passes bytes both ways, standard error and the exit status", async () => {
    const channel = await session("echo");
    const sent = patterned(3_000_000);
    const writer = channel.writable.getWriter();
    const writing = writer.write(sent).then(() => writer.close());
    assert.equal(Buffer.compare(await readAll(channel.readable), sent), 0);
    await writing;
    assert.deepEqual(await channel.closed, { code: 3 });
    assert.equal(await readText(channel.stderr), "a note");
  });

  it("sends everything that was written before it exits", async () => {
    const channel = await session("exit-at-once");
    assert.equal(Buffer.compare(await readAll(channel.readable), patterned(5_000_000)), 0);
    assert.deepEqual(await channel.closed, { code: 0 });
  });

  it("ends although its input is still open", async () => {
    const channel = await session("exit-with-input-open");
    await readAll(channel.readable);
    assert.deepEqual(await channel.closed, { code: 7 });
  });

  it("can answer and exit after its input was cancelled", async () => {
    const channel = await session("cancel");
    assert.equal(await readText(channel.readable), "enough");
    assert.deepEqual(await channel.closed, { code: 1 });
  });

  it("notices that nobody reads any more", async () => {
    // The shell goes away from between the two: its end of the pipe closes.
    const words = [process.execPath, ...runtimeArguments(), script, "write-for-ever"].map((word) => `'${word}'`);
    const line = `{ ${words.join(" ")}; echo $? >&2; } | head -c 10 >/dev/null; sleep 0.2`;
    const channel = await spawnChannel("/bin/sh", ["-c", line], {
      cwd: import.meta.dirname,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    await channel.writable.close();
    await channel.closed;
    assert.match(await readText(channel.stderr), /^42$/m);
  });

  it("handles signals while the client does not read", { timeout: 60_000 }, async () => {
    // The shell keeps the pipe open without reading it, and passes on the status of the command.
    const words = [process.execPath, ...runtimeArguments(), script, "write-until-signal"].map((word) => `'${word}'`);
    const line = `mkfifo "$0/pipe" && exec 3<>"$0/pipe" && exec ${words.join(" ")} >&3`;
    const folder = mkdtempSync(join(tmpdir(), "scpkit-stdio-"));
    const child = spawn("/bin/sh", ["-c", line, folder], {
      cwd: import.meta.dirname,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      stdio: ["pipe", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    try {
      assert.equal(String((await once(child.stderr, "data"))[0]), "ready");
      // Deno reports every child that was ended by `child.kill` as killed by that signal.
      process.kill(child.pid ?? 0, "SIGTERM");
      assert.deepEqual(await ended, [42, null]);
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  });
});
