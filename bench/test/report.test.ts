import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawChart } from "../src/report/chart.ts";
import { formatMarkdown } from "../src/report/markdown.ts";
import { samplePeer, sampleResults, sampleScenario } from "./sample.ts";

const results = sampleResults([
  sampleScenario([samplePeer("scpkit", 0.5), samplePeer("scp", 20), samplePeer("tar", 0.4)]),
  sampleScenario(
    [samplePeer("scpkit", 1.5), samplePeer("scp", undefined, 180), { ...samplePeer("tar", 1), note: "odd | one" }],
    {
      delayMs: 100,
    },
  ),
]);

describe("formatMarkdown", () => {
  it("gives a case one table with times and ratios to scp", () => {
    const page = formatMarkdown(results, []);
    assert.match(page, /^\| {2}\| scpkit \| scp \| tar \|$/m);
    assert.match(page, /^\| down, 20 ms \| 0\.50 \(40\.0x\) \| 20\.0 \| 0\.40 \(50\.0x\) \|$/m);
    assert.match(page, /^\| down, 100 ms \| 1\.50 \(>120x\) \| over 180 \| 1\.00 \(>180x\) \|$/m);
  });

  it("lists what is missing and why", () => {
    const page = formatMarkdown(results, []);
    assert.match(page, /^- rsync did not take part: rsync is not installed$/m);
    assert.match(page, /^- small-200 down 100 ms, tar: odd \| one$/m);
  });

  it("shows processor time and memory of large files only", () => {
    assert.doesNotMatch(formatMarkdown(results, []), /per GB/);
    const large = sampleResults([
      sampleScenario([samplePeer("scp", 4)], { case: "big", delayMs: 0, bytes: 2_000_000_000 }),
    ]);
    assert.match(formatMarkdown(large, []), /per GB.*\n\n\| {2}\| scp \|\n\| --- \| --- \|\n\| down, 0 ms \| 1\.00 \|/);
  });

  it("shows the aims it is given", () => {
    const page = formatMarkdown(results, [{ title: "An aim", asked: "at least 2x", measured: "1x", met: false }]);
    assert.match(page, /^\| An aim \| at least 2x \| 1x \| \*\*not met\*\* \|$/m);
  });
});

describe("drawChart", () => {
  it("draws every peer and every scenario into an SVG", () => {
    const svg = drawChart(results);
    assert.match(svg, /^<svg /);
    for (const word of ["scpkit", "scp", "tar", "small-200, down, 20 ms", "small-200, down, 100 ms"]) {
      assert.ok(svg.includes(`>${word}</text>`), word);
    }
    // Five times are known, and every peer has a sign in the legend; the one that was stopped has no dot.
    assert.equal(svg.match(/ecmeta_ssr_type="chart"/g)?.length ?? 0, 5);
  });

  it("draws results without times", () => assert.match(drawChart(sampleResults([])), /^<svg /));
});
