import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReadBuffer } from "../src/client/read-buffer.ts";

/** Reads `count` bytes of `value` as a socket would: never more than there is room for. */
function read(slab: ReadBuffer, value: number, count: number): Buffer {
  const room = slab.next();
  const filled = Math.min(count, room.byteLength);
  room.fill(value, 0, filled);
  return slab.take(filled);
}

describe("ReadBuffer", () => {
  it("never writes to what was taken", () => {
    const slab = new ReadBuffer();
    const taken = Array.from({ length: 200 }, (_, value) => read(slab, value, 1 + ((value * 7919) % 300_000)));
    for (const [value, chunk] of taken.entries()) {
      assert.ok(
        chunk.every((byte) => byte === value),
        `chunk ${value} has changed`,
      );
    }
  });

  it("uses a piece up to its last 32 KiB, then takes another", () => {
    const slab = new ReadBuffer();
    const first = slab.next().buffer;
    assert.equal(first.byteLength, 128 * 1024);
    read(slab, 1, 96 * 1024);
    assert.equal(slab.next().buffer, first);
    assert.equal(slab.next().byteLength, 32 * 1024);
    read(slab, 1, 1);
    assert.notEqual(slab.next().buffer, first);
    assert.equal(slab.next().byteLength, 128 * 1024);
  });
});
