import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import fc from "fast-check";
import { shellPatterns, unknownText } from "../src/operands/shell-patterns.ts";

const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
  ["a", ["a"]],
  ["a  b\tc", ["a", "b", "c"]],
  [" a ", ["a"]],
  ["'sp ace'", ["sp ace"]],
  ['"sp ace"', ["sp ace"]],
  ["sp\\ ace", ["sp ace"]],
  ["a'b'\"c\"", ["abc"]],
  ["''", [""]],
  ["'*'*", ["\\**"]],
  ['"{a,b}"{a,b}', ["\\{a\\,b\\}{a,b}"]],
  ["'it'\\''s'", ["it's"]],
  ['"a\\"b\\c"', ['a"b\\\\c']],
  ["$HOME/f", [`${unknownText}/f`]],
  [`\${x:-\${y}}/f`, [`${unknownText}/f`]],
  ["$(ls $(pwd))/f", [`${unknownText}/f`]],
  ["`pwd`/f", [`${unknownText}/f`]],
  ['"$x"y', [`${unknownText}y`]],
  ["a$", ["a$"]],
  ["a$/b", ["a$/b"]],
  ["a#b", ["a#b"]],
  ["a;b", undefined],
  ["a|b", undefined],
  ["a>b", undefined],
  ["a #b", undefined],
  ["'a", undefined],
  ['"a', undefined],
  ["a\\", undefined],
];

describe("shellPatterns", () => {
  for (const [path, expected] of cases) {
    it(`reads ${JSON.stringify(path)}`, () => assert.deepEqual(shellPatterns(path), expected));
  }

  it("splits and unquotes as sh does", (t) => {
    if (isMissing(t, "sh", "sh", ["-c", "true"])) return;
    const unit = fc.constantFrom(
      "a",
      "b",
      " ",
      "  ",
      "\\ ",
      "\\\\",
      "'",
      '"',
      '\\"',
      "\\'",
      "é",
      "/",
      "*",
      "\\*",
      "\t",
      "😀",
    );
    const paths = fc
      .sample(
        fc.array(unit, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("")),
        400,
      )
      .filter((path) => (shellPatterns(path) ?? []).length > 0);
    const script = paths.map((path) => `printf '%s|' ${path}; echo`).join("\n");
    const { stdout } = spawnSync("sh", ["-f"], { input: script, encoding: "utf8" });
    const expected = stdout.split("\n").slice(0, -1);
    const plain = (pattern: string): string => pattern.replaceAll(/\\(.)/gs, "$1");
    // An unquoted "*" stays one, as the shell was told not to expand it.
    const own = paths.map((path) => (shellPatterns(path) ?? []).map((word) => `${plain(word)}|`).join(""));
    assert.deepEqual(own, expected);
  });
});
