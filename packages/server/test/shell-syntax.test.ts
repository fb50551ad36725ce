import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { splitShellLine } from "../src/winscp/shell-syntax.ts";

/** The words of a line that holds one command, as text; `undefined` when it is not understood. */
function words(line: string): string[] | undefined {
  const [command] = splitShellLine(line);
  return command?.words?.map((word) =>
    word.map((part) => (typeof part === "string" ? part : `<${part.variable}>`)).join(""),
  );
}

test("words, quotes and variables", () => {
  assert.deepEqual(words('scp -r  -p -t "a b\\"\\\\\\$\\`"'), ["scp", "-r", "-p", "-t", 'a b"\\$`']);
  assert.deepEqual(words("echo 'a $b' \"x$?y\" $status c\\ d"), ["echo", "a $b", "x<?>y", "<status>", "c d"]);
  assert.deepEqual(words("echo \"\" ''"), ["echo", "", ""]);
  assert.deepEqual(words('echo "a\\b"'), ["echo", "a\\b"]);
});

test("commands are split outside quotes, and one that is not understood harms no other", () => {
  const commands = splitShellLine('echo "a;b" ; ls | cat;pwd ; ');
  assert.deepEqual(
    commands.map(({ text, words: known }) => [text, known !== undefined]),
    [
      ['echo "a;b"', true],
      ["ls | cat", false],
      ["pwd", true],
    ],
  );
});

test("what a shell would act on is not understood", () => {
  for (const line of [
    "a|b",
    "a&",
    "a>b",
    "a<b",
    "`a`",
    '"`a`"',
    "$(a)",
    '"$(a)"',
    "$((1))",
    "a*",
    "a?",
    "[a]",
    "{a}",
    "#a",
    "'a",
    '"a',
    `$\{a}`,
  ]) {
    assert.equal(words(line), undefined, line);
  }
});

test("what is understood, sh understands alike", (t) => {
  const sh = (line: string): string | undefined => {
    try {
      return execFileSync("sh", ["-c", `printf '%s\\0' ${line}`], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "";
    }
  };
  if (sh("a") !== "a\0") {
    t.skip("peer missing: sh");
    return;
  }
  const piece = fc.constantFrom(
    "a",
    "b",
    " ",
    "  ",
    "'",
    '"',
    "\\",
    "-",
    "/",
    ".",
    "é",
    '\\"',
    "\\ ",
    "'a b'",
    '"c d"',
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const line = `x${pieces.join("")}`;
      const understood = words(line);
      if (understood === undefined) return;
      assert.equal(understood.map((word) => `${word}\0`).join(""), sh(line));
    }),
    { numRuns: 150 },
  );
});
