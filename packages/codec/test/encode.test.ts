import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createName, encodeRecord, encodeReply, ScpStateError } from "../src/index.ts";
import { latin1 as text } from "./latin1.ts";

const file = (change: { mode?: number; size?: number; name?: string }): Uint8Array =>
  encodeRecord({
    type: "file",
    mode: change.mode ?? 0o644,
    size: change.size ?? 1,
    name: createName(change.name ?? "a"),
  });
const times = (mtimeMs: number, atimeMs = 0): string => text(encodeRecord({ type: "times", mtimeMs, atimeMs }));

describe("encodeRecord", () => {
  it("writes each record", () => {
    assert.equal(text(file({})), "C0644 1 a\n");
    assert.equal(text(encodeRecord({ type: "directory", mode: 0o7777, name: createName("d") })), "D7777 0 d\n");
    assert.equal(text(encodeRecord({ type: "end" })), "E\n");
    assert.equal(text(encodeRecord({ type: "warning", message: "w" })), "\x01w\n");
    assert.equal(text(encodeRecord({ type: "fatal", message: "f" })), "\x02f\n");
  });

  it("refuses modes that are none, with what to do", () => {
    for (const mode of [-1, 0o10000, 1.5, Number.NaN, 0o100644]) {
      assert.throws(() => file({ mode }), { name: "ScpStateError", message: /mask it to permission bits/ });
    }
  });

  it("refuses sizes that are none", () => {
    for (const size of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => file({ size }), { name: "ScpStateError", message: /whole number from 0/ });
    }
    assert.equal(text(file({ size: Number.MAX_SAFE_INTEGER })), "C0644 9007199254740991 a\n");
  });

  it("refuses names that peers refuse, quoted and escaped", () => {
    for (const name of ["", ".", "..", "a/b", "a\nb", "a\0b"]) {
      assert.throws(() => file({ name }), ScpStateError);
      assert.throws(() => encodeRecord({ type: "directory", mode: 0, name: createName(name) }), ScpStateError);
    }
    assert.throws(() => file({ name: "\x1b/" }), {
      message: 'Cannot send the name "\\033/" because it contains a slash; send one path component',
    });
  });

  it("refuses text where a name belongs, for those who have no types", () => {
    const record = JSON.parse('{ "type": "file", "mode": 420, "size": 1, "name": "a" }');
    assert.throws(() => encodeRecord(record), { name: "ScpStateError", message: /createName/ });
  });

  it("refuses a record that peers would read as two", () => {
    assert.equal(file({ name: "n".repeat(2038) }).length, 2047);
    assert.throws(() => file({ name: "n".repeat(2039) }), {
      name: "ScpStateError",
      message: /2048 bytes exceeds the 2047/,
    });
  });

  it("writes times in seconds and microseconds", () => {
    assert.equal(times(1000), "T1 0 0 0\n");
    assert.equal(times(1795240194123.456, 999.999), "T1795240194 123456 0 999999\n");
    assert.equal(times(1999.9999999), "T2 0 0 0\n");
    assert.equal(times(-1, -5000), "T0 0 0 0\n");
    assert.equal(times(-0), "T0 0 0 0\n");
    assert.equal(times(Number.MAX_SAFE_INTEGER), "T9007199254740 991000 0 0\n");
  });

  it("refuses times that are none", () => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 60]) {
      assert.throws(() => times(ms), { name: "ScpStateError", message: /as mtimeMs; leave times out/ });
      assert.throws(() => times(0, ms), { name: "ScpStateError", message: /as atimeMs/ });
    }
  });
});

describe("encodeReply", () => {
  it("gives bytes of their own each time", () => {
    const reply = encodeReply({ type: "ok" });
    reply[0] = 7;
    assert.deepEqual(encodeReply({ type: "ok" }), Uint8Array.of(0));
    const message = encodeReply({ type: "warning", message: "a" });
    assert.equal(message.buffer.byteLength, 3);
  });

  it("makes any message one line that peers read whole, cut at a character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom(1, 400, 2046),
        fc.constantFrom("a", "é", "€", "💾"),
        (some, count, filler) => {
          const message = `${some}${filler.repeat(count)}`;
          const bytes = encodeReply({ type: "warning", message });
          const content = bytes.subarray(1, -1);
          assert.deepEqual([bytes[0], bytes.at(-1)], [1, 10]);
          assert.ok(bytes.length <= 2047);
          assert.ok(!content.includes(10) && !content.includes(0));
          const decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
          const oneLine = message.replaceAll("\n", " ").replaceAll("\0", " ");
          assert.ok(oneLine.startsWith(decoded));
          if (decoded !== oneLine) assert.ok(content.length > 2045 - 4);
        },
      ),
    );
  });

  it("replaces lone surrogates", () => {
    assert.equal(text(encodeReply({ type: "fatal", message: "\ud800" })), "\x02\xef\xbf\xbd\n");
  });
});
