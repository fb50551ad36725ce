import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { ScpPeerError } from "@scpkit/codec";
import { ScpConnectionError, ScpIncompleteError, type ScpTransferEvent, summaryOf } from "@scpkit/core";
import { readTree, type TreeSpec, tempDir, withMode, writeTree } from "@scpkit/test-support/files";
import { localTransport } from "@scpkit/test-support/local-transport";
import { isMissing, skipWithout } from "@scpkit/test-support/programs";
import { relay, relaySideOf } from "../src/index.ts";

const skip = skipWithout("scp");
const nobody = 65_534;
const identifications = ["SSH-2.0-OpenSSH_9.2p1", undefined];

async function incomplete(outcome: Promise<unknown>): Promise<(string | undefined)[][]> {
  const error = await outcome.then(
    () => assert.fail("The relay should have been incomplete"),
    (reason: unknown) => reason,
  );
  const summary = summaryOf(error);
  assert.ok(summary !== undefined, String(error));
  // A copy of one thing rejects with its own error, everything else with all failures.
  const { files, directories, failures, failureCount } = summary;
  if (failureCount === 1 && files + directories === 0) assert.equal(error, failures[0]?.error);
  else assert.ok(error instanceof ScpIncompleteError, String(error));
  return failures.map((failure) => [
    failure.path,
    relaySideOf(failure.error),
    failure.error instanceof ScpPeerError ? failure.error.peerMessage : String(failure.error),
  ]);
}

const tree: TreeSpec = {
  top: withMode(0o755, {
    "empty file": withMode(0o644, ""),
    "script.sh": withMode(0o755, "#!/bin/sh\necho hi\n", 1_400_000_000),
    big: withMode(0o600, new Uint8Array(3_000_001).fill(7)),
    "näme wïth ünïcode": withMode(0o640, "x"),
    deep: withMode(0o750, { a: withMode(0o755, { b: withMode(0o700, { c: withMode(0o644, "leaf") }) }) }),
    empty: withMode(0o711, {}, 1_300_000_000),
    many: withMode(
      0o755,
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, withMode(0o644, `body ${index}`)])),
    ),
  }),
};

