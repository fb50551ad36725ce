import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyAlgorithmSpec } from "../src/config.ts";

const supported = ["a1", "a2", "b1", "b2", "c"];
const defaults = ["a1", "b1"];

describe("applyAlgorithmSpec", () => {
  it("gives the defaults without a list", () => {
    assert.deepEqual(applyAlgorithmSpec(undefined, supported, defaults), defaults);
    assert.deepEqual(applyAlgorithmSpec(undefined, supported), supported);
  });

  it("replaces, adds, prefers and removes", () => {
    assert.deepEqual(applyAlgorithmSpec("c,a2", supported, defaults), ["c", "a2"]);
    assert.deepEqual(applyAlgorithmSpec("+c,a1", supported, defaults), ["a1", "b1", "c"]);
    assert.deepEqual(applyAlgorithmSpec("^c,b1", supported, defaults), ["c", "b1", "a1"]);
    assert.deepEqual(applyAlgorithmSpec("-a*", supported, defaults), ["b1"]);
  });

  it("expands patterns and leaves out what is not supported", () => {
    assert.deepEqual(applyAlgorithmSpec("b?,a1", supported, defaults), ["b1", "b2", "a1"]);
    assert.deepEqual(applyAlgorithmSpec("x,c", supported, defaults), ["c"]);
    assert.deepEqual(applyAlgorithmSpec("x", supported, defaults), []);
  });
});
