import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TailStream } from "../src/tail-stream.ts";
import { patterned, readAll } from "./support/streams.ts";

describe("a tail stream", () => {
  it("keeps the last bytes while nobody reads, however they were cut", async () => {
    const all = patterned(1_000);
    for (const step of [1, 7, 99, 100, 101, 1_000]) {
      const tail = new TailStream(100);
      for (let at = 0; at < all.byteLength; at += step) tail.push(all.subarray(at, at + step));
      tail.end();
      assert.deepEqual(await readAll(tail.readable), Buffer.from(all.subarray(-100)), `in steps of ${step}`);
    }
  });

  it("hands everything to a reader that keeps up", async () => {
    const tail = new TailStream(10);
    const reading = readAll(tail.readable);
    for (let index = 0; index < 100; index += 1) {
      tail.push(new Uint8Array(10).fill(index));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    tail.end();
    assert.equal((await reading).byteLength, 1_000);
  });

  it("ends a reader that waits, and ignores what comes after a cancel", async () => {
    const tail = new TailStream(10);
    const reading = readAll(tail.readable);
    tail.end();
    tail.end();
    assert.equal((await reading).byteLength, 0);
    const other = new TailStream(10);
    await other.readable.cancel();
    other.push(new Uint8Array(20));
    other.end();
  });
});
