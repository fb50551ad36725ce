import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScpBandwidthLimiter } from "@scpkit/core";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { file } from "@scpkit/test-support/memory/entries";
import { transfer } from "@scpkit/test-support/memory/transfer";
import { withBandwidthLimit, withSourceBandwidthLimit } from "../src/index.ts";

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
