import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { createRecordingTarget, type Faults } from "@scpkit/test-support/memory/recording-target";
import { transfer } from "@scpkit/test-support/memory/transfer";
import { tee } from "../src/index.ts";

test("everything is stored twice, directories included", async () => {
  const body = new Uint8Array(500_000).map((_, index) => index % 241);
  const [one, two] = [createMemoryTarget(), createMemoryTarget()];
  const { received } = await transfer(
    [directory("d", [file("a", body), directory("e", [])]), file("b", "")],
    tee(one, two),
  );
  assert.equal(received.status, "fulfilled");
  assert.deepEqual([...one.entries.keys()], ["d", "d/a", "d/e", "b"]);
  assert.deepEqual([...two.entries], [...one.entries]);
  assert.deepEqual(one.entries.get("d/a")?.bytes, body);
});

test("directories are settled on both sides", async () => {
  const [one, two] = [createRecordingTarget(), createRecordingTarget()];
  await transfer([directory("d", [])], tee(one.target, two.target));
  assert.deepEqual(
    [one.calls, two.calls],
    [
      ["enter d", "leave d"],
      ["enter d", "leave d"],
    ],
  );
});

async function run(first: Faults, second: Faults): Promise<[string[], string[]]> {
  const [one, two] = [createRecordingTarget(first), createRecordingTarget(second)];
  const { received } = await transfer([file("a", "12")], tee(one.target, two.target));
  assert.equal(received.status, "rejected");
  const outcomes = ({ calls }: { calls: string[] }): string[] => calls.filter((call) => /open|commit|roll/.test(call));
  return [outcomes(one), outcomes(two)];
}

test("what one refuses or cannot write, the other rolls back", async () => {
  assert.deepEqual(await run({ refuse: ["a"] }, {}), [[], []]);
  assert.deepEqual(await run({}, { refuse: ["a"] }), [["open a", "roll back a"], []]);
  assert.deepEqual(await run({ breakOnWrite: ["a"] }, {}), [["open a"], ["open a", "roll back a"]]);
  assert.deepEqual(await run({}, { breakOnWrite: ["a"] }), [["open a", "roll back a"], ["open a"]]);
});

test("the first never holds what the second could not commit", async () => {
  assert.deepEqual(await run({}, { breakOnCommit: ["a"] }), [["open a", "roll back a"], ["open a"]]);
  assert.deepEqual(await run({ breakOnCommit: ["a"] }, {}), [["open a"], ["open a", "commit a"]]);
});
