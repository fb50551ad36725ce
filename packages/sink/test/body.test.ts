import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBody } from "../src/body.ts";

const chunk = new Uint8Array(40_000);

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(resolve, 10, "later"));
  return (await Promise.race([promise, later])) === "later";
}

describe("createBody", () => {
  it("carries a body to its end", async () => {
    const { readable, writable } = createBody(new AbortController().signal);
    const text = new Response(readable).text();
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode("hello "));
    await writer.write(new TextEncoder().encode("world"));
    await writer.close();
    assert.equal(await text, "hello world");
  });

  it("holds the writer back while the reader is behind", async () => {
    const { readable, writable } = createBody(new AbortController().signal);
    const writer = writable.getWriter();
    await writer.write(chunk);
    const second = writer.write(chunk);
    assert.ok(await isPending(second));
    await readable.getReader().read();
    await second;
  });

  it("throws away what is written after the reader lost interest, also for a writer that waits", async () => {
    const { readable, writable } = createBody(new AbortController().signal);
    const writer = writable.getWriter();
    const waiting = [writer.write(chunk), writer.write(chunk), writer.write(chunk)];
    await waiting[0];
    await readable.cancel();
    await Promise.all(waiting);
    await writer.write(chunk);
    await writer.close();
  });

  it("errors the reader when the writer aborts", async () => {
    const { readable, writable } = createBody(new AbortController().signal);
    const reader = readable.getReader();
    const writer = writable.getWriter();
    await writer.write(new Uint8Array([1]));
    await writer.abort(new Error("damaged"));
    await assert.rejects(reader.closed, { message: "damaged" });
  });

  it("errors the reader when the transfer ends, also while the writer waits", async () => {
    const abort = new AbortController();
    const { readable, writable } = createBody(abort.signal);
    const writer = writable.getWriter();
    await writer.write(chunk);
    const second = writer.write(chunk);
    abort.abort(new Error("over"));
    await second;
    await assert.rejects(readable.getReader().read(), { message: "over" });
  });

  it("leaves a whole body to be read, whatever happens afterwards", async () => {
    const abort = new AbortController();
    const { readable, writable } = createBody(abort.signal);
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode("whole"));
    await writer.close();
    abort.abort(new Error("over"));
    assert.equal(await new Response(readable).text(), "whole");
  });

  it("does not keep listening", async () => {
    const abort = new AbortController();
    let listening = 0;
    const { signal } = abort;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>): void => {
      listening += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      listening -= 1;
      remove(...args);
    };
    for (const end of ["close", "abort", "cancel"]) {
      const { readable, writable } = createBody(signal);
      if (end === "cancel") await readable.cancel();
      else if (end === "close") await writable.close();
      else await writable.abort(new Error("damaged"));
    }
    assert.equal(listening, 0);
  });
});
