import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it, type TestContext } from "node:test";
import { ScpConnectionError, type ScpTransferEvent, type ScpTransferSummary, type ScpTransport } from "@scpkit/core";
import { readTree, removeDir, type TreeSpec, tempDir, withMode, writeTree } from "@scpkit/test-support/files";
import { type LocalTransportOptions, localTransport } from "@scpkit/test-support/local-transport";
import { findProgram, skipWithout } from "@scpkit/test-support/programs";
import { type ScpUploadOptions, upload } from "../src/index.ts";
import { diskEntry } from "./support/disk-entries.ts";
import { incomplete, told } from "./support/incomplete.ts";
import { directory, file } from "./support.ts";

const skip = skipWithout("scp");
// Permissions mean nothing to root.
const uid = process.getuid?.() === 0 && findProgram("setpriv") !== undefined ? 65_534 : undefined;
const peerIdentification = "SSH-2.0-OpenSSH_9.2p1";

function many(count: number, mode = 0o644): TreeSpec {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`f${index}`, withMode(mode, `body ${index}`, 1_500_000_000 + index)]),
  );
}

const tree: TreeSpec = {
  top: withMode(0o755, {
    big: withMode(0o600, new Uint8Array(2_000_001).fill(7)),
    empty: withMode(0o711, {}, 1_300_000_000),
    "empty file": withMode(0o644, ""),
    closed: withMode(0o500, { a: withMode(0o400, "1"), in: withMode(0o555, many(5, 0o444)), b: withMode(0o644, "2") }),
    readonly: withMode(0o555, many(10)),
    unsearchable: withMode(0o200, {}),
    odd: withMode(0o2750, { x: withMode(0o4755, "x"), y: withMode(0o1777, {}) }),
    deep: withMode(0o750, { a: withMode(0o755, { b: withMode(0o700, { c: withMode(0o755, many(20)) }) }) }),
    many: withMode(0o755, many(120)),
    more: withMode(0o777, { left: withMode(0o755, many(30)), right: withMode(0o755, many(30)), here: "1" }),
  }),
};

/** Uploads the tree below `from` to a folder of its own and reads what is there then. */
async function send(
  t: TestContext,
  from: string,
  options: ScpUploadOptions & { readonly existing?: TreeSpec | undefined; readonly transport?: ScpTransport },
): Promise<{ readonly found: Record<string, string>; readonly summary: ScpTransferSummary; readonly to: string }> {
  const to = tempDir(t, uid);
  const { existing, transport = localTransport({ uid, peerIdentification }), ...rest } = options;
  const path = existing === undefined ? join(to, "new") : to;
  if (existing !== undefined) {
    writeTree(to, existing);
    if (uid !== undefined) execFileSync("chown", ["-R", `${uid}:${uid}`, to]);
  }
  const summary = await upload(transport, path, [diskEntry(join(from, "top"))], rest);
  return { found: readTree(to, { modes: true, times: options.preserve === true }), summary, to };
}

