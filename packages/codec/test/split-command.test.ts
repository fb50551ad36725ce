import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { splitCommand } from "../src/command/split-command.ts";

const texts = (line: string): readonly string[] | undefined => splitCommand(line)?.map(({ text }) => text);

describe("splitCommand", () => {
  it("splits at blanks only", () => {
    assert.deepEqual(texts(""), []);
    assert.deepEqual(texts(" \t a\tb  c "), ["a", "b", "c"]);
    assert.deepEqual(texts("a\u00a0b\v\r"), ["a\u00a0b\v\r"]);
  });

  it("skips newlines before and behind the words", () => {
    assert.deepEqual(texts("\n a b\n \t\n"), ["a", "b"]);
    assert.deepEqual(texts("'a\nb'\n"), ["a\nb"]);
    assert.deepEqual(texts("\n"), []);
    for (const line of ["a\n b", "a\n\\b", "a\n''", "a\n\\\n"])
      assert.equal(splitCommand(line), undefined, JSON.stringify(line));
  });

  it("marks words that a shell would expand, and only when unquoted", () => {
    const marked = splitCommand("a* b? [c] {d} ~e \\* '?' \"[\" \\~f g~ ''~h")?.map(({ pattern }) => pattern);
    assert.deepEqual(marked, [true, true, true, true, true, false, false, false, false, false, false]);
  });

  it("gives up rather than guess", () => {
    for (const line of [
      "'",
      '"',
      "\\",
      '"\\',
      "a;b",
      "a&b",
      "a|b",
      "a<b",
      "a>b",
      "(a)",
      "a\nb",
      "`a`",
      "$a",
      "$\\\na",
      '"$\\\n\\\n{a}"',
      ["$", "{a}"].join(""),
      "$(a)",
      "$1",
      "$?",
      '"$a"',
      '"`a`"',
      "#a",
      "\0",
      "'\0'",
      "\\\0",
    ]) {
      assert.equal(splitCommand(line), undefined, JSON.stringify(line));
    }
  });

  it("agrees with sh on every line it understands", (t: TestContext) => {
    if (spawnSync("sh", ["-c", "exit 3"]).status !== 3) return t.skip("peer missing: sh");
    const folder = mkdtempSync(join(tmpdir(), "scpkit-split-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const part = fc.constantFrom(
      "a",
      "b",
      " ",
      "'",
      '"',
      "\\",
      "\n",
      "\\\n",
      "$",
      "#",
      "*",
      "é",
      "\t",
      "''",
      '""',
      "-",
      "=",
      "!",
      "}",
      "]",
      "^",
      "%",
      "\r",
    );
    let compared = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const line = parts.join("");
        const words = texts(line);
        fc.pre(words !== undefined);
        // No file of this empty folder can match, so patterns stay as they are.
        // Newlines in front of a command are skipped; here they would stand behind `--`.
        const script = `set -f -- ${line.replace(/^(?:[ \t\n]|\\\n)+/, "")}\nif [ $# -gt 0 ]; then printf '%s\\0' "$@"; fi`;
        const result = spawnSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" });
        assert.equal(result.stderr, "");
        assert.deepEqual(result.stdout.split("\0").slice(0, -1), words);
        compared += 1;
      }),
      { numRuns: 300 },
    );
    assert.ok(compared >= 300);
  });
});
