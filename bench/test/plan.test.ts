import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseOptions } from "../src/options.ts";
import { describeScenario, planScenarios } from "../src/plan.ts";

function plan(...words: string[]): string[] {
  return planScenarios(parseOptions(words)).map(describeScenario);
}

describe("planScenarios", () => {
  it("runs every case both ways, near before far", () => {
    assert.deepEqual(plan("--case", "small-200"), [
      ...[0, 20, 50, 100].map((delay) => `small-200 down ${delay} ms`),
      ...[0, 20, 50, 100].map((delay) => `small-200 up ${delay} ms`),
    ]);
  });

  it("adds an equal cipher where the case asks for it", () => {
    const planned = plan("--case", "big", "--direction", "up");
    assert.ok(planned.includes("big up 0 ms, equal cipher"));
    assert.ok(!planned.includes("big up 20 ms, equal cipher"));
    assert.deepEqual(plan("--case", "big", "--direction", "up", "--cipher", "equal", "--delay", "20"), [
      "big up 20 ms, equal cipher",
    ]);
  });

  it("takes the delays it is given", () => {
    assert.deepEqual(plan("--case", "tree", "--delay", "5,7", "--direction", "down"), [
      "tree down 5 ms",
      "tree down 7 ms",
    ]);
  });

  it("copies nothing when only measurements in one process are named", () => {
    assert.deepEqual(plan("--case", "border,codec-body"), []);
    assert.deepEqual(parseOptions(["--case", "border,codec-body"]).micro, ["codec-body", "border"]);
  });

  it("is small when it is to be quick", () => {
    assert.ok(plan("--quick").every((scenario) => !scenario.startsWith("big ") && !scenario.includes("2000")));
  });
});

describe("parseOptions", () => {
  it("refuses what it does not know", () => {
    assert.throws(() => parseOptions(["--case", "huge"]), /--case wants one of .*small-200.* not "huge"/);
    assert.throws(() => parseOptions(["--direction", "sideways"]), /--direction wants one of up, down/);
    assert.throws(() => parseOptions(["--delay", "20,soon"]), /--delay wants a number, not "soon"/);
    assert.throws(() => parseOptions(["--cipher", "rot13"]), /--cipher wants one of default, equal/);
    assert.throws(() => parseOptions(["--fast"]), /--fast/);
  });

  it("bounds a quick run to less than three minutes", () => {
    const { budgetSeconds } = parseOptions(["--quick"]);
    assert.ok(budgetSeconds < 180);
    assert.equal(parseOptions([]).budgetSeconds, Number.POSITIVE_INFINITY);
  });
});
