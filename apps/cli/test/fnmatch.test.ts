import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import fc from "fast-check";
import { compilePattern } from "../src/operands/fnmatch.ts";

const cases: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
  ["", [""], ["a"]],
  ["*", ["", "a", ".hidden", "é"], []],
  ["?", ["a", "é", "😀", "."], ["", "ab"]],
  ["a*b*c", ["abc", "axxbyyc", "abbcc"], ["ab", "acb"]],
  ["*.txt", [".txt", "a.txt"], ["a.txt.gz"]],
  ["[a-c]x", ["ax", "cx"], ["dx", "x"]],
  ["[!a-c]", ["d", "!"], ["a"]],
  ["[^a]", ["b", "^"], ["a"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[!]]", ["a"], ["]"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[[:alpha:][:digit:]_]", ["a", "Z", "7", "_"], ["-", "[", ":"]],
  ["[![:space:]]", ["a"], [" ", "\t"]],
  ["[a", ["[a"], ["a"]],
  ["a]", ["a]"], ["a"]],
  ["\\*", ["*"], ["a", "\\*"]],
  ["a\\", [], ["a", "a\\"]],
  ["[\\]]", ["]"], ["\\"]],
  ["q\\[1\\]", ["q[1]"], ["q1"]],
  ["[[.a.]b]", ["a", "b"], ["."]],
  ["[[=a=]]", ["a"], ["="]],
];

const peer = `
import ctypes, json, locale, sys
libc = ctypes.CDLL(None)
libc.setlocale(6, b"C.UTF-8")
for line in sys.stdin:
    pattern, name = json.loads(line)
    print(libc.fnmatch(pattern.encode(), name.encode(), 0))
`;

/** Answers of the system's fnmatch(3), one per pair. */
function ask(pairs: readonly (readonly [string, string])[]): boolean[] {
  const input = pairs.map((pair) => `${JSON.stringify(pair)}\n`).join("");
  const { stdout, status } = spawnSync("/usr/bin/python3", ["-c", peer], { input, encoding: "utf8" });
  assert.equal(status, 0);
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line === "0");
}

describe("compilePattern", () => {
  for (const [pattern, yes, no] of cases) {
    it(`reads ${JSON.stringify(pattern)}`, () => {
      const matches = compilePattern(pattern);
      for (const name of yes) assert.equal(matches(name), true, `${name} should match`);
      for (const name of no) assert.equal(matches(name), false, `${name} should not match`);
    });
  }

  it("does not run wild on patterns made to", () => {
    assert.equal(compilePattern(`${"*a".repeat(50)}*b`)("a".repeat(5_000)), false);
  });

  it("agrees with the C library", (t) => {
    if (isMissing(t, "python3", "/usr/bin/python3")) return;
    const text = (units: readonly string[], maxLength: number) =>
      fc.array(fc.constantFrom(...units), { maxLength }).map((parts) => parts.join(""));
    const pattern = text(
      [
        "*",
        "?",
        "[",
        "]",
        "[!",
        "[^",
        "-",
        "\\",
        "a",
        "b",
        "c",
        "z",
        "é",
        ".",
        "[:alpha:]",
        "[:digit:]",
        "[a-c]",
        "1",
        " ",
      ],
      8,
    );
    const name = text(["a", "b", "c", "z", "é", ".", "[", "]", "-", "\\", "!", "^", "1", " ", ":"], 5);
    // What glibc makes of "[." without ".]" and of a class for the end of a range is its own.
    const sane = pattern.filter((text) => !/\[\.|-\[:/.test(text));
    // glibc 2.36 finds a letter beyond ASCII both in a class and in the negation of the class.
    const sanePair = fc.tuple(sane, name).filter(([p, n]) => !(/\[[!^].*\[:/.test(p) && n.includes("é")));
    const pairs = fc.sample(sanePair, { numRuns: 20_000 });
    const known = cases.flatMap(([p, yes, no]) => [...yes, ...no].map((n) => [p, n] as const));
    const all = [...known, ...pairs];
    const answers = ask(all);
    const wrong = all.filter(([p, n], index) => compilePattern(p)(n) !== answers[index]);
    assert.deepEqual(wrong, []);
  });
});
