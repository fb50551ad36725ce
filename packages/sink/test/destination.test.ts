import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createName } from "@scpkit/codec";
import { ScriptedPeer } from "@scpkit/conformance";
import { createChannelPair, type ScpTransferEvent } from "@scpkit/core";
import {
  placeEntry,
  receiveEntries,
  type ScpDestination,
  type ScpReceiveOptions,
  type ScpTarget,
} from "../src/index.ts";
import { createMemoryTarget } from "../src/memory.ts";

/** A target that notes what it is asked, as `path name`. */
function recording(destination: ScpDestination | undefined, asked: string[]): ScpTarget {
  const level: ScpTarget = {
    file({ name }, { path }) {
      asked.push(`${path} ${name.text}`);
      return new WritableStream();
    },
    directory({ name }, { path }) {
      asked.push(`${path}/ ${name.text}`);
      // As a careless target does it: the destination is that of the top level only.
      return { ...level, destination };
    },
  };
  return { ...level, destination };
}

async function receive(said: string, target: ScpTarget, options: ScpReceiveOptions = {}): Promise<string[]> {
  const [ours, theirs] = createChannelPair();
  const paths: string[] = [];
  const onEvent = (event: ScpTransferEvent): void => {
    if (event.type === "finish") paths.push(event.entry.path);
    if (event.type === "failure") paths.push(`${event.failure.path} failed: ${event.failure.error}`);
  };
  const outcome = receiveEntries(ours, target, { ...options, onEvent });
  outcome.catch(() => {});
  const source = new ScriptedPeer(theirs);
  await source.say(said);
  await source.close();
  await outcome.catch(() => {});
  return paths;
}

describe("receiveEntries", () => {
  const tree = "D0755 0 sent\nC0644 1 a\nx\0D0755 0 sub\nC0644 1 b\ny\0E\nE\nC0644 1 c\nz\0";

  it("offers the top-level entry under the name and path of the destination", async () => {
    const asked: string[] = [];
    const events = await receive(tree, recording({ directory: "in", name: createName("kept") }, asked));
    assert.deepEqual(asked, ["in/kept/ kept", "in/kept/a a", "in/kept/sub/ sub", "in/kept/sub/b b", "in/kept kept"]);
    // Events call entries what the peer calls them.
    assert.deepEqual(events, ["sent/a", "sent/sub/b", "sent/sub", "sent", "c"]);
  });

  it("offers every entry under its own name in a directory, and without a destination in the root", async () => {
    for (const [destination, prefix] of [
      [{ directory: "in" }, "in/"],
      [{ directory: "/abs" }, "/abs/"],
      [{ directory: "/" }, "/"],
      [{ directory: "" }, ""],
      [undefined, ""],
    ] as const) {
      const asked: string[] = [];
      await receive(tree, recording(destination, asked));
      const expected = ["sent/ sent", "sent/a a", "sent/sub/ sub", "sent/sub/b b", "c c"];
      assert.deepEqual(
        asked,
        expected.map((line) => prefix + line),
      );
    }
  });

  it("refuses a file where only a directory can be, and the transfer goes on", async () => {
    for (const replies of ["lockstep", "overlapped", "pipelined"] as const) {
      const asked: string[] = [];
      const target = recording({ directory: "", name: createName("new"), mustBeDirectory: true }, asked);
      // What is refused has no body; replies that are sent ahead cannot refuse.
      const body = replies === "pipelined" ? "x\0" : "";
      const events = await receive(`C0644 1 f\n${body}D0755 0 d\nC0644 1 g\ny\0E\n`, target, { replies });
      assert.deepEqual(asked, ["new/ new", "new/g g"]);
      assert.ok(events.includes("f failed: ScpDestinationError: new: Is a directory"));
    }
  });

  it("checks the name that was asked for, not the one that is stored", async () => {
    const asked: string[] = [];
    const names: string[] = [];
    const target = recording({ directory: "", name: createName("stored") }, asked);
    await receive("C0644 1 sent\nx\0", target, { acceptName: ({ text }) => names.push(text) > 0 });
    assert.deepEqual([names, asked], [["sent"], ["stored stored"]]);
  });

  it("does not open a file before an earlier one of the same path is committed", async () => {
    const order: string[] = [];
    let commit: () => void = () => {};
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const target: ScpTarget = {
      destination: { directory: "", name: createName("one") },
      file() {
        order.push("open");
        if (order.length > 1) return new WritableStream();
        setTimeout(commit, 20);
        return new WritableStream({ close: () => committed.then(() => void order.push("committed")) });
      },
    };
    await receive("C0644 1 a\nx\0C0644 1 b\ny\0", target, { replies: "pipelined" });
    assert.deepEqual(order, ["open", "committed", "open"]);
  });
});

describe("placeEntry", () => {
  const info = { type: "file", name: createName("own"), mode: 0o644, size: 0 } as const;
  const makeContext = () => ({ path: "own", signal: new AbortController().signal });

  it("leaves entries below the top as they are", () => {
    const destination = { directory: "in", name: createName("x"), mustBeDirectory: true };
    const entry = { ...info, depth: 1 };
    const context = makeContext();
    assert.deepEqual(placeEntry({ destination }, entry, context), { entry, context });
  });

  it("refuses a file where only a directory can be", () => {
    const destination = { directory: "in", name: createName("x"), mustBeDirectory: true };
    const context = makeContext();
    assert.throws(() => placeEntry({ destination }, { ...info, depth: 0 }, context), { code: "EISDIR" });
    const directory = { ...info, type: "directory", depth: 0 } as const;
    assert.equal(placeEntry({ destination }, directory, context).context.path, "in/x");
  });
});

describe("the memory target at a path", () => {
  it("stores by scp's rule, in the same memory", async () => {
    const stored = createMemoryTarget();
    await receive("D0755 0 dir\nE\n", stored);
    await receive("C0644 1 a.csv\nx\0", await stored.at("report.csv"));
    await receive("C0644 1 a.csv\nx\0", await stored.at("/dir/"));
    await receive("C0644 1 a.csv\nx\0", await stored.at("new/deep.csv"));
    await receive("C0644 1 a.csv\nx\0", await stored.at("new"));
    assert.deepEqual([...stored.entries.keys()], ["dir", "report.csv", "dir/a.csv", "new/deep.csv", "new/a.csv"]);
    await assert.rejects(stored.at("report.csv", { targetIsDirectory: true }), { code: "ENOTDIR" });
    await assert.rejects(stored.at("../x"), { code: "outside-root" });
  });
});
