import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ScpConnectionError, type ScpExecChannel } from "@scpkit/core";
import { skipWithout } from "@scpkit/test-support/programs";
import { patterned, readAll, readText } from "@scpkit/test-support/streams";
import { createLocalTransport, type SpawnOptions, spawnChannel } from "../src/index.ts";

function sh(line: string, options?: SpawnOptions): Promise<ScpExecChannel> {
  return spawnChannel("/bin/sh", ["-c", line], options);
}

function isLost(error: unknown): boolean {
  return error instanceof ScpConnectionError && error.code === "lost";
}

/** Whether a process exists. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie is no process any more.
    return !/^State:\s+Z/m.test(execFileSync("cat", [`/proc/${pid}/status`], { encoding: "utf8" }));
  } catch {
    return false;
  }
}

describe("a child process", () => {
  it("gives output, standard error and exit status", async () => {
    const channel = await sh("echo out; echo err >&2; exit 3");
    assert.equal(await readText(channel.readable), "out\n");
    assert.deepEqual(await channel.closed, { code: 3 });
    assert.equal(await readText(channel.stderr), "err\n");
  });

  it("names the signal that killed it", async () => {
    const channel = await sh("kill -KILL $$");
    await readAll(channel.readable);
    assert.deepEqual(await channel.closed, { signal: "KILL" });
  });

  it("delivers 100 MB whole", async () => {
    const channel = await sh("head -c 100000000 /dev/zero");
    assert.equal((await readAll(channel.readable)).byteLength, 100_000_000);
    assert.deepEqual(await channel.closed, { code: 0 });
  });

  it("sends and receives at once", async () => {
    const sent = patterned(20_000_000);
    const channel = await sh("cat");
    const writer = channel.writable.getWriter();
    const writing = (async () => {
      for (let at = 0; at < sent.byteLength; at += 100_000) await writer.write(sent.subarray(at, at + 100_000));
      await writer.close();
    })();
    assert.equal(Buffer.compare(await readAll(channel.readable), sent), 0);
    await writing;
  });

  it("keeps output for a reader that comes after the end", async () => {
    const channel = await sh("head -c 3000000 /dev/zero & wait; exit 4");
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal((await readAll(channel.readable)).byteLength, 3_000_000);
    assert.deepEqual(await channel.closed, { code: 4 });
  });

  it("is not blocked by unread standard error and keeps its end", async () => {
    const channel = await sh("head -c 10000000 /dev/zero >&2; echo done; echo last >&2");
    assert.equal(await readText(channel.readable), "done\n");
    await channel.closed;
    const kept = await readText(channel.stderr);
    assert.equal(kept.length, 65_536);
    assert.equal(kept.slice(-5), "last\n");
  });

  it("has ended although something else holds its standard error", async () => {
    const channel = await sh("sleep 3 >/dev/null & echo $!; exit 2");
    const background = Number(await readText(channel.readable));
    assert.deepEqual(await channel.closed, { code: 2 });
    await readAll(channel.stderr);
    assert.ok(exists(background));
    process.kill(background);
  });

  it("holds back a child that is not read, and a writer the child does not read", async () => {
    const channel = await sh("yes | { head -c 50000000; echo sent >&2; }");
    const notes = channel.stderr.getReader();
    const told = notes.read().then(() => "sent");
    const soon = new Promise((resolve) => setTimeout(() => resolve("held back"), 300));
    assert.equal(await Promise.race([told, soon]), "held back");
    await readAll(channel.readable);
    assert.equal(await told, "sent");

    const sleeper = await sh("sleep 5");
    const writing = sleeper.writable.getWriter().write(new Uint8Array(5_000_000));
    const rejected = assert.rejects(writing, { name: "AbortError" });
    await sleeper.close();
    await rejected;
  });

  it("rejects a write when it ended before it took everything", async () => {
    const channel = await sh("head -c 10 >/dev/null; exit 5");
    const writer = channel.writable.getWriter();
    await assert.rejects(async () => {
      for (;;) await writer.write(new Uint8Array(1_000_000));
    }, isLost);
    await readAll(channel.readable);
    assert.deepEqual(await channel.closed, { code: 5 });
  });

  it("closing the writable after its end is no error", async () => {
    const channel = await sh("true");
    await readAll(channel.readable);
    await channel.closed;
    await channel.writable.close();
  });

  it("ends when its output is cancelled", async () => {
    const channel = await sh("yes");
    const reader = channel.readable.getReader();
    await reader.read();
    await reader.cancel();
    await channel.closed;
  });

  it("close() ends it and errors its streams", async () => {
    const channel = await sh("echo $$; exec cat");
    const reader = channel.readable.getReader();
    const pid = Number(Buffer.from((await reader.read()).value ?? []).toString());
    const rejected = assert.rejects(reader.read(), { name: "AbortError" });
    await channel.close();
    await channel.close();
    await rejected;
    await assert.rejects(channel.writable.getWriter().write(new Uint8Array(1)), { name: "AbortError" });
    await readAll(channel.stderr);
    assert.equal(exists(pid), false);
  });

  it("is killed when it does not listen", async () => {
    const channel = await sh("trap '' TERM; echo ready; while :; do sleep 0.1; done");
    await channel.readable.getReader().read();
    await channel.close();
    // Deno names the signal that was sent first.
    assert.deepEqual(await channel.closed, { signal: "Deno" in globalThis ? "TERM" : "KILL" });
  });

  it("close() keeps the exit status of a child that had ended", async () => {
    const channel = await sh("exit 7");
    await readAll(channel.readable);
    await channel.close();
    assert.deepEqual(await channel.closed, { code: 7 });
  });

  it("an aborted signal ends it with its reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const channel = await sh("exec cat", { signal: controller.signal });
    const writer = channel.writable.getWriter();
    const reading = assert.rejects(channel.readable.getReader().read(), reason);
    controller.abort(reason);
    await reading;
    await assert.rejects(writer.write(new Uint8Array(1)), reason);
    assert.deepEqual(await channel.closed, { signal: "TERM" });
    await assert.rejects(sh("true", { signal: controller.signal }), reason);
  });

  it("aborting the writable ends a write that is stuck", async () => {
    const channel = await sh("exec sleep 5");
    const writer = channel.writable.getWriter();
    const rejected = assert.rejects(writer.write(new Uint8Array(5_000_000)));
    await writer.abort(new Error("no more"));
    await rejected;
    assert.deepEqual(await channel.closed, { signal: "TERM" });
  });

  it("cannot be started: the error says so", async () => {
    await assert.rejects(spawnChannel("/no/such/program", []), (error) => {
      assert.ok(error instanceof ScpConnectionError);
      assert.equal(error.code, "spawn-failed");
      assert.match(error.message, /"\/no\/such\/program": it was not found/);
      return true;
    });
    await assert.rejects(
      spawnChannel("/etc/passwd", []),
      (error) => error instanceof ScpConnectionError && error.code === "spawn-failed",
    );
  });

  it("runs without a shell, in a given folder and environment", async () => {
    const channel = await spawnChannel("/usr/bin/env", [], { env: { ONLY: "$(this) 'one'" }, cwd: "/" });
    assert.equal(await readText(channel.readable), "ONLY=$(this) 'one'\n");
  });

  it("can leave standard error alone", async () => {
    const channel = await sh("exit 0", { stderr: "inherit" });
    assert.equal((await readAll(channel.readable)).byteLength, 0);
    assert.equal((await readAll(channel.stderr)).byteLength, 0);
    assert.deepEqual(await channel.closed, { code: 0 });
  });
});

describe("a local transport", () => {
  it("runs commands in a shell", async () => {
    const transport = createLocalTransport({ peerIdentification: "SSH-2.0-OpenSSH_9.2" });
    assert.equal(transport.peerIdentification, "SSH-2.0-OpenSSH_9.2");
    const channel = await transport.exec("echo $((1 + 2)) | tr 3 4");
    assert.equal(await readText(channel.readable), "4\n");
  });
});

describe("a real scp over pipes", () => {
  it("sends a file", { skip: skipWithout("scp") }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "scpkit-process-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "greeting"), "hello", { mode: 0o644 });
    const channel = await createLocalTransport({ cwd: folder }).exec("scp -f greeting");
    const output = channel.writable.getWriter();
    for (let reply = 0; reply < 3; reply += 1) await output.write(Uint8Array.of(0));
    assert.equal(await readText(channel.readable), "C0644 5 greeting\nhello\0");
    assert.deepEqual(await channel.closed, { code: 0 });
  });
});
