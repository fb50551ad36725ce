import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReceiveSlab } from "../src/receive-slab.ts";

/** Reads `count` bytes of `value` as a socket would: never more than there is room for. */
function read(slab: ReceiveSlab, value: number, count: number): Buffer {
  const room = slab.next();
  const filled = Math.min(count, room.byteLength);
  room.fill(value, 0, filled);
  return slab.take(filled);
}

describe("ReceiveSlab", () => {
  it("never writes to what was taken", () => {
    const slab = new ReceiveSlab();
    const taken = Array.from({ length: 200 }, (_, value) => read(slab, value, 1 + ((value * 7919) % 300_000)));
    for (const [value, chunk] of taken.entries()) {
      assert.ok(
        chunk.every((byte) => byte === value),
        `chunk ${value} has changed`,
      );
    }
  });

  it("offers at least 32 KiB, and more than 64 KiB only when reads fill it", () => {
    const trickle = new ReceiveSlab();
    for (let reads = 0; reads < 1000; reads += 1) {
      assert.equal(trickle.next().buffer.byteLength, 64 * 1024);
      assert.ok(trickle.next().byteLength >= 32 * 1024);
      read(trickle, 1, 1000);
    }
    const flood = new ReceiveSlab();
    for (let reads = 0; reads < 10; reads += 1) read(flood, 1, Number.POSITIVE_INFINITY);
    assert.equal(flood.next().byteLength, 128 * 1024);
  });
});
