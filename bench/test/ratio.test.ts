import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findScenario, formatNumber, formatRatio, speedRatio } from "../src/report/ratio.ts";
import { samplePeer, sampleScenario } from "./sample.ts";

describe("speedRatio", () => {
  it("is above one for the faster peer", () => {
    assert.deepEqual(speedRatio(samplePeer("scpkit", 0.5), samplePeer("scp", 20)), { value: 40, bound: "exact" });
  });
  it("is a lower bound when the slower one was stopped", () => {
    const ratio = speedRatio(samplePeer("scpkit", 2), samplePeer("scp", undefined, 180));
    assert.deepEqual(ratio, { value: 90, bound: "at-least" });
    assert.equal(ratio && formatRatio(ratio), ">90.0x");
  });
  it("is an upper bound when the peer itself was stopped", () => {
    const ratio = speedRatio(samplePeer("scpkit", undefined, 180), samplePeer("scp", 18));
    assert.deepEqual(ratio, { value: 0.1, bound: "at-most" });
  });
  it("is unknown when both were stopped or one is missing", () => {
    assert.equal(speedRatio(samplePeer("a", undefined, 180), samplePeer("b", undefined, 180)), undefined);
    assert.equal(speedRatio(undefined, samplePeer("b", 1)), undefined);
    assert.equal(speedRatio(samplePeer("a", undefined), samplePeer("b", 1)), undefined);
  });
});

describe("formatNumber", () => {
  it("keeps three digits", () => {
    assert.deepEqual([0.384, 1.256, 12.34, 123.4, 1234.5].map(formatNumber), ["0.38", "1.26", "12.3", "123", "1235"]);
  });
});

describe("findScenario", () => {
  it("tells ciphers, directions and delays apart", () => {
    const scenarios = [
      sampleScenario([], { cipher: "equal" }),
      sampleScenario([], { direction: "up" }),
      sampleScenario([], { delayMs: 100 }),
    ];
    assert.equal(findScenario({ scenarios }, "small-200", "down", 20), undefined);
    assert.equal(findScenario({ scenarios }, "small-200", "down", 20, "equal"), scenarios[0]);
    assert.equal(findScenario({ scenarios }, "small-200", "up", 20), scenarios[1]);
  });
});
