import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpeedMeter } from "../src/progress/speed-meter.ts";

describe("SpeedMeter", () => {
  it("takes nine tenths of the old rate and one of the new, once a second", () => {
    const meter = new SpeedMeter(0);
    meter.look(500, 500);
    assert.equal(meter.bytesPerSecond, 1_000, "the average so far");
    meter.look(500, 800);
    assert.equal(meter.bytesPerSecond, 625);
    meter.look(1_000, 1_000);
    assert.equal(meter.bytesPerSecond, 1_000);
    meter.look(3_000, 2_000);
    assert.equal(meter.bytesPerSecond, 1_100);
    meter.look(9_000, 2_999);
    assert.equal(meter.bytesPerSecond, 1_100);
    meter.look(9_000, 4_000);
    assert.equal(meter.bytesPerSecond, 1_290);
  });

  it("calls five seconds without a byte a stall, until the next byte", () => {
    const meter = new SpeedMeter(0);
    for (let second = 1; second <= 4; second++) meter.look(0, second * 1_000);
    assert.equal(meter.stalled(4_000), false);
    assert.equal(meter.stalled(5_000), true);
    meter.look(1, 6_000);
    assert.equal(meter.stalled(6_000), false);
  });

  it("has no negative rate when bytes are taken back, and no average of seconds without a byte", () => {
    const meter = new SpeedMeter(0);
    meter.look(0, 1_000);
    meter.look(100, 2_000);
    assert.equal(meter.bytesPerSecond, 100);
    meter.look(0, 3_000);
    assert.equal(meter.bytesPerSecond, 90);
  });

  it("averages over the whole time", () => {
    const meter = new SpeedMeter(1_000);
    assert.equal(meter.average(4_000, 3_000), 2_000);
    assert.equal(meter.average(4_000, 1_000), 4_000);
  });
});
