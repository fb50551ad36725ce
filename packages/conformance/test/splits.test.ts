import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allSplits, byteSplit, cutBytes, everySplit, randomSplits, wholeSplit } from "../src/index.ts";

const bytes = Uint8Array.of(1, 2, 3);
const cut = (cuts: readonly number[]): number[][] => cutBytes(bytes, { cuts }).map((chunk) => [...chunk]);

describe("splits", () => {
  it("cut bytes where they say, empty chunks included", () => {
    assert.deepEqual(cut(wholeSplit.cuts), [[1, 2, 3]]);
    assert.deepEqual(cut(byteSplit(3).cuts), [[1], [2], [3]]);
    assert.deepEqual(cut([0, 2, 2, 3]), [[], [1, 2], [], [3], []]);
    assert.deepEqual(byteSplit(0).cuts, []);
    assert.deepEqual(
      [...everySplit(2)].map(({ cuts }) => cuts),
      [[0], [1], [2]],
    );
  });

  it("are the same for the same seed, and lie inside the input", () => {
    const some = [...randomSplits(9, 5, 30)];
    assert.deepEqual([...randomSplits(9, 5, 30)], some);
    assert.notDeepEqual([...randomSplits(9, 6, 30)], some);
    for (const { cuts } of some) {
      assert.deepEqual(
        [...cuts].sort((a, b) => a - b),
        cuts,
      );
      assert.ok(cuts.every((at) => at >= 0 && at <= 9));
    }
  });

  it("come together in allSplits, at once and queued", () => {
    const splits = [...allSplits(4)];
    assert.equal(splits.length, 2 * (1 + 1 + 5 + 20));
    assert.equal(splits.filter(({ queued }) => queued).length, splits.length / 2);
  });

  it("give every chunk memory of its own", () => {
    const [chunk] = cutBytes(bytes, wholeSplit);
    assert.notEqual(chunk?.buffer, bytes.buffer);
  });
});