describe("Lanes to real scps", { skip }, () => {
  let from = "";
  before(() => {
    if (skip !== false) return;
    from = mkdtempSync(join(tmpdir(), "scpkit-test-"));
    writeTree(from, tree);
  });
  after(() => from !== "" && removeDir(from));

  const existing: TreeSpec = {
    top: { many: { f3: "old and longer", other: withMode(0o644, "stays") }, deep: {} },
    beside: withMode(0o644, "stays"),
  };
  for (const preserve of [true, false]) {
    for (const [where, there] of [
      ["a new destination", undefined],
      ["an existing destination", {}],
      ["a destination that has part of it", existing],
    ] as const) {
      it(`2, 5 and 10 leave what one leaves: ${preserve ? "with -p, " : ""}${where}`, async (t) => {
        const one = await send(t, from, { preserve, existing: there, parallel: 1 });
        for (const lanes of [2, 5, 10]) {
          const more = await send(t, from, { preserve, existing: there, parallel: lanes });
          assert.deepEqual(more.found, one.found);
          assert.deepEqual(more.summary, one.summary);
        }
      });
    }
  }

  it("several entries at the top", async (t) => {
    const names = readdirSync(join(from, "top"));
    const found: unknown[] = [];
    for (const lanes of [1, 5]) {
      const to = tempDir(t, uid);
      const entries = names.map((name) => diskEntry(join(from, "top", name)));
      await upload(localTransport({ uid, peerIdentification }), to, entries, {
        parallel: lanes,
        preserve: true,
        targetIsDirectory: true,
      });
      found.push(readTree(to, { modes: true, times: true }));
    }
    assert.deepEqual(found[1], found[0]);
    assert.deepEqual(Object.keys(found[1] ?? {}), Object.keys(readTree(join(from, "top"))));
  });

  it("tell each start, finish and byte once", async (t) => {
    const [one, ten] = await Promise.all(
      [1, 10].map(async (lanes) => {
        const seen: string[] = [];
        let bytes = 0;
        const onEvent = (event: ScpTransferEvent): void => {
          if (event.type === "start" || event.type === "finish") seen.push(`${event.type} ${event.entry.path}`);
          if (event.type === "finish") bytes += event.entry.size;
        };
        await send(t, from, { parallel: lanes, onEvent });
        return { seen: seen.sort(), bytes };
      }),
    );
    assert.deepEqual(ten, one);
  });

  it("report what is refused or cannot be read once", async (t) => {
    const source = tempDir(t);
    writeTree(source, { top: { ...many(40), d: many(20), clash: many(20), taken: "1" } });
    const listing = { ...directory("broken", []), entries: brokenEntries };
    const unreadable = file("unreadable", "", { open: () => Promise.reject(new Error("Permission denied")) });
    for (const lanes of [1, 2, 10]) {
      const to = tempDir(t, uid);
      writeTree(to, { top: { clash: "a file", taken: {} } });
      if (uid !== undefined) execFileSync("chown", ["-R", `${uid}:${uid}`, to]);
      const entries = [diskEntry(join(source, "top")), unreadable, listing];
      const summary = await incomplete(
        upload(localTransport({ uid, peerIdentification }), to, entries, { parallel: lanes }),
      );
      assert.deepEqual(told(summary), [
        ["broken", "local", "Input/output error"],
        ["top/clash", "peer", `scp: ${to}/top/clash: Not a directory`],
        ["top/taken", "peer", `scp: ${to}/top/taken: Is a directory`],
        ["unreadable", "local", "Permission denied"],
      ]);
      assert.equal(summary.files, 61);
      assert.equal(Object.keys(readTree(to)).length, 66);
    }
  });

  it("a server that refuses all but three channels", async (t) => {
    const local = localTransport({ uid, peerIdentification });
    let open = 0;
    const few: ScpTransport = {
      peerIdentification,
      exec(command, options) {
        open += 1;
        if (open <= 3) return local.exec(command, options);
        return Promise.reject(new ScpConnectionError("channel-refused", "No more sessions", "Wait"));
      },
    };
    const reference = await send(t, from, { preserve: true, parallel: 1 });
    const { found } = await send(t, from, { preserve: true, parallel: 10, transport: few });
    assert.equal(open, 10);
    assert.deepEqual(found, reference.found);
  });

  it("a server that refuses every channel", async () => {
    const refused = new ScpConnectionError("channel-refused", "No more sessions", "Wait");
    const none: ScpTransport = { exec: () => Promise.reject(refused) };
    await assert.rejects(upload(none, "x", [file("a", "1")], { parallel: 4 }), (error) => error === refused);
  });

  it("lanes that fail to start, hang, or are late stay out of it", async (t) => {
    const local = localTransport({ uid, peerIdentification });
    const reference = await send(t, from, { preserve: true, parallel: 1 });
    for (const trouble of ["exit 254;", "sleep 1;", "exec sleep 60;", "echo Welcome;", "kill -KILL $$;"]) {
      let started = 0;
      const uneven: ScpTransport = {
        peerIdentification,
        exec(command, options) {
          started += 1;
          return local.exec(started % 3 === 0 ? `${trouble} ${command}` : command, options);
        },
      };
      const { found } = await send(t, from, { preserve: true, parallel: 7, transport: uneven });
      assert.deepEqual(found, reference.found, trouble);
    }
  });

  it("a destination that is not ready is told once", async (t) => {
    const missing = join(tempDir(t), "missing");
    const outcome = upload(localTransport({ peerIdentification }), missing, [file("a", "1")], {
      parallel: 4,
      targetIsDirectory: true,
    });
    await assert.rejects(outcome, { name: "ScpPeerError", peerMessage: `scp: ${missing}: No such file or directory` });
  });

  it("a lane that is killed on the way fails the transfer, and ends the others", async (t) => {
    const pids: (number | undefined)[] = [];
    const exits: Promise<unknown>[] = [];
    const options: LocalTransportOptions = {
      uid,
      peerIdentification,
      onSpawn(child) {
        pids.push(child.pid);
        exits.push(new Promise((resolve) => child.once("exit", resolve)));
      },
    };
    let files = 0;
    const outcome = send(t, from, {
      parallel: 5,
      transport: localTransport(options),
      onEvent({ type }) {
        files += type === "finish" ? 1 : 0;
        const [, second] = pids;
        if (files < 20 || second === undefined) return;
        pids.splice(1, 1);
        pids.length = 1;
        process.kill(second, "SIGKILL");
      },
    });
    await assert.rejects(outcome, (error) => {
      assert.ok(error instanceof ScpConnectionError, String(error));
      assert.equal(error.code, "command-failed");
      assert.match(error.message, /signal KILL/);
      return true;
    });
    assert.equal((await Promise.all(exits)).length, 5);
  });

  it("abort ends all lanes, and every body that was opened", async (t) => {
    const exits: Promise<unknown>[] = [];
    const transport = localTransport({
      peerIdentification,
      onSpawn: (child) => exits.push(new Promise((resolve) => child.once("exit", resolve))),
    });
    const abort = new AbortController();
    let opened = 0;
    let ended = 0;
    const endless = (name: string): ReturnType<typeof file> =>
      file(name, "", {
        size: 1e12,
        open() {
          opened += 1;
          return new ReadableStream<Uint8Array>({
            pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
            cancel() {
              ended += 1;
            },
          });
        },
      });
    const entries = Array.from({ length: 50 }, (_, index) => endless(`f${index}`));
    let bytes = 0;
    const outcome = upload(transport, tempDir(t), entries, {
      parallel: 4,
      signal: abort.signal,
      onEvent(event) {
        bytes += event.type === "progress" ? 65_536 : 0;
        if (bytes > 3_000_000) abort.abort(new Error("Changed my mind"));
      },
    });
    await assert.rejects(outcome, { message: "Changed my mind" });
    await Promise.all(exits);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(opened >= 4 && opened <= 12, `${opened} bodies were open`);
    assert.equal(ended, opened);
  });
});