describe("A relay between two real scps", { skip }, () => {
  for (const peerIdentification of identifications) {
    const known = peerIdentification ?? "an unknown peer";
    const transport = localTransport({ peerIdentification });

    it(`copies a tree with modes and times (${known})`, async (t) => {
      const [from, to] = [tempDir(t), tempDir(t)];
      writeTree(from, tree);
      const summary = await relay(
        { transport, path: join(from, "top") },
        { transport, path: to },
        { recursive: true, preserve: true },
      );
      assert.equal(summary.files, 305);
      assert.equal(summary.directories, 6);
      assert.deepEqual(readTree(to, { modes: true, times: true }), readTree(from, { modes: true, times: true }));
    });

    it(`copies a tree without -p as scp -3 does (${known})`, async (t) => {
      const [from, ours, theirs] = [tempDir(t), tempDir(t), tempDir(t)];
      writeTree(from, tree);
      await relay({ transport, path: join(from, "top") }, { transport, path: ours }, { recursive: true });
      const pipe = `mkfifo p && scp -r -f ${from}/top <p | scp -r -t ${theirs} >p`;
      execFileSync("sh", ["-c", pipe], { cwd: tempDir(t) });
      assert.deepEqual(readTree(ours, { modes: true }), readTree(theirs, { modes: true }));
    });

    it(`copies one file to another name, and tells its progress once (${known})`, async (t) => {
      const dir = tempDir(t);
      const body = new Uint8Array(500_000).fill(3);
      writeFileSync(join(dir, "a b"), body);
      const events: ScpTransferEvent[] = [];
      const onEvent = (event: ScpTransferEvent): void => void events.push(event);
      await relay({ transport, path: join(dir, "a b") }, { transport, path: join(dir, "it's") }, { onEvent });
      assert.deepEqual(new Uint8Array(readFileSync(join(dir, "it's"))), body);
      const progress = events.flatMap((event) => (event.type === "progress" ? [event.transferred] : []));
      assert.deepEqual(
        progress,
        [...progress].sort((a, b) => a - b),
      );
      assert.equal(progress.at(-1), body.length);
      assert.equal(events.filter(({ type }) => type === "start").length, 1);
      assert.equal(events.filter(({ type }) => type === "finish").length, 1);
    });

    it(`names what is missing at the source (${known})`, async (t) => {
      const dir = tempDir(t);
      const path = join(dir, "missing");
      const failures = await incomplete(relay({ transport, path }, { transport, path: join(dir, "to") }));
      assert.deepEqual(failures, [["", "source", `scp: ${path}: No such file or directory`]]);
      assert.deepEqual(readTree(dir, { modes: true }), {});
    });

    it(`goes on after what the target refuses (${known})`, async (t) => {
      const [from, to] = [tempDir(t), tempDir(t)];
      writeTree(from, { top: { a: "1", clash: "2", dir: { x: "3" }, z: "4" } });
      writeTree(to, { top: { clash: {}, dir: "a file" } });
      const failures = await incomplete(
        relay({ transport, path: join(from, "top") }, { transport, path: to }, { recursive: true }),
      );
      assert.deepEqual(failures.sort(), [
        ["top/clash", "target", `scp: ${to}/top/clash: Is a directory`],
        ["top/dir", "target", `scp: ${to}/top/dir: Not a directory`],
      ]);
      assert.match(readTree(to, { modes: true })["top/z"] ?? "", / 4$/);
    });

    it(`does not touch a read-only target, nor hide what a source may not read (${known})`, async (t) => {
      if (isMissing(t, "setpriv")) return;
      if (process.getuid?.() !== 0) return t.skip("needs root to become another user");
      const weak = localTransport({ uid: nobody, peerIdentification });
      const [from, to] = [tempDir(t, nobody), tempDir(t, nobody)];
      writeTree(from, { top: { closed: "secret", open: "1" } });
      writeTree(to, { top: { open: "old" } });
      chmodSync(join(from, "top/closed"), 0o600);
      chmodSync(join(to, "top"), 0o777);
      chmodSync(join(to, "top/open"), 0o444);
      const failures = await incomplete(
        relay({ transport: weak, path: join(from, "top") }, { transport: weak, path: to }, { recursive: true }),
      );
      assert.deepEqual(failures.sort(), [
        ["", "source", `scp: ${from}/top/closed: Permission denied`],
        ["top/open", "target", `scp: ${to}/top/open: Permission denied`],
      ]);
      assert.match(readTree(to, { modes: true })["top/open"] ?? "", / old$/);
    });

    it(`a target folder that is not there (${known})`, async (t) => {
      const dir = tempDir(t);
      writeFileSync(join(dir, "a"), "1");
      const to = { transport, path: join(dir, "no/where") };
      const failures = await incomplete(relay({ transport, path: join(dir, "a") }, to));
      assert.deepEqual(failures, [["a", "target", `scp: ${to.path}: No such file or directory`]]);
      await assert.rejects(relay({ transport, path: join(dir, "a") }, to, { targetIsDirectory: true }), (error) => {
        assert.ok(error instanceof ScpPeerError, String(error));
        assert.equal(relaySideOf(error), "target");
        return true;
      });
    });

    for (const end of ["source", "target"] as const) {
      it(`the ${end} is killed in the middle of a body (${known})`, async (t) => {
        const dir = tempDir(t);
        writeFileSync(join(dir, "a"), new Uint8Array(30_000_000));
        mkdirSync(join(dir, "to"));
        let pid: number | undefined;
        const exits: Promise<unknown>[] = [];
        const watched = (own: string): ReturnType<typeof localTransport> =>
          localTransport({
            peerIdentification,
            onSpawn(child) {
              exits.push(new Promise((resolve) => child.once("exit", resolve)));
              if (own === end) pid = child.pid;
            },
          });
        const outcome = relay(
          { transport: watched("source"), path: join(dir, "a") },
          { transport: watched("target"), path: join(dir, "to") },
          {
            onEvent({ type }) {
              if (type !== "progress" || pid === undefined) return;
              process.kill(pid, "SIGKILL");
              pid = undefined;
            },
          },
        );
        await assert.rejects(outcome, (error) => {
          assert.ok(error instanceof ScpConnectionError, String(error));
          assert.equal(relaySideOf(error), end);
          return true;
        });
        await Promise.all(exits);
      });
    }

    it(`abort ends both commands (${known})`, async (t) => {
      const dir = tempDir(t);
      writeFileSync(join(dir, "a"), new Uint8Array(30_000_000));
      const abort = new AbortController();
      const exits: Promise<unknown>[] = [];
      const watched = localTransport({
        peerIdentification,
        onSpawn: (child) => exits.push(new Promise((resolve) => child.once("exit", resolve))),
      });
      const outcome = relay(
        { transport: watched, path: join(dir, "a") },
        { transport: watched, path: join(dir, "to") },
        {
          signal: abort.signal,
          onEvent: ({ type }) => type === "progress" && abort.abort(new Error("Changed my mind")),
        },
      );
      await assert.rejects(outcome, { message: "Changed my mind" });
      assert.equal(exits.length, 2);
      await Promise.all(exits);
    });
  }

  it("a server that sends more than was asked for", async (t) => {
    const dir = tempDir(t);
    const evil = localTransport();
    const script = `printf 'C0644 2 a\\nx\\n\\0C0644 5 .bashrc\\nevil\\n\\0'; cat >/dev/null`;
    const from = { transport: { exec: () => evil.exec(script) }, path: "dir/a" };
    const outcome = relay(from, { transport: evil, path: dir });
    await assert.rejects(outcome, { code: "unrequested-name" });
    assert.ok(!Object.keys(readTree(dir)).includes(".bashrc"));
  });
});
