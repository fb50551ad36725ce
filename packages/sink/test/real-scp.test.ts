import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import {
  ScpConnectionError,
  ScpFatalError,
  ScpIncompleteError,
  type ScpTransferSummary,
  summaryOf,
} from "@scpkit/core";
import { type TreeSpec, tempDir, withMode, writeTree } from "@scpkit/test-support/files";
import { localTransport } from "@scpkit/test-support/local-transport";
import { isMissing, skipWithout } from "@scpkit/test-support/programs";
import { download, ScpSkipError, type ScpTarget } from "../src/index.ts";
import { createMemoryTarget, type MemoryTarget } from "../src/memory.ts";

const skip = skipWithout("scp");
const modes = ["lockstep", "overlapped", "pipelined"] as const;
const transport = localTransport();

/** `type mode mtime bytes` of everything below `path`, by path. */
function onDisk(path: string, name: string): Record<string, string> {
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o6777).toString(8);
  const mtime = Math.floor(stat.mtimeMs / 1000);
  if (!stat.isDirectory()) return { [name]: `file ${mode} ${mtime} ${readFileSync(path).toString("latin1")}` };
  const children = readdirSync(path).map((child) => onDisk(join(path, child), `${name}/${child}`));
  return Object.assign({ [name]: `directory ${mode} ${mtime} ` }, ...children);
}

function inMemory({ entries }: MemoryTarget): Record<string, string> {
  return Object.fromEntries(
    [...entries].map(([path, { type, mode, times, bytes }]) => {
      const text = Buffer.from(bytes).toString("latin1");
      return [path, `${type} ${mode.toString(8)} ${(times?.mtimeMs ?? 0) / 1000} ${text}`];
    }),
  );
}

async function incomplete(outcome: Promise<unknown>): Promise<ScpTransferSummary> {
  const error = await outcome.then(
    () => assert.fail("The transfer should have been incomplete"),
    (reason: unknown) => reason,
  );
  const summary = summaryOf(error);
  assert.ok(summary !== undefined, String(error));
  // A copy of one thing rejects with its own error, everything else with all failures.
  const { files, directories, failures, failureCount } = summary;
  if (failureCount === 1 && files + directories === 0) assert.equal(error, failures[0]?.error);
  else assert.ok(error instanceof ScpIncompleteError, String(error));
  return summary;
}

function told({ failures }: ScpTransferSummary): string[][] {
  return failures
    .map(({ path, side, error }) => {
      const words = error instanceof ScpPeerError ? error.peerMessage : error instanceof Error ? error.message : "";
      return [path, side, words];
    })
    .sort();
}

const tree: TreeSpec = {
  top: withMode(0o755, {
    empty: withMode(0o711, {}, 1_300_000_000),
    "empty file": withMode(0o644, ""),
    setuid: withMode(0o4755, "#!/bin/sh\n", 1_400_000_000),
    big: withMode(0o600, new Uint8Array(3_000_001).fill(7)),
    "näme wïth ünïcode": withMode(0o640, "x"),
    "\u001b[31mred": withMode(0o444, "y"),
    deep: withMode(0o750, { a: withMode(0o755, { b: withMode(0o700, { c: withMode(0o400, "leaf") }) }) }),
  }),
};

