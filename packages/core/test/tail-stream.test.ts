import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readText } from "@scpkit/test-support/streams";
import { TailStream } from "../src/index.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("TailStream", () => {
  it("keeps the last bytes of what nobody reads", async () => {
    const tail = new TailStream(5);
    for (const text of ["abc", "de", "f", "ghij", "k"]) tail.push(encode(text));
    tail.end();
    assert.equal(await readText(tail.readable), "ghijk");
  });

  it("hands everything to someone who reads", async () => {
    const tail = new TailStream(3);
    const all = readText(tail.readable);
    for (const text of ["abcdef", "ghi", "j"]) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      tail.push(encode(text));
    }
    tail.end();
    assert.equal(await all, "abcdefghij");
  });

  it("ends at once when there is nothing, and takes nothing after its end", async () => {
    const tail = new TailStream(3);
    const all = readText(tail.readable);
    tail.end();
    tail.end();
    tail.push(encode("late"));
    assert.equal(await all, "");
  });

  it("drops everything once it was cancelled", async () => {
    const tail = new TailStream(3);
    tail.push(encode("ab"));
    await tail.readable.cancel();
    tail.push(encode("cd"));
    tail.end();
  });

  it("copies what it keeps", async () => {
    const tail = new TailStream(3);
    const chunk = encode("ab");
    tail.push(chunk);
    chunk.fill(0);
    tail.end();
    assert.equal(await readText(tail.readable), "ab");
  });
});