describe("When lanes begin", { skip }, () => {
  const busy: ChildProcess[] = [];
  after(() => {
    for (const child of busy) child.kill("SIGKILL");
  });

  it("OpenSSH's sink may look at its destination after it said that it is ready, but not after it answered a record", async (t) => {
    // docs/protocol.md, "Several channels": the first reply does not prove that the sink has looked, the reply to a record does. A
    // directory that appears afterwards is not a directory for this sink, although it answers a D.
    for (let round = 0; round < 10; round += 1) {
      const path = join(tempDir(t), "new");
      const channel = await localTransport().exec(`scp -r -t ${path}`);
      const writer = channel.writable.getWriter();
      const reader = channel.readable.getReader();
      await writer.write(new TextEncoder().encode(`T${"9".repeat(20)} 0 ${"9".repeat(20)} 0\n`));
      let replies = 0;
      while (replies < 2) {
        const { value = new Uint8Array([1]) } = await reader.read();
        assert.ok(value.every((byte) => byte === 0));
        replies += value.length;
      }
      mkdirSync(path);
      await writer.write(new TextEncoder().encode("D0755 0 name\nC0644 0 a\n\0E\n"));
      await writer.close();
      assert.deepEqual(await channel.closed, { code: 0 });
      assert.deepEqual(Object.keys(readTree(path)), ["a"], "the sink looked again");
      assert.ok(statSync(join(path, "a")).mtimeMs > 1.6e12, "the times were applied");
    }
  });

  it("on a busy machine no lane sees the destination as another has just made it", { timeout: 60_000 }, async (t) => {
    for (let index = 0; index < 3; index += 1) {
      busy.push(spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
    }
    const source = tempDir(t);
    writeTree(source, { top: { ...many(20), d: many(20), e: many(20) } });
    const expected = readTree(join(source, "top"), { modes: true });
    for (let round = 0; round < 15; round += 1) {
      const to = join(tempDir(t), "new");
      await upload(localTransport({ peerIdentification }), to, [diskEntry(join(source, "top"))], {
        parallel: 10,
        preserve: true,
      });
      assert.deepEqual(readTree(to, { modes: true }), expected, `round ${round}`);
    }
  });
});

async function* brokenEntries(): AsyncGenerator<ReturnType<typeof file>> {
  yield file("in", "1");
  throw new Error("Input/output error");
}
