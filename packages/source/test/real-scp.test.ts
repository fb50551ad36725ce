import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { ScpPeerError } from "@scpkit/codec";
import { errorCode, ScpConnectionError } from "@scpkit/core";
import { readTree, type TreeSpec, tempDir, withMode, writeTree } from "@scpkit/test-support/files";
import { localTransport } from "@scpkit/test-support/local-transport";
import { skipWithout } from "@scpkit/test-support/programs";
import { type ScpEntry, upload } from "../src/index.ts";
import { diskEntry } from "./support/disk-entries.ts";
import { incomplete, told } from "./support/incomplete.ts";
import { directory, file } from "./support.ts";

const skip = skipWithout("scp");
const nobody = 65_534;

const tree: TreeSpec = {
  top: withMode(0o755, {
    empty: withMode(0o711, {}, 1_300_000_000),
    "empty file": withMode(0o644, ""),
    script: withMode(0o755, "#!/bin/sh\n", 1_400_000_000),
    big: withMode(0o600, new Uint8Array(3_000_001).fill(7)),
    "näme wïth ünïcode": withMode(0o640, "x"),
    "-dash": withMode(0o444, "y"),
    deep: withMode(0o750, { a: withMode(0o755, { b: withMode(0o700, { c: withMode(0o400, "leaf") }) }) }),
    many: withMode(
      0o755,
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, withMode(0o644, `body ${index}`)])),
    ),
  }),
};

function canBecomeNobody(): string | false {
  if (process.getuid?.() !== 0) return "peer missing: root";
  return skipWithout("setpriv");
}

