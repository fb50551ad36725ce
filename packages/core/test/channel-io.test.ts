import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpLimitError } from "@scpkit/codec";
import { ChannelIO } from "../src/engine.ts";
import { createChannelPair, type ScpChannel } from "../src/index.ts";

const bytes = new Uint8Array([1, 2, 3]);

/** A promise that is known to be pending after every task now due has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(resolve, 20, "later"));
  return (await Promise.race([promise.catch(() => {}), later])) === "later";
}

/** A write that waits for a peer who does not read. */
async function stuffed(port: ChannelIO): Promise<void> {
  for (let index = 0; index < 3; index += 1) await port.write(new Uint8Array(100));
}

/** A port and its peer's streams, in the hands of the test. */
function open(options?: ConstructorParameters<typeof ChannelIO>[1]): {
  readonly port: ChannelIO;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
} {
  const [ours, theirs] = createChannelPair(100);
  const port = new ChannelIO(ours, options);
  const writer = theirs.writable.getWriter();
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  const reader = theirs.readable.getReader();
  reader.closed.catch(() => {});
  return { port, reader, writer };
}

/** A channel whose two directions break on demand. */
function breakable(): { readonly channel: ScpChannel; breakWriting(): void; endReading(): void } {
  let write: WritableStreamDefaultController | undefined;
  let read: ReadableStreamDefaultController<Uint8Array> | undefined;
  const channel = {
    writable: new WritableStream<Uint8Array>({
      start(controller) {
        write = controller;
      },
    }),
    readable: new ReadableStream<Uint8Array>({
      start(controller) {
        read = controller;
      },
    }),
  };
  return {
    channel,
    breakWriting: () => write?.error(new Error("Broken pipe")),
    endReading: () => read?.close(),
  };
}

describe("ChannelIO", () => {
  it("reads until the end", async () => {
    const { port, writer } = open();
    writer.write(bytes);
    assert.deepEqual(await port.read(true), bytes);
    writer.close();
    assert.equal(await port.read(true), undefined);
  });

  it("asks to wait only when the peer is behind", async () => {
    const { port, reader } = open();
    for (let index = 0; index < 10; index += 1) await port.write(new Uint8Array(9));
    await port.write(new Uint8Array(20));
    const waiting = Promise.resolve(port.write(bytes));
    assert.ok(await isPending(waiting));
    for (let index = 0; index < 11; index += 1) await reader.read();
    await waiting;
  });

  it("rejects what is written after the transfer failed, also once its last words are out", async () => {
    for (const farewell of [undefined, bytes]) {
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const writable = new WritableStream<Uint8Array>({ close: () => end(), abort: () => end() });
      const port = new ChannelIO({ readable: new ReadableStream(), writable });
      const reason = new Error("It is over");
      port.fail(reason, farewell);
      await ended;
      await new Promise((resolve) => setTimeout(resolve));
      await assert.rejects(async () => await port.write(bytes), reason);
    }
  });

  it("asks for nothing while the channel has room", () => {
    const strategy = new CountQueuingStrategy({ highWaterMark: 3 });
    const channel = { readable: new ReadableStream<Uint8Array>(), writable: new WritableStream({}, strategy) };
    const port = new ChannelIO(channel);
    assert.equal(port.write(bytes), undefined);
    assert.equal(port.write(bytes), undefined);
    assert.notEqual(port.write(bytes), undefined);
  });

  it("closes the way to the peer, which is no error when the peer has gone", async () => {
    const { port, reader } = open();
    await port.closeWritable();
    assert.equal((await reader.read()).done, true);
    const gone = open();
    await gone.reader.cancel();
    await gone.port.closeWritable();
  });
});

