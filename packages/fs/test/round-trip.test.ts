import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createChannelPair, ScpIncompleteError, type ScpTransferSummary } from "@scpkit/core";
import { receiveEntries } from "@scpkit/sink";
import { sendEntries } from "@scpkit/source";
import { createFsTarget, type FsTargetOptions, type WalkOptions, walk } from "../src/index.ts";
import { allClosed } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

async function copy(
  from: string,
  to: string,
  reading: WalkOptions = {},
  writing: FsTargetOptions = {},
): Promise<[PromiseSettledResult<ScpTransferSummary>, PromiseSettledResult<ScpTransferSummary>]> {
  const [near, far] = createChannelPair();
  return Promise.allSettled([
    sendEntries(near, walk(from, { recursive: true, ...reading }), { preserve: true }),
    receiveEntries(far, await createFsTarget(to, { preserve: true, ...writing })),
  ]);
}

/** Everything about a tree that a copy keeps. */
function describeTree(folder: string): string {
  const script =
    "find . -printf '%p %y %m %T@\\n' | LC_ALL=C sort; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum";
  return execFileSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" });
}

describe("a tree through source and sink", () => {
  const kinds: Record<string, [WalkOptions, FsTargetOptions]> = {
    "on the thread pool": [{}, {}],
    blocking: [{ blocking: true }, { blocking: true }],
    "into a confined directory": [{}, { confine: true }],
  };
  for (const [kind, [reading, writing]] of Object.entries(kinds)) {
    it(`arrives as it was, ${kind}`, { timeout: 60_000 }, async (t) => {
      const folder = temporaryFolder(t);
      const tree = join(folder, "from/tree");
      mkdirSync(join(tree, "inner/empty"), { recursive: true });
      mkdirSync(join(folder, "to"));
      for (let index = 0; index < 200; index += 1)
        writeFileSync(join(tree, "inner", `file${index}`), `contents ${index}`);
      writeFileSync(join(tree, "large"), new Uint8Array(3_000_001).fill(7));
      writeFileSync(join(tree, "nothing"), "");
      writeFileSync(join(tree, "  odd $(name) 'é' "), "odd");
      chmodSync(join(tree, "large"), 0o600);
      for (const name of ["large", "inner/file7"]) utimesSync(join(tree, name), 1_000_000_001, 1_000_000_002);
      execFileSync("find", [tree, "-exec", "touch", "-d", "2001-02-03 04:05:06", "{}", "+"]);
      chmodSync(join(tree, "inner"), 0o555);
      const [sent, received] = await copy(tree, join(folder, "to"), reading, writing);
      assert.equal(sent.status, "fulfilled");
      assert.ok(received.status === "fulfilled");
      assert.equal(received.value.files, 203);
      assert.equal(received.value.directories, 3);
      assert.equal(describeTree(join(folder, "to/tree")), describeTree(tree));
      await allClosed(folder);
    });
  }

  it("goes on past what cannot be read and what cannot be stored", async (t) => {
    const folder = temporaryFolder(t);
    const tree = join(folder, "from/tree");
    mkdirSync(tree, { recursive: true });
    mkdirSync(join(folder, "to/tree/taken"), { recursive: true });
    symlinkSync("nowhere", join(tree, "dangling"));
    for (const name of ["one", "taken", "two"]) writeFileSync(join(tree, name), name);
    const [sent, received] = await copy(tree, join(folder, "to"));
    assert.ok(sent.status === "rejected" && sent.reason instanceof ScpIncompleteError);
    assert.ok(received.status === "rejected" && received.reason instanceof ScpIncompleteError);
    assert.equal(received.reason.summary.files, 2);
    const local = received.reason.summary.failures.filter(({ side }) => side === "local");
    assert.deepEqual(
      local.map(({ path, error }) => [path, error instanceof Error && error.message]),
      [["tree/taken", `${folder}/to/tree/taken: Is a directory`]],
    );
    await allClosed(folder);
  });

  it("leaves neither half files nor descriptors when it is cut", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "from"));
    mkdirSync(join(folder, "to"));
    writeFileSync(join(folder, "from/large"), new Uint8Array(20_000_000));
    for (const confine of [false, true]) {
      const [near, far] = createChannelPair();
      const ending = new AbortController();
      const { signal } = ending;
      let seen = 0;
      const outcomes = await Promise.allSettled([
        sendEntries(near, walk(join(folder, "from"), { recursive: true }), { signal }),
        receiveEntries(far, await createFsTarget(join(folder, "to"), { confine }), {
          onEvent(event) {
            if (event.type === "progress") seen += 1;
            if (seen === 5) ending.abort(new Error("Enough"));
          },
        }),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["rejected", "rejected"],
      );
      await allClosed(folder);
      const left = (): string => execFileSync("find", [join(folder, "to"), "-type", "f"], { encoding: "utf8" });
      for (let turn = 0; turn < 100 && left() !== ""; turn += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(left(), "");
    }
  });
});