describe("download from a real scp -f", { skip }, () => {
  for (const replies of modes) {
    it(`a tree with modes and times (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, tree);
      const target = createMemoryTarget();
      const summary = await download(transport, join(dir, "top"), target, { recursive: true, preserve: true, replies });
      assert.deepEqual(inMemory(target), onDisk(join(dir, "top"), "top"));
      assert.equal(summary.files, 6);
      assert.equal(summary.directories, 5);
      assert.equal(summary.bytes, 3_000_001 + "#!/bin/sh\n".length + "xy".length + "leaf".length);
    });

    it(`without -p: no times (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, tree);
      const target = createMemoryTarget();
      await download(transport, join(dir, "top"), target, { recursive: true, replies });
      assert.equal(target.entries.size, 11);
      assert.ok([...target.entries.values()].every(({ times }) => times === undefined));
    });

    it(`one file, with a name for the shell to trip over (${replies})`, async (t) => {
      const dir = tempDir(t);
      const name = 'it\'s $(touch evil) `x` "y" *';
      writeFileSync(join(dir, name), "hello");
      const target = createMemoryTarget();
      await download(transport, join(dir, name), target, { replies });
      assert.deepEqual([...target.entries.keys()], [name]);
      assert.deepEqual(readdirSync(dir), [name]);
    });

    it(`2,000 files in 4 directories (${replies})`, { timeout: 60_000 }, async (t) => {
      const dir = tempDir(t);
      const names = Array.from({ length: 500 }, (_, index) => `f${index}`);
      const files = Object.fromEntries(names.map((name) => [name, withMode(0o644, `body of ${name}`)]));
      writeTree(dir, { top: withMode(0o755, { a: files, b: files, c: { d: files, e: files } }) });
      const target = createMemoryTarget();
      const summary = await download(transport, join(dir, "top"), target, { recursive: true, preserve: true, replies });
      assert.equal(summary.files, 2000);
      assert.equal(summary.directories, 6);
      assert.deepEqual(inMemory(target), onDisk(join(dir, "top"), "top"));
    });

    it(`200 directories inside each other (${replies})`, async (t) => {
      const dir = tempDir(t);
      const path = join(dir, ...Array.from({ length: 200 }, () => "d"));
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "leaf"), "x");
      const target = createMemoryTarget();
      const summary = await download(transport, join(dir, "d"), target, { recursive: true, replies });
      assert.equal(summary.directories, 200);
      const limits = { maxDepth: 199 };
      const shallow = download(transport, join(dir, "d"), createMemoryTarget(), { recursive: true, replies, limits });
      await assert.rejects(shallow, { code: "limit-depth" });
    });

    it(`a path that is not there (${replies})`, async (t) => {
      const path = join(tempDir(t), "missing");
      const summary = await incomplete(download(transport, path, createMemoryTarget(), { replies }));
      assert.deepEqual(told(summary), [["", "peer", `scp: ${path}: No such file or directory`]]);
    });

    it(`what the source cannot read or follow does not stop the rest (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, { top: { a: "1", z: "2" } });
      symlinkSync("nowhere", join(dir, "top/dangling"));
      const target = createMemoryTarget();
      const summary = await incomplete(download(transport, join(dir, "top"), target, { recursive: true, replies }));
      assert.deepEqual(told(summary), [["", "peer", `scp: ${dir}/top/dangling: No such file or directory`]]);
      assert.deepEqual([...target.entries.keys()].sort(), ["top", "top/a", "top/z"]);
    });

    it(`what the target refuses is left out, with all below it (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, { top: { no: "1", yes: "2", dir: { in: "3", deep: { er: "4" } }, z: "5" } });
      const taken = createMemoryTarget();
      const target: ScpTarget = {
        directory(entry) {
          if (entry.name.text === "dir") throw new Error("Not that one");
          return target;
        },
        file(entry, context) {
          if (entry.name.text === "no") throw new Error("Nor this");
          return taken.file(entry, context);
        },
      };
      const summary = await incomplete(download(transport, join(dir, "top"), target, { recursive: true, replies }));
      assert.deepEqual(told(summary), [
        ["top/dir", "local", "Not that one"],
        ["top/no", "local", "Nor this"],
      ]);
      assert.deepEqual([...taken.entries.keys()].sort(), ["top/yes", "top/z"]);
    });

    it(`what is left out on purpose is no failure, though the source ends with status 1 (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, { top: { a: "1", b: "2", dir: { in: "3" } } });
      const target: ScpTarget = {
        directory(entry) {
          if (entry.name.text === "dir") throw new ScpSkipError("unchanged");
          return target;
        },
        file() {
          throw new ScpSkipError("unchanged");
        },
      };
      const summary = await download(transport, join(dir, "top"), target, { recursive: true, replies });
      assert.deepEqual(summary, { files: 0, directories: 1, bytes: 0, failures: [], failureCount: 0 });
    });

    it(`a write that fails: the body is drained, the rest arrives (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, { top: { big: new Uint8Array(1_000_000), z: "5" } });
      const taken = createMemoryTarget();
      let aborted = 0;
      const full = new WritableStream<Uint8Array>({
        write() {
          throw new Error("No space left on device");
        },
        abort() {
          aborted += 1;
        },
      });
      const target: ScpTarget = {
        directory: () => target,
        file: (entry, context) => (entry.name.text === "big" ? full : taken.file(entry, context)),
      };
      const summary = await incomplete(download(transport, join(dir, "top"), target, { recursive: true, replies }));
      assert.deepEqual(told(summary), [["top/big", "local", "No space left on device"]]);
      assert.deepEqual([...taken.entries.keys()], ["top/z"]);
      assert.equal(aborted, 0, "a stream that has failed is not aborted as well");
    });

    it(`a target that ends the transfer (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, { top: { a: "1" } });
      const target: ScpTarget = {
        directory: () => target,
        file() {
          throw new ScpFatalError("Quota used up");
        },
      };
      const outcome = download(transport, join(dir, "top"), target, { recursive: true, replies });
      await assert.rejects(outcome, { message: "Quota used up" });
    });

    it(`a directory without -r is the source's to refuse (${replies})`, async (t) => {
      const dir = tempDir(t);
      const summary = await incomplete(download(transport, dir, createMemoryTarget(), { replies }));
      assert.deepEqual(told(summary), [["", "peer", `scp: ${dir}: not a regular file`]]);
    });

    it(`abort in the middle of a body rolls back, and ends the command (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeFileSync(join(dir, "big"), new Uint8Array(30_000_000));
      const abort = new AbortController();
      const exits: Promise<unknown>[] = [];
      const watched = localTransport({
        onSpawn: (child) => exits.push(new Promise((resolve) => child.once("exit", resolve))),
      });
      const target = createMemoryTarget();
      const outcome = download(watched, join(dir, "big"), target, {
        replies,
        signal: abort.signal,
        onEvent(event) {
          if (event.type === "progress" && event.transferred > 1_000_000) abort.abort(new Error("Changed my mind"));
        },
      });
      await assert.rejects(outcome, { message: "Changed my mind" });
      assert.equal(target.entries.size, 0);
      assert.equal((await Promise.all(exits)).length, 1);
    });

    it(`a target that fails ends the download of one file, and no other (${replies})`, async (t) => {
      const dir = tempDir(t);
      for (const name of ["a1", "a2"]) writeFileSync(join(dir, name), new Uint8Array(30_000_000));
      const fault = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
      const failing = (): ScpTarget => {
        let taken = 0;
        const write = ({ byteLength }: Uint8Array): void => {
          taken += byteLength;
          if (taken > 1_000_000) throw fault;
        };
        return { file: () => new WritableStream({ write }) };
      };
      let read = 0;
      const watched = localTransport({
        onSpawn: ({ stdout }) => stdout.on("data", ({ byteLength }: Uint8Array) => (read += byteLength)),
      });
      await assert.rejects(download(watched, join(dir, "a1"), failing(), { replies }), (error) => error === fault);
      assert.ok(read < 10_000_000, `${read} bytes were read`);

      read = 0;
      const acceptName = (): boolean => true;
      const several = download(watched, `${dir}/a*`, failing(), { replies, quote: "none", acceptName });
      assert.equal((await incomplete(several)).failures.length, 2);
      assert.ok(read > 60_000_000, "the second file comes after the first");
    });

    it(`scp killed in the middle of a body (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeFileSync(join(dir, "big"), new Uint8Array(30_000_000));
      let pid: number | undefined;
      const watched = localTransport({
        onSpawn(child) {
          pid = child.pid;
        },
      });
      const target = createMemoryTarget();
      const outcome = download(watched, join(dir, "big"), target, {
        replies,
        onEvent({ type }) {
          if (type !== "progress" || pid === undefined) return;
          process.kill(pid, "SIGKILL");
          pid = undefined;
        },
      });
      await assert.rejects(outcome, (error) => {
        assert.ok(error instanceof ScpConnectionError, String(error));
        assert.equal(error.code, "command-failed");
        assert.match(error.message, /signal KILL/);
        return true;
      });
      assert.equal(target.entries.size, 0);
    });

    it(`a name that was not asked for (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, { asked: "1", other: "2" });
      const evil = {
        exec: () => transport.exec(`scp -f ${join(dir, "other")}`),
      };
      const target = createMemoryTarget();
      await assert.rejects(download(evil, join(dir, "asked"), target, { replies }), (error) => {
        assert.ok(error instanceof ScpProtocolError, String(error));
        assert.equal(error.code, "unrequested-name");
        return true;
      });
      assert.equal(target.entries.size, 0);
    });

    it(`a glob the remote shell expands (${replies})`, async (t) => {
      const dir = tempDir(t);
      writeTree(dir, { a1: "1", a2: "2", b: "3" });
      const target = createMemoryTarget();
      const acceptName = ({ text }: { readonly text: string }): boolean => text.startsWith("a");
      await download(transport, `${dir}/a*`, target, { replies, quote: "none", acceptName });
      assert.deepEqual([...target.entries.keys()].sort(), ["a1", "a2"]);
    });
  }

  it("a connection lost after a failure was told: not everything else has arrived", async () => {
    const script = "printf '\\001scp: x: No such file or directory\\n'; kill -KILL $$";
    const dying = { exec: () => transport.exec(script) };
    await assert.rejects(download(dying, "x", createMemoryTarget()), (error) => {
      assert.ok(error instanceof ScpConnectionError, String(error));
      assert.match(error.message, /signal KILL/);
      return true;
    });
  });

  it("a peer that ends well without having sent anything", async () => {
    const silent = { exec: () => transport.exec("true") };
    await assert.rejects(download(silent, "x", createMemoryTarget()), { code: "unexpected-eof" });
  });

  it("no scp on the other side", async () => {
    const bare = { exec: (command: string) => transport.exec(command.replace("scp", "scp-is-not-here")) };
    await assert.rejects(download(bare, "x", createMemoryTarget()), (error) => {
      assert.ok(error instanceof ScpConnectionError, String(error));
      assert.match(error.message, /127.*scp-is-not-here/);
      return true;
    });
  });

  for (const status of [0, 1]) {
    it(`a device that ends with status ${status} in place of confirming a file: the file is kept and that is reported`, async () => {
      const device = { exec: () => transport.exec(`printf 'C0644 5 f\\nhello'; exit ${status}`) };
      const target = createMemoryTarget();
      const { failures } = await incomplete(download(device, "f", target));
      const [failure] = failures;
      assert.ok(failure?.error instanceof ScpProtocolError && failure.error.code === "missing-status");
      assert.deepEqual([...target.entries.keys()], ["f"]);
    });
  }

  for (const [how, ending] of [
    ["with the status of ssh for a lost connection", "exit 255"],
    ["by a signal", "kill -KILL $$"],
    ["without an end", "exec 1>&-; sleep 2"],
  ] as const) {
    it(`a command that ends ${how} in place of confirming a file: the file is not kept`, async () => {
      const lost = { exec: () => transport.exec(`printf 'C0644 5 f\\nhello'; ${ending}`) };
      const target = createMemoryTarget();
      await assert.rejects(download(lost, "f", target), (error) => {
        assert.ok(error instanceof ScpConnectionError || error instanceof ScpProtocolError, String(error));
        return true;
      });
      assert.deepEqual([...target.entries.keys()], []);
    });
  }

  it("a login script that prints", async () => {
    const noisy = { exec: (command: string) => transport.exec(`echo Everything is fine; ${command}`) };
    await assert.rejects(download(noisy, "x", createMemoryTarget()), { code: "unexpected-end" });
  });

  it("an unreadable file as an ordinary user", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("peer missing: root");
    if (isMissing(t, "setpriv")) return;
    const dir = tempDir(t, 65_534);
    writeTree(dir, { top: { closed: "1", open: "2", shut: { in: "3" } } });
    chmodSync(join(dir, "top/closed"), 0o600);
    chmodSync(join(dir, "top/shut"), 0o700);
    const target = createMemoryTarget();
    const weak = localTransport({ uid: 65_534 });
    const summary = await incomplete(download(weak, join(dir, "top"), target, { recursive: true }));
    assert.deepEqual(told(summary), [
      ["", "peer", `scp: ${dir}/top/closed: Permission denied`],
      ["", "peer", `scp: ${dir}/top/shut: Permission denied`],
    ]);
    assert.deepEqual([...target.entries.keys()].sort(), ["top", "top/open"]);
  });
});
