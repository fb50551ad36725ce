import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import fc from "fast-check";
import { BracePatternError, braceExpand } from "../src/operands/brace-expand.ts";

const cases: readonly (readonly [string, readonly string[]])[] = [
  ["a", ["a"]],
  ["", [""]],
  ["a{b,c}d", ["abd", "acd"]],
  ["{a,b}{c,d}", ["ac", "ad", "bc", "bd"]],
  ["a{b,c{d,e}}", ["ab", "acd", "ace"]],
  ["{a,}", ["a", ""]],
  ["{,a}b", ["b", "ab"]],
  ["{}", ["{}"]],
  ["a{}b{c,d}", ["a{}bc", "a{}bd"]],
  ["{a,{}}", ["a", "{}"]],
  ["[{,}]", ["[{,}]"]],
  ["{a[,]b,c}", ["a[,]b", "c"]],
  ["\\{a,b\\}", ["\\{a,b\\}"]],
  ["{a\\,b,c}", ["a\\,b", "c"]],
  ["b{c}", ["bc", "b\\{c\\}"]],
  ["d/{e,f}/g", ["d/e/g", "d/f/g"]],
  ["a\\", ["a\\"]],
];

describe("braceExpand", () => {
  for (const [pattern, expected] of cases) {
    it(`expands ${JSON.stringify(pattern)}`, () => assert.deepEqual(braceExpand(pattern), expected));
  }

  it("refuses what does not pair, with OpenSSH's words", () => {
    for (const pattern of ["b{c", "c}", "{a,b}}", "{{a,b}", "a[b", "{a,[b}"]) {
      assert.throws(() => braceExpand(pattern), BracePatternError);
    }
    assert.throws(() => braceExpand("b{c"), { message: 'brace_expand: invalid brace pattern "b{c"' });
  });

  it("does not expand without end", () => {
    assert.throws(() => braceExpand("{a,b}".repeat(40)), BracePatternError);
  });

  it("expands as bash does, where bash expands braces", (t) => {
    if (isMissing(t, "bash")) return;
    const unit = fc.constantFrom("a", "b", "x/");
    const leaf = fc.array(unit, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(""));
    const { pattern } = fc.letrec<{ pattern: string; group: string }>((tie) => ({
      pattern: fc
        .array(fc.oneof({ maxDepth: 3 }, leaf, tie("group")), { minLength: 1, maxLength: 3 })
        .map((p) => p.join("")),
      group: fc.array(tie("pattern"), { minLength: 2, maxLength: 3 }).map((choices) => `{${choices.join(",")}}`),
    }));
    const patterns = fc.sample(pattern, 500).filter((text) => text.length < 80);
    const script = patterns.map((text) => `printf '%s ' ${text}; echo`).join("\n");
    const { stdout } = spawnSync("bash", ["-f"], { input: script, encoding: "utf8", maxBuffer: 1e8 });
    const lines = stdout.split("\n");
    for (const [index, text] of patterns.entries()) {
      assert.deepEqual(braceExpand(text), lines[index]?.trimEnd().split(" "), text);
    }
  });
});