describe("upload to a real scp -t", { skip }, () => {
  for (const peerIdentification of ["SSH-2.0-OpenSSH_9.2p1", undefined]) {
    const known = peerIdentification ?? "an unknown peer";
    const transport = localTransport({ peerIdentification });

    it(`sends a tree with modes and times (${known})`, async (t) => {
      const [from, to] = [tempDir(t), tempDir(t)];
      writeTree(from, tree);
      const summary = await upload(transport, to, [diskEntry(join(from, "top"))], { preserve: true });
      assert.equal(summary.files, 306);
      assert.equal(summary.directories, 6);
      assert.deepEqual(readTree(to, { modes: true, times: true }), readTree(from, { modes: true, times: true }));
    });

    it(`sends a tree without -p as scp -r does (${known})`, async (t) => {
      const [from, ours, theirs, work] = [1, 2, 3, 4].map(() => tempDir(t));
      assert.ok(from !== undefined && ours !== undefined && theirs !== undefined);
      writeTree(from, tree);
      await upload(transport, ours, [diskEntry(join(from, "top"))]);
      execFileSync("sh", ["-c", `mkfifo p && scp -r -f ${from}/top <p | scp -r -t ${theirs} >p`], { cwd: work });
      assert.deepEqual(readTree(ours, { modes: true }), readTree(theirs, { modes: true }));
    });

    it(`goes on after what the sink refuses, and replaces what it can (${known})`, async (t) => {
      const [from, to] = [tempDir(t), tempDir(t)];
      writeTree(from, { top: { a: "1", clash: "2", dir: { x: "3" }, z: "longer" } });
      writeTree(to, { top: { clash: {}, dir: "a file", z: "old and much longer" } });
      const summary = await incomplete(upload(transport, to, [diskEntry(join(from, "top"))]));
      assert.deepEqual(told(summary), [
        ["top/clash", "peer", `scp: ${to}/top/clash: Is a directory`],
        ["top/dir", "peer", `scp: ${to}/top/dir: Not a directory`],
      ]);
      assert.equal(summary.files, 2);
      assert.equal(readFileSync(join(to, "top/z"), "utf8"), "longer");
      assert.equal(readFileSync(join(to, "top/dir"), "utf8"), "a file");
    });

    it(`read-only directories and files as an ordinary user (${known})`, async (t) => {
      const reason = canBecomeNobody();
      if (reason !== false) return t.skip(reason);
      const weak = localTransport({ uid: nobody, peerIdentification });
      const [from, to] = [tempDir(t), tempDir(t, nobody)];
      writeTree(from, {
        top: withMode(0o555, { a: withMode(0o444, "1"), in: withMode(0o500, { b: withMode(0o400, "2") }), c: "3" }),
      });
      const entry = diskEntry(join(from, "top"));
      await upload(weak, to, [entry], { preserve: true });
      assert.deepEqual(readTree(to, { modes: true, times: true }), readTree(from, { modes: true, times: true }));
      // What is there now cannot be written again: each is told once, with its path.
      const again = await incomplete(upload(weak, to, [entry]));
      assert.deepEqual(told(again), [
        ["top/a", "peer", `scp: ${to}/top/a: Permission denied`],
        ["top/in/b", "peer", `scp: ${to}/top/in/b: Permission denied`],
      ]);
      assert.equal(again.files, 1);
    });

    it(`a body that shrinks: padded, told to both sides, the rest arrives (${known})`, async (t) => {
      const to = tempDir(t);
      const shrinking = file("shrinks", "", { size: 100_000, open: () => new Blob(["abc"]).stream() });
      const summary = await incomplete(upload(transport, to, [file("a", "1"), shrinking, file("z", "2")]));
      assert.deepEqual(told(summary), [["shrinks", "local", "The body ended 99997 bytes before the announced 100000"]]);
      assert.equal(summary.files, 2);
      assert.equal(statSync(join(to, "shrinks")).size, 100_000);
      assert.equal(readFileSync(join(to, "z"), "utf8"), "2");
    });

    it(`a full disk: the file is named, and the transfer goes on (${known})`, async (t) => {
      const to = tempDir(t);
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", to], { stdio: "ignore" });
      } catch {
        return t.skip("peer missing: mount");
      }
      try {
        const big = file("big", "", { size: 4_000_000, open: () => new Uint8Array(4_000_000) });
        const inside = directory("d", [file("a", "1"), big, file("empty", "")]);
        const summary = await incomplete(upload(transport, to, [inside]));
        assert.deepEqual(told(summary), [["d/big", "peer", `scp: ${to}/d/big: No space left on device`]]);
        assert.equal(summary.files, 2);
        assert.equal(readFileSync(join(to, "d/a"), "utf8"), "1");
      } finally {
        execFileSync("umount", [to]);
      }
    });
  }

  it("one file to a new name", async (t) => {
    const to = join(tempDir(t), "it's a name; $(touch evil)");
    const summary = await upload(localTransport(), to, [file("other", "hello")]);
    assert.deepEqual(summary, { files: 1, directories: 0, bytes: 5, failures: [], failureCount: 0 });
    assert.equal(readFileSync(to, "utf8"), "hello");
  });

  it("several files need a directory when that is asked for", async (t) => {
    const dir = tempDir(t);
    const entries = [file("a", "1"), file("b", "2")];
    const missing = join(dir, "missing");
    await assert.rejects(upload(localTransport(), missing, entries, { targetIsDirectory: true }), (error) => {
      assert.ok(error instanceof ScpPeerError, String(error));
      assert.equal(error.peerMessage, `scp: ${missing}: No such file or directory`);
      return true;
    });
    assert.equal(existsSync(missing), false);
  });

  it("stores one entry as a plain path and fails those after it", async (t) => {
    const path = join(tempDir(t), "plain");
    const entries = (function* (): Generator<ScpEntry> {
      yield file("a", "1");
      yield file("b", "2");
    })();
    const summary = await incomplete(upload(localTransport(), path, entries));
    assert.deepEqual(
      summary.failures.map((failure) => [failure.path, failure.side]),
      [["b", "local"]],
    );
    assert.match(String(summary.failures[0]?.error), /targetIsDirectory/);
    assert.equal(readFileSync(path, "utf8"), "1");
  });

  it("takes a path for a directory when several entries are given, or when it can be nothing else", async (t) => {
    const folder = tempDir(t);
    const two = [file("a", "1"), file("b", "2")];
    await assert.rejects(upload(localTransport(), join(folder, "missing"), two), ScpPeerError);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal((await upload(localTransport(), folder, two)).files, 2);
    assert.equal((await upload(localTransport(), `${folder}/`, new Set(two))).files, 2);
  });

  it("has a code for each cause, from the words of a real scp", async (t) => {
    const folder = tempDir(t);
    writeFileSync(join(folder, "f"), "");
    mkdirSync(join(folder, "d/a"), { recursive: true });
    symlinkSync("loop", join(folder, "loop"));
    const cases: readonly (readonly [string, string, string])[] = [
      ["not-found", join(folder, "no/where"), "a"],
      ["not-directory", join(folder, "f/x"), "a"],
      ["bad-name", folder, "n".repeat(300)],
      ["too-many-links", join(folder, "loop"), "a"],
      ["is-directory", join(folder, "d"), "a"],
      ["no-space", "/dev/full", "a"],
    ];
    for (const [code, path, name] of cases) {
      if (code === "no-space" && !existsSync("/dev/full")) continue;
      const { failures } = await incomplete(upload(localTransport(), path, [file(name, "x")]));
      const [failure] = failures;
      assert.ok(failure?.error instanceof ScpPeerError, `${code}: ${failure?.error}`);
      assert.equal(errorCode(failure.error), code, failure.error.peerMessage);
      t.diagnostic(failure.error.peerMessage);
    }
  });

  it("a destination below a folder that is not there", async (t) => {
    const path = join(tempDir(t), "no/where");
    const summary = await incomplete(upload(localTransport(), path, [file("a", "1")]));
    assert.deepEqual(told(summary), [["a", "peer", `scp: ${path}: No such file or directory`]]);
  });

  it("abort in the middle of a body ends the command and the caller's stream", async (t) => {
    const to = tempDir(t);
    const abort = new AbortController();
    const exits: Promise<unknown>[] = [];
    let cancelled: unknown;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel() {
        cancelled = "cancelled";
      },
    });
    const transport = localTransport({
      onSpawn: (child) => exits.push(new Promise((resolve) => child.once("exit", resolve))),
    });
    const outcome = upload(transport, to, [file("a", "", { size: 1e12, open: () => body })], {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === "progress" && event.transferred > 1_000_000) abort.abort(new Error("Changed my mind"));
      },
    });
    await assert.rejects(outcome, { message: "Changed my mind" });
    assert.equal(cancelled, "cancelled");
    assert.equal((await Promise.all(exits)).length, 1);
  });

  it("scp killed in the middle of a body", async (t) => {
    let pid: number | undefined;
    const transport = localTransport({
      onSpawn: (child) => {
        pid = child.pid;
      },
    });
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    });
    const outcome = upload(transport, tempDir(t), [file("a", "", { size: 1e12, open: () => endless })], {
      onEvent({ type }) {
        if (type !== "progress" || pid === undefined) return;
        process.kill(pid, "SIGKILL");
        pid = undefined;
      },
    });
    await assert.rejects(outcome, (error) => {
      assert.ok(error instanceof ScpConnectionError, String(error));
      assert.match(error.message, /signal KILL/);
      return true;
    });
  });

  it("no scp on the other side: its words, and what to try", async () => {
    const local = localTransport();
    const bare = { exec: (command: string) => local.exec(command.replace("scp", "scp-is-not-here")) };
    await assert.rejects(upload(bare, "x", [file("a", "1")]), (error) => {
      assert.ok(error instanceof ScpConnectionError, String(error));
      assert.equal(error.code, "no-remote-scp");
      assert.equal(error.exitCode, 127);
      assert.match(error.stderr, /scp-is-not-here/);
      assert.match(error.message, /127.*scp-is-not-here.*not found/);
      assert.match(error.hint, /Install scp/);
      return true;
    });
  });

  it("a login script that prints", async (t) => {
    const local = localTransport();
    const noisy = { exec: (command: string) => local.exec(`echo Welcome; ${command}`) };
    await assert.rejects(upload(noisy, tempDir(t), [file("a", "1")]), { code: "not-a-reply" });
  });

  it("the files of a directory that cannot be listed, and those that cannot be opened", async (t) => {
    const to = tempDir(t);
    const broken = {
      ...directory("d", []),
      async *entries() {
        yield file("in", "1");
        throw new Error("Input/output error");
      },
    };
    const unreadable = file("closed", "1", { open: () => Promise.reject(new Error("Permission denied")) });
    const summary = await incomplete(upload(localTransport(), to, [broken, unreadable, file("z", "2")]));
    assert.deepEqual(told(summary), [
      ["closed", "local", "Permission denied"],
      ["d", "local", "Input/output error"],
    ]);
    assert.deepEqual(Object.keys(readTree(to)), ["d", "d/in", "z"]);
  });

  it("a destination that is a read-only file is not replaced", async (t) => {
    const reason = canBecomeNobody();
    if (reason !== false) return t.skip(reason);
    const dir = tempDir(t, nobody);
    const path = join(dir, "a");
    writeFileSync(path, "old");
    chmodSync(path, 0o444);
    mkdirSync(join(dir, "empty"));
    const summary = await incomplete(upload(localTransport({ uid: nobody }), path, [file("a", "new")]));
    assert.deepEqual(told(summary), [["a", "peer", `scp: ${path}: Permission denied`]]);
    assert.equal(readFileSync(path, "utf8"), "old");
  });
});
