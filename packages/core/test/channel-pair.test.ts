import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createChannelPair } from "../src/index.ts";

const bytes = new Uint8Array([1, 2, 3]);

describe("createChannelPair", () => {
  it("carries bytes both ways", async () => {
    const [a, b] = createChannelPair();
    const [toB, toA] = [a.writable.getWriter(), b.writable.getWriter()];
    const [atA, atB] = [a.readable.getReader(), b.readable.getReader()];
    toB.write(bytes);
    toA.write(new Uint8Array([4]));
    assert.deepEqual((await atB.read()).value, bytes);
    assert.deepEqual((await atA.read()).value, new Uint8Array([4]));
  });

  it("holds a writer back after so many bytes, not chunks", async () => {
    const [a] = createChannelPair(100);
    const writer = a.writable.getWriter();
    for (let index = 0; index < 9; index += 1) await writer.write(new Uint8Array(10));
    await writer.write(new Uint8Array(60));
    writer.write(new Uint8Array(1)).catch(() => {});
    const late = new Promise((resolve) => setTimeout(resolve, 20, "held back"));
    assert.equal(await Promise.race([writer.ready, late]), "held back");
  });

  it("ends each direction on its own", async () => {
    const [a, b] = createChannelPair();
    await a.writable.close();
    assert.equal((await b.readable.getReader().read()).done, true);
    b.writable.getWriter().write(bytes);
    assert.deepEqual((await a.readable.getReader().read()).value, bytes);
  });

  it("passes an abort on as an error, and a cancel as a write that fails", async () => {
    const [a, b] = createChannelPair();
    const writer = b.writable.getWriter();
    writer.closed.catch(() => {});
    await a.writable.abort(new Error("cut"));
    await assert.rejects(b.readable.getReader().read(), { message: "cut" });
    await a.readable.cancel(new Error("not interested"));
    await assert.rejects(writer.write(bytes), { message: "not interested" });
  });
});
