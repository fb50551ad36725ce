import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { limitBandwidth } from "../src/bandwidth-limiter.ts";
import {
  createBandwidthLimiter,
  type ScpBandwidthLimiter,
  withBandwidthLimit,
  withSourceBandwidthLimit,
} from "../src/index.ts";
import { file } from "./support/entries.ts";
import { transfer } from "./support/transfer.ts";

const unaborted = new AbortController().signal;

test("a limiter makes up for at most a tenth of a second of idleness", async () => {
  let nowMs = 0;
  const elapsed = () => nowMs;
  const limiter = limitBandwidth(1000, {
    nowMs: () => nowMs,
    async sleep(ms) {
      nowMs += ms;
    },
  });
  await limiter.take(100, unaborted);
  assert.equal(elapsed(), 0, "the burst is free");
  await limiter.take(500, unaborted);
  assert.equal(elapsed(), 500);
  nowMs += 10_000;
  await limiter.take(1100, unaborted);
  assert.equal(elapsed(), 10_500 + 1000);
});

test("those who share a limiter share its rate", async () => {
  const sleeps: number[] = [];
  const limiter = limitBandwidth(1000, {
    nowMs: () => 0,
    async sleep(ms) {
      sleeps.push(ms);
    },
  });
  await Promise.all([limiter.take(100, unaborted), limiter.take(200, unaborted), limiter.take(300, unaborted)]);
  assert.deepEqual(sleeps, [200, 500]);
});

test("waiting ends with the transfer", async () => {
  const abort = new AbortController();
  const waiting = createBandwidthLimiter(1).take(1_000_000, abort.signal);
  abort.abort(new Error("over"));
  await assert.rejects(waiting, /over/);
  await assert.rejects(createBandwidthLimiter(1e9).take(1, abort.signal), /over/);
});

test("a rate that is none is refused", () => {
  for (const rate of [0, -1, Number.NaN]) assert.throws(() => createBandwidthLimiter(rate), /bytesPerSecond/);
});

/** A limiter that counts and never waits. */
function counting(): { limiter: ScpBandwidthLimiter; taken(): number } {
  let sum = 0;
  return {
    limiter: {
      async take(bytes) {
        sum += bytes;
      },
    },
    taken: () => sum,
  };
}

test("every byte of a body is paid for, on both sides", async () => {
  const body = new Uint8Array(300_000).fill(7);
  const streamed = file("b", body, { open: () => new Blob([body]).stream() });
  for (const wrapped of ["target", "source"]) {
    const { limiter, taken } = counting();
    const target = createMemoryTarget();
    const entries = [file("a", body), streamed, file("empty", "")];
    const { sent, received } =
      wrapped === "target"
        ? await transfer(entries, withBandwidthLimit(target, limiter))
        : await transfer(withSourceBandwidthLimit(entries, limiter), target);
    assert.equal(sent.status, "fulfilled");
    assert.equal(received.status, "fulfilled");
    assert.equal(taken(), 600_000);
    assert.deepEqual(target.entries.get("b")?.bytes, body);
    assert.equal(target.entries.get("empty")?.bytes.byteLength, 0);
  }
});

test("a body that waits for its turn is rolled back when the transfer is cut", async () => {
  const abort = new AbortController();
  const reason = new Error("cut");
  const limiter: ScpBandwidthLimiter = {
    take(_, signal) {
      queueMicrotask(() => abort.abort(reason));
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  const target = createMemoryTarget();
  const { received } = await transfer([file("a", "1")], withBandwidthLimit(target, limiter), { signal: abort.signal });
  assert.ok(received.status === "rejected" && received.reason === reason);
  assert.equal(target.entries.size, 0);
});
