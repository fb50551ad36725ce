import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { walk } from "@scpkit/fs";
import type { ScpPolicy } from "@scpkit/middleware";
import type { ScpDirectoryEntry, ScpEntry } from "@scpkit/source";
import { deploy } from "../src/deploy.ts";
import { shareBody } from "../src/shared-body.ts";
import { startLocalHost } from "../src/start-demo.ts";

const body = Uint8Array.from({ length: 1_500_000 }, (_, index) => index * 31 + (index >> 8));

/** A build with files in several directories, and hosts with an empty folder each. */
async function setUp(t: TestContext, policies: readonly (ScpPolicy | undefined)[]) {
  const base = mkdtempSync(join(tmpdir(), "scpkit-deploy-"));
  t.after(() => rmSync(base, { recursive: true }));
  const folder = join(base, "build");
  mkdirSync(join(folder, "a/b"), { recursive: true });
  for (const name of ["first", "a/one", "a/b/two", "a/three", "last"]) writeFileSync(join(folder, name), name);
  writeFileSync(join(folder, "a/large"), body);
  const hosts = [];
  for (const [index, policy] of policies.entries()) {
    const root = join(base, `host${index}`);
    mkdirSync(root);
    const host = await startLocalHost(`host${index}`, root, policy);
    t.after(() => host.close());
    hosts.push(host);
  }
  const arrived = (index: number, name: string) => {
    const path = join(base, `host${index}`, "build", name);
    return existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
  };
  return { folder, hosts, arrived };
}

/** The same entries, with every opening counted. */
async function* counted(
  entries: AsyncIterable<ScpEntry> | Iterable<ScpEntry>,
  opened: Map<string, number>,
): AsyncGenerator<ScpEntry> {
  for await (const entry of entries) {
    if (entry.type === "directory") {
      const inner: ScpDirectoryEntry = { ...entry, entries: (context) => counted(entry.entries(context), opened) };
      yield inner;
    } else if (entry.type === "file") {
      yield {
        ...entry,
        open(context) {
          opened.set(context.path, (opened.get(context.path) ?? 0) + 1);
          return entry.open(context);
        },
      };
    } else yield entry;
  }
}

describe("deploy", () => {
  it("brings everything to three hosts and reads every file once", async (t) => {
    const { folder, hosts, arrived } = await setUp(t, [undefined, undefined, undefined]);
    const opened = new Map<string, number>();
    const outcomes = await deploy(counted(walk(folder, { recursive: true }), opened), hosts);
    for (const [index, outcome] of outcomes.entries()) {
      assert.ok("summary" in outcome, String("error" in outcome && outcome.error));
      assert.equal(outcome.summary.files, 6);
      assert.deepEqual(arrived(index, "a/large"), body);
      assert.equal(new TextDecoder().decode(arrived(index, "a/b/two")), "a/b/two");
    }
    assert.deepEqual([...opened.values()], [1, 1, 1, 1, 1, 1]);
  });

  it("goes on without a host that ends its transfer, one that refuses a directory, and one that loses its connection", async (t) => {
    const ends: ScpPolicy = (entry) => (entry.size > 1_000_000 ? { type: "end", reason: "full" } : { type: "allow" });
    const refuses: ScpPolicy = ({ name }) =>
      name.text === "a" ? { type: "skip", reason: "not here" } : { type: "allow" };
    const { folder, hosts, arrived } = await setUp(t, [undefined, ends, refuses, undefined]);
    const [, , , lost] = hosts;
    const opened = new Map<string, number>();
    const outcomes = await deploy(counted(walk(folder, { recursive: true }), opened), hosts, {
      onEvent(name, event) {
        if (name === "host3" && event.type === "progress" && event.transferred > 300_000) void lost?.close();
      },
    });
    assert.ok(outcomes[0] !== undefined && "summary" in outcomes[0]);
    assert.equal(outcomes[0].summary.files, 6);
    assert.deepEqual(arrived(0, "a/large"), body);
    for (const index of [1, 2, 3]) assert.ok("error" in (outcomes[index] ?? {}), `host${index} should have failed`);
    assert.equal(arrived(1, "a/large"), undefined);
    assert.equal(arrived(2, "a"), undefined);
    assert.equal(new TextDecoder().decode(arrived(2, "last")), "last");
    assert.equal(arrived(3, "a/large"), undefined);
    assert.deepEqual(Math.max(...opened.values()), 1);
  });

  it("is run by the command of its README", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--import",
      "tsx",
      join(import.meta.dirname, "..", "src", "main.ts"),
    ]);
    assert.match(
      stdout,
      /^alpha: 2 files, 2 directories, 2000015 bytes\nbeta: 2 files, 2 directories, 2000015 bytes\nfull: .*No space left on device"\n$/,
    );
  });
});

describe("a shared body", () => {
  it("is never read far ahead of its slowest reader", async () => {
    let read = 0;
    const chunk = 64 * 1024;
    const endless = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          await new Promise((resolve) => setImmediate(resolve));
          read += chunk;
          controller.enqueue(new Uint8Array(chunk));
        },
      },
      { highWaterMark: 0 },
    );
    const [fast, slow] = shareBody(endless, 2).map((copy) => copy.getReader());
    assert.ok(fast !== undefined && slow !== undefined);
    let taken = 0;
    const race = (async () => {
      for (let next = await fast.read(); !next.done; next = await fast.read()) taken += next.value.byteLength;
    })();
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(read <= 256 * 1024 + chunk, `${read} bytes were read ahead`);
    const before = taken;
    await slow.read();
    await slow.read();
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(taken > before, "the fast reader goes on when the slow one does");
    await slow.cancel();
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(taken > before + 10 * chunk, "a reader who has left holds nobody up");
    await fast.cancel();
    await race;
  });

  it("breaks for everybody when it breaks", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: () => {
        throw new Error("Input/output error");
      },
    });
    for (const copy of shareBody(broken, 2)) await assert.rejects(copy.getReader().read(), /Input\/output error/);
  });
});
