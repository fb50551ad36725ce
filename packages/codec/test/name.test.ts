import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createName, nameProblem } from "../src/index.ts";

describe("createName", () => {
  it("encodes text as UTF-8", () => {
    const name = createName("café");
    assert.deepEqual(name, { text: "café", bytes: Uint8Array.of(99, 97, 102, 0xc3, 0xa9), exact: true });
  });

  it("keeps bytes that are not UTF-8 and says that its text is not exact", () => {
    const name = createName(Uint8Array.of(97, 0xff, 98));
    assert.equal(name.text, "a\ufffdb");
    assert.deepEqual(name.bytes, Uint8Array.of(97, 0xff, 98));
    assert.equal(name.exact, false);
  });

  it("takes U+FFFD for exact where the bytes really are U+FFFD", () => {
    assert.equal(createName(Uint8Array.of(0xef, 0xbf, 0xbd)).exact, true);
    assert.equal(createName("\ufffd").exact, true);
  });

  it("keeps a byte order mark", () => {
    assert.deepEqual(createName(createName("\ufeffa").bytes), createName("\ufeffa"));
  });

  it("replaces lone surrogates in its text too", () => {
    const name = createName("a\ud800");
    assert.equal(name.text, "a\ufffd");
    assert.deepEqual(name.bytes, Uint8Array.of(97, 0xef, 0xbf, 0xbd));
  });

  it("copies bytes", () => {
    const bytes = Uint8Array.of(97, 98);
    const name = createName(bytes);
    bytes[0] = 0x2f;
    assert.deepEqual(name.bytes, Uint8Array.of(97, 98));
  });

  it("copies bytes of a Buffer, whose own slice() does not", () => {
    const bytes = Buffer.from("ab");
    const name = createName(bytes);
    bytes[0] = 0x2f;
    assert.deepEqual(name.bytes, Uint8Array.of(97, 98));
  });

  it("gives back exact text from its bytes, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const name = createName(bytes);
        const again = createName(name.text);
        assert.equal(name.exact, again.bytes.length === bytes.length && again.bytes.every((b, i) => b === bytes[i]));
      }),
    );
  });
});

describe("nameProblem", () => {
  for (const [text, problem] of [
    ["", /empty/],
    [".", /directory itself or its parent/],
    ["..", /directory itself or its parent/],
    ["/", /slash/],
    ["a/", /slash/],
    ["../a", /slash/],
    ["a\0b", /NUL/],
    ["a\nb", /newline/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.match(nameProblem(createName(text)) ?? "", problem));
  }

  for (const text of ["a", "...", "..a", ".a", "-rf", " ", "a\\b", "\x1b", "a\r", "C:x"]) {
    it(`allows ${JSON.stringify(text)}`, () => assert.equal(nameProblem(createName(text)), undefined));
  }
});
