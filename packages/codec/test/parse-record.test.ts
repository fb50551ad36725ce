import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createName, nameProblem, ScpProtocolError } from "../src/index.ts";
import { parseEntry, parseMessage, parseTimes } from "../src/wire/parse-record.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** What `parse` makes of `text`, standing in the middle of other bytes. */
function attempt<T>(parse: (line: Uint8Array, start: number, end: number) => T, text: string): T | string {
  try {
    return parse(latin1(`9 9\n${text}\n9 9`), 4, 4 + text.length);
  } catch (error) {
    assert.ok(error instanceof ScpProtocolError);
    assert.equal(error.line, new TextDecoder("utf-8", { ignoreBOM: true }).decode(latin1(text)));
    return error.code;
  }
}

/** The same grammar as regular expressions. */
function expectedEntry(text: string): unknown {
  if (!/^.[0-7]{4} /s.test(text)) return "bad-mode";
  const match = /^(.)([0-7]{4}) ([0-9]+) (.*)$/s.exec(text);
  if (match === null) return "bad-size";
  const [, letter, octal = "", digits = "", rest = ""] = match;
  const size = Number(digits);
  if (letter === "C" && size > Number.MAX_SAFE_INTEGER) return "size-out-of-range";
  const name = createName(latin1(rest));
  if (nameProblem(name) !== undefined) return "bad-name";
  const mode = Number.parseInt(octal, 8);
  return letter === "C" ? { type: "file", mode, size, name } : { type: "directory", mode, name };
}

function expectedTimes(text: string): unknown {
  const match = /^T([0-9]+) ([ \t\v\f\r]*([+-]?)([0-9]+)) ([0-9]+) ([ \t\v\f\r]*([+-]?)([0-9]+))?$/s.exec(text);
  if (match === null) return "bad-times";
  const [, mtime, , sign1, usec1, atime, , sign2, usec2 = "0"] = match;
  const micro = [Number(`${sign1}${usec1}`), Number(`${sign2 ?? ""}${usec2}`)];
  if (micro.some((value) => value < 0 || value > 999999)) return "bad-times";
  const [mtimeMs, atimeMs] = [mtime, atime].map((seconds, index) => {
    const ms = Number(seconds) * 1000 + (micro[index] ?? 0) / 1000;
    return ms > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : ms + 0;
  });
  return { type: "times", mtimeMs, atimeMs };
}

/** Lines that are right, or wrong in one or two places. */
const pieces = (...words: string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary-ascii", maxLength: 1 })), { maxLength: 9 })
    .map((parts) => parts.join(""));

describe("parseEntry", () => {
  it("agrees with the grammar as a regular expression", () => {
    const body = pieces(
      "0644",
      "7777",
      "0800",
      " ",
      " ",
      "0",
      "12",
      "9007199254740991",
      "9007199254740992",
      "a",
      ".",
      "/",
    );
    fc.assert(
      fc.property(
        fc.constantFrom("C", "D"),
        fc.oneof(
          body,
          body.map((rest) => `0644 ${rest}`),
          body.map((rest) => `0644 7 ${rest}`),
        ),
        (letter, rest) => {
          const text = `${letter}${rest}`;
          fc.pre(!text.includes("\n"));
          assert.deepEqual(attempt(parseEntry, text), expectedEntry(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("does not read beyond the end of the line", () => {
    for (let length = 1; length <= "C0644 12 a".length; length++) {
      const text = "C0644 12 a".slice(0, length);
      assert.deepEqual(attempt(parseEntry, text), expectedEntry(text));
    }
  });

  it("says what it expected, with the line escaped", () => {
    assert.throws(() => parseEntry(latin1("Cx\x1b"), 0, 3), {
      message: 'Expected four octal digits of a mode, got "Cx\\033"',
    });
    assert.throws(() => parseEntry(latin1("C0644 9007199254740992 a"), 0, 24), {
      message: /^Expected a size of at most 9007199254740991 bytes/,
    });
    assert.throws(() => parseEntry(latin1("C0644 1 a/b"), 0, 11), {
      message: 'Refused a name because it contains a slash, got "C0644 1 a/b"',
    });
  });

  it("copies the name", () => {
    const line = latin1("C0644 1 abc");
    const record = parseEntry(line, 0, line.length);
    line.fill(0x2f);
    assert.equal(record.name.text, "abc");
    assert.deepEqual(record.name.bytes, latin1("abc"));
  });
});

describe("parseTimes", () => {
  it("agrees with the grammar as a regular expression", () => {
    const body = pieces("0", "1795240194", "999999", "1000000", " ", " ", "-", "+", "\t", "99999999999999999999");
    const four = fc.tuple(pieces("12", "1"), pieces("5", "+", " "), pieces("3"), pieces("7", "-"));
    fc.assert(
      fc.property(
        fc.oneof(
          body,
          four.map((fields) => fields.join(" ")),
        ),
        (rest) => {
          const text = `T${rest}`;
          fc.pre(!text.includes("\n"));
          assert.deepEqual(attempt(parseTimes, text), expectedTimes(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("reads any right line", () => {
    const number = fc.nat({ max: 999999 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 70n }), number, fc.nat(), number, (mtime, usec1, atime, usec2) => {
        const text = `T${mtime} ${usec1} ${atime} ${usec2}`;
        const record = attempt(parseTimes, text);
        assert.deepEqual(record, expectedTimes(text));
        assert.notEqual(record, "bad-times");
      }),
    );
  });
});

describe("parseMessage", () => {
  it("tells warnings from fatal messages and decodes the text", () => {
    assert.deepEqual(attempt(parseMessage, "\x01caf\u00c3\u00a9"), { type: "warning", message: "café" });
    assert.deepEqual(attempt(parseMessage, "\x02"), { type: "fatal", message: "" });
  });
});
