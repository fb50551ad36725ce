import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { median, rotate } from "../src/report/statistics.ts";

describe("median", () => {
  it("takes the middle one of an odd number", () => assert.equal(median([10, 1, 3]), 3));
  it("takes the mean of the middle two of an even number", () => assert.equal(median([10, 2, 3, 1]), 2.5));
  it("sorts by value, not by text", () => assert.equal(median([9, 10, 100]), 10));
  it("is not a number for nothing", () => assert.ok(Number.isNaN(median([]))));
  it("leaves its input alone", () => {
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2]);
  });
});

describe("rotate", () => {
  it("begins with another one each time and keeps the order", () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((shift) => rotate(["a", "b", "c"], shift).join("")),
      ["abc", "bca", "cab", "abc"],
    );
  });
  it("takes nothing as it is", () => assert.deepEqual(rotate([], 3), []));
});