describe("ChannelIO: failing", () => {
  it("rejects everything that waits and everything after, with one reason", async () => {
    const { port } = open();
    const reason = new Error("first");
    const waiting = [
      port.read(true),
      port.read(false),
      stuffed(port),
      port.raceFailure(new Promise(() => {})),
      port.waitForPeer(new Promise(() => {})),
    ].map((promise) => promise?.catch((error: unknown) => error));
    port.fail(reason);
    port.fail(new Error("second"));
    for (const outcome of await Promise.all(waiting)) assert.equal(outcome, reason);
    await assert.rejects(port.read(true), { message: "first" });
    await assert.rejects(port.raceFailure(Promise.resolve()), { message: "first" });
    await assert.rejects(port.closeWritable(), { message: "first" });
    assert.equal(port.signal.reason, reason);
  });

  it("tells the peer by breaking both directions", async () => {
    const { port, reader, writer } = open();
    port.fail(new Error("cut"));
    await assert.rejects(reader.read(), { message: "cut" });
    await assert.rejects(writer.write(bytes));
  });

  it("with a farewell closes the way to the peer behind it", async () => {
    const { port, reader } = open();
    port.fail(new Error("cut"), bytes);
    assert.deepEqual((await reader.read()).value, bytes);
    assert.equal((await reader.read()).done, true);
  });

  it("follows the caller's signal, also one that is aborted already", async () => {
    const abort = new AbortController();
    const { port } = open({ signal: abort.signal });
    const read = port.read(true);
    abort.abort(new Error("Changed my mind"));
    await assert.rejects(read, { message: "Changed my mind" });
    const late = open({ signal: AbortSignal.abort(new Error("Too late")) });
    await assert.rejects(late.port.read(true), { message: "Too late" });
  });

  it("after release no longer follows it", async () => {
    const abort = new AbortController();
    const { port, writer } = open({ signal: abort.signal });
    port.release();
    abort.abort(new Error("Changed my mind"));
    writer.write(bytes);
    assert.deepEqual(await port.read(true), bytes);
  });

  it("keeps nothing of what was waited for", async () => {
    const { port } = open();
    for (let index = 0; index < 1000; index += 1) await port.raceFailure(Promise.resolve(index));
    await assert.rejects(port.raceFailure(Promise.reject(new Error("own"))), { message: "own" });
  });
});

describe("ChannelIO: a peer that no longer reads", () => {
  it("is no error while it still has something to say", async () => {
    const { channel, breakWriting, endReading } = breakable();
    const port = new ChannelIO(channel);
    breakWriting();
    await port.write(bytes);
    await port.write(bytes);
    const read = port.read(true);
    endReading();
    assert.equal(await read, undefined);
    port.release();
  });

  it("lets its end arrive while someone writes and writes", async () => {
    const { channel, breakWriting, endReading } = breakable();
    const port = new ChannelIO(channel);
    breakWriting();
    setTimeout(endReading, 10);
    const ended = port.read(false).then(() => port.fail(new Error("The end")));
    await assert.rejects(
      async () => {
        for (;;) await port.write(bytes);
      },
      { message: "The end" },
    );
    await ended;
  });

  it("does not keep a writer waiting", async () => {
    const { port, reader } = open();
    const waiting = stuffed(port);
    assert.ok(await isPending(waiting));
    await reader.cancel(new Error("gone"));
    await waiting;
    port.release();
  });

  it("fails a transfer that waits for it in vain", async () => {
    const { channel, breakWriting } = breakable();
    const port = new ChannelIO(channel);
    breakWriting();
    await assert.rejects(port.read(true), { message: "Broken pipe" });
  });
});

describe("ChannelIO: limits", () => {
  const limits = { stallMs: 40, firstByteMs: 0 };

  function isLimit(code: string): (error: unknown) => boolean {
    return (error) => error instanceof ScpLimitError && error.code === code;
  }

  it("the first byte", async () => {
    const { port } = open({ limits: { stallMs: 0, firstByteMs: 30 } });
    await assert.rejects(port.read(true), isLimit("limit-first-byte"));
  });

  it("a stall, after the first byte", async () => {
    const { port, writer } = open({ limits });
    writer.write(bytes);
    await port.read(true);
    await assert.rejects(port.read(true), isLimit("limit-stall"));
  });

  it("a stall of a peer that does not read", async () => {
    const { port, writer } = open({ limits });
    writer.write(bytes);
    await port.read(true);
    await assert.rejects(stuffed(port), isLimit("limit-stall"));
  });

  it("not while this side is busy, nor for a read that only notices the end", async () => {
    const { port, writer } = open({ limits });
    writer.write(bytes);
    await port.read(true);
    await port.raceFailure(new Promise((resolve) => setTimeout(resolve, 100)));
    assert.ok(await isPending(port.read(false)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(port.signal.aborted, false);
  });

  it("not while bytes move, however slowly", async () => {
    const { port, writer } = open({ limits: { stallMs: 300, firstByteMs: 0 } });
    for (let index = 0; index < 8; index += 1) {
      setTimeout(() => writer.write(bytes), 60);
      assert.deepEqual(await port.read(true), bytes);
    }
    port.release();
  });
});
