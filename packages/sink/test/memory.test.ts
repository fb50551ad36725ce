import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScriptedPeer } from "@scpkit/conformance";
import { createChannelPair } from "@scpkit/core";
import { receiveEntries } from "../src/index.ts";
import { createMemoryTarget } from "../src/memory.ts";

async function receive(said: string): Promise<ReturnType<typeof createMemoryTarget>> {
  const [ours, theirs] = createChannelPair();
  const target = createMemoryTarget();
  const outcome = receiveEntries(ours, target);
  outcome.catch(() => {});
  const source = new ScriptedPeer(theirs);
  await source.say(said);
  await source.close();
  await outcome.catch(() => {});
  return target;
}

describe("createMemoryTarget", () => {
  it("keeps what arrives, by path and in order", async () => {
    const target = await receive("T1 0 2 0\nD0750 0 d\nC0640 2 a\nxy\0D0700 0 e\nC0600 0 b\n\0E\nE\nC0644 1 c\nz\0");
    assert.deepEqual([...target.entries.keys()], ["d", "d/a", "d/e", "d/e/b", "c"]);
    const { type, mode, times } = target.entries.get("d") ?? {};
    assert.deepEqual([type, mode, times?.mtimeMs, times?.atimeMs], ["directory", 0o750, 1000, 2000]);
    assert.deepEqual(target.entries.get("d/a"), {
      type: "file",
      mode: 0o640,
      times: undefined,
      bytes: new TextEncoder().encode("xy"),
    });
    assert.equal(target.entries.get("d/e/b")?.bytes.length, 0);
  });

  it("replaces a file of the same path", async () => {
    const target = await receive("C0644 3 a\nold\0C0600 3 a\nnew\0");
    assert.equal(new TextDecoder().decode(target.entries.get("a")?.bytes), "new");
    assert.equal(target.entries.get("a")?.mode, 0o600);
  });

  it("keeps nothing of a file that did not arrive whole", async () => {
    for (const said of ["C0644 3 a\nne", "C0644 3 a\nnew\x01scp: a: Input/output error\n"]) {
      assert.equal((await receive(said)).entries.size, 0);
      const target = await receive(`C0644 3 a\nold\0${said}`);
      assert.equal(new TextDecoder().decode(target.entries.get("a")?.bytes), "old");
    }
  });
});
