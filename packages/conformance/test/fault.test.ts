import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createChannelPair, type ScpExecChannel, type ScpTransport } from "@scpkit/core";
import { receiveEntries } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { type ScpEntry, sendEntries } from "@scpkit/source";
import { faultyEntries, faultyTarget, faultyTransport, ScpFault } from "../src/index.ts";

function entries(): ScpEntry[] {
  const file = (name: string): ScpEntry => {
    return { type: "file", name, mode: 0o644, size: 2, open: () => new Uint8Array(2) };
  };
  return [{ type: "directory", name: "d", mode: 0o755, entries: () => [file("a"), file("b")] }, file("c")];
}

async function transfer(fault: { readonly target?: ScpFault; readonly entries?: ScpFault }) {
  const [source, sink] = createChannelPair();
  const memory = createMemoryTarget();
  const target = fault.target === undefined ? memory : faultyTarget(memory, fault.target);
  const sent = fault.entries === undefined ? entries() : faultyEntries(entries(), fault.entries);
  const failed = await Promise.allSettled([receiveEntries(sink, target), sendEntries(source, sent)]);
  return { arrived: [...memory.entries.keys()], failed: failed.map(({ status }) => status === "rejected") };
}

describe("a fault", () => {
  it("that strikes nowhere counts the calls and changes nothing", async () => {
    const [target, listing] = [new ScpFault(), new ScpFault()];
    assert.deepEqual(await transfer({ target, entries: listing }), {
      arrived: ["d", "d/a", "d/b", "c"],
      failed: [false, false],
    });
    assert.deepEqual([...target.calls].sort(), [
      ...["close", "close", "close", "directory", "file", "file", "file", "write", "write", "write"],
    ]);
    assert.equal(listing.calls.filter((call) => call === "open").length, 3);
    assert.equal(listing.calls.filter((call) => call === "list").length, 6);
    assert.equal(target.struck, false);
  });

  it("of a target takes one entry away", async () => {
    const away = new Set<string>();
    for (let at = 1; ; at += 1) {
      const fault = new ScpFault({ at });
      const { arrived } = await transfer({ target: fault });
      if (!fault.struck) break;
      assert.ok(fault.error instanceof Error);
      away.add(["d", "d/a", "d/b", "c"].filter((path) => !arrived.includes(path)).join(" "));
    }
    assert.deepEqual([...away].sort(), ["c", "d d/a d/b", "d/a", "d/b"]);
  });

  it("of entries rejects with what it was given", async () => {
    const error = new Error("Made to fail");
    const fault = new ScpFault({ at: 2, error });
    await assert.rejects(Promise.all([fault.pass("a"), fault.pass("b")]), (reason) => reason === error);
    assert.deepEqual(fault.calls, ["a", "b"]);
  });

  it("that stalls ends with its signal", async () => {
    const abort = new AbortController();
    const stalled = new ScpFault({ at: 1, how: "stall" }).pass("read", abort.signal);
    abort.abort("enough");
    await assert.rejects(stalled, (reason) => reason === "enough");
  });
});

describe("a faulty transport", () => {
  function echo(): ScpTransport {
    return {
      async exec(): Promise<ScpExecChannel> {
        const [ours, theirs] = createChannelPair();
        theirs.readable.pipeTo(theirs.writable).catch(() => {});
        const close = async (): Promise<void> => {};
        const stderr = new ReadableStream<Uint8Array>();
        return { ...ours, stderr, closed: Promise.resolve({ code: 0 }), close, [Symbol.asyncDispose]: close };
      },
    };
  }

  it("cuts what passes into pieces", async () => {
    const fault = new ScpFault();
    const channel = await faultyTransport(echo(), fault, { pieceBytes: 2 }).exec("scp");
    const writer = channel.writable.getWriter();
    const written = writer.write(new Uint8Array([1, 2, 3, 4, 5])).then(() => writer.close());
    const chunks: number[][] = [];
    for await (const chunk of channel.readable) chunks.push([...chunk]);
    await written;
    assert.deepEqual(chunks, [[1, 2], [3, 4], [5]]);
    assert.deepEqual(await channel.closed, { code: 0 });
  });

  it("fails a write, and everything after it", async () => {
    const fault = new ScpFault({ at: 2, error: new Error("Cut") });
    const channel = await faultyTransport(echo(), fault).exec("scp");
    const writer = channel.writable.getWriter();
    writer.closed.catch(() => {});
    await assert.rejects(writer.write(new Uint8Array(1)), { message: "Cut" });
    await assert.rejects(writer.write(new Uint8Array(1)));
    assert.deepEqual(fault.calls.slice(0, 2), ["exec", "write"]);
  });
});
