import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineBuffer } from "../src/wire/line-buffer.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = ({ line, lineStart, lineEnd }: LineBuffer): string =>
  new TextDecoder().decode(line.subarray(lineStart, lineEnd));

describe("LineBuffer", () => {
  it("finds lines inside a chunk without copying them", () => {
    const buffer = new LineBuffer(10);
    const chunk = bytes("one\ntwo\n");
    buffer.push(chunk);
    assert.equal(buffer.readLine(), true);
    assert.equal(buffer.line, chunk);
    assert.equal(line(buffer), "one");
    assert.equal(buffer.readLine(), true);
    assert.equal(line(buffer), "two");
    assert.equal(buffer.readLine(), false);
  });

  it("joins a line from several chunks and goes on after it", () => {
    const buffer = new LineBuffer(10);
    for (const part of ["o", "", "ne", "\ntw"]) buffer.push(bytes(part));
    assert.equal(buffer.peek(), 0x6f);
    assert.equal(buffer.readLine(), true);
    assert.equal(line(buffer), "one");
    assert.equal(buffer.readLine(), false);
    assert.equal(buffer.peek(), 0x74);
    buffer.push(bytes("o\n"));
    assert.equal(buffer.readLine(), true);
    assert.equal(line(buffer), "two");
    assert.equal(buffer.peek(), -1);
  });

  it("does not depend on a chunk once it has copied the beginning of a line from it", () => {
    const buffer = new LineBuffer(10);
    const chunk = bytes("ab");
    buffer.push(chunk);
    assert.equal(buffer.readLine(), false);
    chunk.fill(0x78);
    buffer.push(bytes("c\n"));
    assert.equal(buffer.readLine(), true);
    assert.equal(line(buffer), "abc");
  });

  for (const parts of [["1234567890\n"], ["12345", "67890\n"], ["1234567890", "\n"]]) {
    it(`takes a line at the limit from ${parts.length} chunks`, () => {
      const buffer = new LineBuffer(10);
      for (const part of parts) buffer.push(bytes(part));
      assert.equal(buffer.readLine(), true);
      assert.equal(line(buffer), "1234567890");
    });
  }

  for (const parts of [["12345678901\n"], ["12345", "678901"], ["1234567890", "1"], ["12345678901".repeat(1000)]]) {
    it(`stops at the limit, whatever the chunks: ${parts.map((part) => part.length)}`, () => {
      const buffer = new LineBuffer(10);
      for (const part of parts) buffer.push(bytes(part));
      assert.equal(buffer.readLine(), false);
      assert.equal(buffer.lineTooLong, true);
      assert.equal(line(buffer), "1234567890");
      assert.ok(buffer.line.length <= 11, "no more is held than the limit and one byte");
    });
  }

  it("gives data as views, at most as much as is asked for, and a whole chunk as itself", () => {
    const buffer = new LineBuffer(10);
    const [first, second] = [bytes("abcdef"), bytes("gh")];
    buffer.push(first);
    buffer.push(second);
    const data = buffer.readData(4);
    assert.equal(data?.buffer, first.buffer);
    assert.deepEqual(data, bytes("abcd"));
    assert.deepEqual(buffer.readData(4), bytes("ef"));
    assert.equal(buffer.readData(4), second);
    assert.equal(buffer.readData(4), undefined);
  });

  it("lets go of the chunk of a line once the next one is taken up", () => {
    const buffer = new LineBuffer(10);
    const chunk = bytes("one\n");
    buffer.push(chunk);
    buffer.push(bytes("body"));
    assert.ok(buffer.readLine() && buffer.line === chunk);
    buffer.readData(4);
    assert.notEqual(buffer.line, chunk);
  });

  it("keeps the order of very many queued chunks, pushed and taken in turns", () => {
    const buffer = new LineBuffer(10);
    let pushed = 0;
    let taken = 0;
    for (let round = 0; round < 50; round++) {
      for (let index = 0; index < 200; index++) buffer.push(Uint8Array.of(pushed++ % 251));
      for (let index = 0; index < 150; index++) assert.equal(buffer.readData(1)?.[0], taken++ % 251);
    }
    for (; taken < pushed; taken++) assert.equal(buffer.readData(1)?.[0], taken % 251);
    assert.equal(buffer.readData(1), undefined);
  });

  it("is empty once cleared", () => {
    const buffer = new LineBuffer(10);
    buffer.push(bytes("ab"));
    buffer.readLine();
    buffer.push(bytes("c\n"));
    buffer.clear();
    assert.equal(buffer.peek(), -1);
    assert.equal(buffer.readLine(), false);
    assert.equal(buffer.lineEnd, 0);
  });
});
