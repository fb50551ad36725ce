import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLimiter, type LimiterClock } from "../src/bandwidth-limiter.ts";
import { createBandwidthLimiter, createChannelPair, limitBandwidth, type ScpExecChannel } from "../src/index.ts";
import { limitReadable, limitWritable } from "../src/limit-bandwidth.ts";

/** Time that jumps ahead whenever something sleeps. */
function jumpingClock(): LimiterClock & { passed(): number } {
  let now = 0;
  return {
    nowMs: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    passed: () => now,
  };
}

/** A clock on which nothing ever wakes up but by its signal. */
const stoppedClock: LimiterClock = {
  nowMs: () => 0,
  sleep: (_milliseconds, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
};

async function drain(readable: ReadableStream<Uint8Array>): Promise<{ bytes: number; largest: number }> {
  const counts = { bytes: 0, largest: 0 };
  for await (const chunk of readable) {
    counts.bytes += chunk.byteLength;
    counts.largest = Math.max(counts.largest, chunk.byteLength);
  }
  return counts;
}

const kilobyte = 1024;

describe("createBandwidthLimiter", () => {
  it("takes as long as the rate says, less a tenth of a second", async () => {
    const clock = jumpingClock();
    const limit = createLimiter(1_000_000, clock);
    const { signal } = new AbortController();
    for (let index = 0; index < 100; index++) await limit.take(50_000, signal);
    assert.equal(Math.round(clock.passed()), 4_900);
  });

  it("shares the rate among all that use it", async () => {
    const clock = jumpingClock();
    const limit = createLimiter(1_000, clock);
    const { signal } = new AbortController();
    const waits: number[] = [];
    const take = (bytes: number): Promise<void> =>
      limit.take(bytes, signal).then(() => void waits.push(clock.passed()));
    await take(1_100);
    await take(500);
    await take(500);
    assert.deepEqual(waits, [1_000, 1_500, 2_000]);
  });

  it("ends a wait with its signal, and does not begin one after it", async () => {
    const abort = new AbortController();
    const waiting = createBandwidthLimiter(1).take(1_000_000, abort.signal);
    abort.abort(new Error("over"));
    await assert.rejects(waiting, /over/);
    await assert.rejects(createBandwidthLimiter(1e9).take(1, abort.signal), /over/);
  });

  it("refuses a rate that is none", () => {
    for (const rate of [0, -1, Number.NaN]) assert.throws(() => createBandwidthLimiter(rate), /bytesPerSecond/);
  });

  it("does not save up idle time", async () => {
    const clock = jumpingClock();
    const limit = createLimiter(1_000, clock);
    const { signal } = new AbortController();
    await clock.sleep(60_000, signal);
    await limit.take(1_000, signal);
    assert.equal(clock.passed(), 60_900);
  });
});

describe("limitReadable and limitWritable", () => {
  it("pass every byte in small pieces", async () => {
    const clock = jumpingClock();
    const limit = createLimiter(100 * kilobyte, clock);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const read = drain(limitReadable(readable, limit));
    const writer = limitWritable(writable, limit).getWriter();
    await writer.write(new Uint8Array(500 * kilobyte));
    await writer.write(new Uint8Array(500 * kilobyte));
    await writer.close();
    assert.deepEqual(await read, { bytes: 1_000 * kilobyte, largest: limit.pieceBytes });
    assert.equal(Math.round(clock.passed()), 19_900);
  });

  it("let an abort through while waiting", async () => {
    let aborted: unknown;
    const writable = new WritableStream<Uint8Array>({
      abort: (reason) => {
        aborted = reason;
      },
    });
    const writer = limitWritable(writable, createLimiter(1, stoppedClock)).getWriter();
    const write = writer.write(new Uint8Array(10));
    const reason = new Error("enough");
    await writer.abort(reason);
    await assert.rejects(write, reason);
    assert.equal(aborted, reason);
  });

  it("let a cancel through while waiting", async () => {
    let cancelled: unknown;
    const readable = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: (reason) => {
        cancelled = reason;
      },
    });
    const reader = limitReadable(readable, createLimiter(1, stoppedClock)).getReader();
    const read = reader.read();
    const reason = new Error("enough");
    await reader.cancel(reason);
    assert.equal((await read).done, true);
    assert.equal(cancelled, reason);
  });

  it("notice a peer that goes away while waiting", async () => {
    const [near, far] = createChannelPair();
    const writer = limitWritable(near.writable, createLimiter(1, stoppedClock)).getWriter();
    const write = writer.write(new Uint8Array(10));
    const reason = new Error("gone");
    await far.readable.cancel(reason);
    await assert.rejects(write);
    await assert.rejects(writer.closed);
  });

  it("hand on an error of the stream that is read", async () => {
    const reason = new Error("broken");
    const readable = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(reason) });
    await assert.rejects(drain(limitReadable(readable, createBandwidthLimiter(1))), reason);
  });
});

describe("limitBandwidth", () => {
  it("slows one direction and leaves the rest of the channel alone", async () => {
    const [near, far] = createChannelPair();
    let closed = 0;
    const exec: ScpExecChannel = {
      ...near,
      stderr: new ReadableStream(),
      closed: Promise.resolve({ code: 3 }),
      close: async () => void closed++,
      [Symbol.asyncDispose]: async () => {},
    };
    const clock = jumpingClock();
    const limit = createLimiter(10 * kilobyte, clock);
    const transport = { peerIdentification: "SSH-2.0-x", exec: async () => exec };
    const limited = limitBandwidth(transport, "upload", limit);
    assert.equal(limited.peerIdentification, "SSH-2.0-x");
    const channel = await limited.exec("scp -t x");
    assert.equal(channel.readable, near.readable);
    const read = drain(far.readable);
    const writer = channel.writable.getWriter();
    await writer.write(new Uint8Array(20 * kilobyte));
    await writer.close();
    assert.equal((await read).bytes, 20 * kilobyte);
    assert.equal(Math.round(clock.passed()), 1_900);
    assert.deepEqual(await channel.closed, { code: 3 });
    await channel.close();
    assert.equal(closed, 1);
    assert.equal((await limitBandwidth(transport, "download", limit).exec("x")).writable, near.writable);
  });
});
