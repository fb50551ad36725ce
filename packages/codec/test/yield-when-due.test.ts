import assert from "node:assert/strict";
import { test } from "node:test";
import { yieldWhenDue } from "../src/index.ts";

/** Works until `yieldWhenDue` has asked for a pause `pauses` times. */
async function workUntilPaused(pauses: number): Promise<void> {
  for (let paused = 0; paused < pauses; ) {
    const pause = yieldWhenDue();
    if (pause === undefined) continue;
    paused += 1;
    await pause;
  }
}

test("a loop without end leaves turns to others", async (t) => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  t.after(() => clearInterval(timer));
  await workUntilPaused(20);
  assert.ok(turns >= 16, `${turns} turns`);
});

test("loops side by side share a turn, and each goes on", async () => {
  await Promise.all(Array.from({ length: 10 }, () => workUntilPaused(2)));
});

test("a loop that always has work does not keep another waiting", async () => {
  let isDone = false;
  const modest = async (): Promise<void> => {
    await yieldWhenDue();
    isDone = true;
  };
  let other: Promise<void> | undefined;
  let pauses = 0;
  while (!isDone && pauses < 200) {
    const pause = yieldWhenDue();
    if (pause === undefined) continue;
    pauses += 1;
    // The other one asks in a turn that is used up, and after this loop, so it waits behind it.
    other ??= modest();
    await pause;
  }
  assert.ok(isDone, `the other loop still waited after ${pauses} pauses`);
  await other;
});

test("more loops than continue in one turn all go on", async () => {
  await Promise.all(Array.from({ length: 200 }, () => workUntilPaused(3)));
});
