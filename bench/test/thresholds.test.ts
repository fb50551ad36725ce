import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MicroResult, ScenarioResult } from "../src/report/results.ts";
import { checkThresholds, type ThresholdOutcome } from "../src/report/thresholds.ts";
import { samplePeer, sampleResults, sampleScenario } from "./sample.ts";

function outcomesOf(scenarios: readonly ScenarioResult[], micro: readonly MicroResult[] = []): ThresholdOutcome[] {
  return checkThresholds(sampleResults(scenarios, micro));
}

function metOf(outcomes: readonly ThresholdOutcome[], start: string): boolean | undefined {
  const found = outcomes.filter(({ title }) => title.startsWith(start) && !title.startsWith(`${start}-`));
  assert.equal(found.length, 1, start);
  return found[0]?.met;
}

describe("checkThresholds", () => {
  it("compares with tar and with scp", () => {
    const outcomes = outcomesOf([
      sampleScenario([samplePeer("scpkit", 0.5), samplePeer("scp", 20), samplePeer("tar", 0.38)]),
    ]);
    assert.equal(metOf(outcomes, "small-200 down 20 ms: times faster than scp"), true);
    // 0.5 s is 1.32 times the 0.38 s of tar, and 1.25 are allowed.
    assert.equal(metOf(outcomes, "small-200 down 20 ms: times faster than tar"), false);
  });

  it("is asked of every version of Node that was measured", () => {
    const outcomes = outcomesOf([
      sampleScenario([
        samplePeer("scpkit", 1),
        samplePeer("scpkit@node24", 0.5),
        samplePeer("scpkit@bun", 9),
        samplePeer("scp", 20),
      ]),
    ]);
    const judged = outcomes.filter(({ title }) => title.endsWith("small-200 down 20 ms: times faster than scp"));
    assert.deepEqual(
      judged.map(({ title, met }) => [title.startsWith("on node24, "), met]),
      [
        [false, false],
        [true, true],
      ],
    );
  });

  it("says nothing about what was not measured", () => {
    const outcomes = outcomesOf([]);
    assert.ok(outcomes.length > 15);
    assert.ok(outcomes.every(({ met, measured }) => met === undefined && measured === ""));
  });

  it("lets a bound decide only in its own direction", () => {
    const at = { case: "small-2000", delayMs: 0 };
    const stopped = (over: number): ThresholdOutcome[] =>
      outcomesOf([sampleScenario([samplePeer("scpkit", 1), samplePeer("scp", undefined, over)], at)]);
    assert.equal(metOf(stopped(180), "small-2000 down 0 ms: times faster than scp"), true);
    assert.equal(metOf(stopped(2), "small-2000 down 0 ms: times faster than scp"), undefined);
  });

  it("asks at 100 ms for the ratio found at 20 ms", () => {
    const at = (delayMs: number, scp: number): ScenarioResult =>
      sampleScenario([samplePeer("scpkit", 1), samplePeer("scp", scp)], { delayMs });
    assert.equal(metOf(outcomesOf([at(20, 30), at(100, 31)]), "small-200 down: times faster than scp at"), true);
    assert.equal(metOf(outcomesOf([at(20, 30), at(100, 29)]), "small-200 down: times faster than scp at"), false);
  });

  it("compares the memory of a small and a large file both ways", () => {
    const at = (name: string, peakRssKiB: number): ScenarioResult =>
      sampleScenario([{ ...samplePeer("scpkit", 1), peakRssKiB }], { case: name, delayMs: 0 });
    const memory = (large: number): boolean | undefined =>
      metOf(outcomesOf([at("memory-64m", 100_000), at("memory-4g", large)]), "Peak memory down");
    assert.deepEqual([memory(109_000), memory(111_000), memory(80_000)], [true, false, false]);
  });

  it("reads ratios of measurements in one process", () => {
    const border = (ratio: number): MicroResult => ({
      name: "border",
      title: "border",
      unit: "GB/s",
      variants: [],
      ratios: { "raw pipe": ratio },
    });
    assert.equal(metOf(outcomesOf([], [border(0.91)]), "border"), true);
    assert.equal(metOf(outcomesOf([], [border(0.89)]), "border"), false);
  });
});
