import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { checkTypes, isCode, runSnippet, writeSnippets } from "./check.ts";
import { documents } from "./documents.ts";
import { extractSnippets, readSnippets } from "./extract.ts";

const snippets = documents.flatMap(readSnippets);
const checked = snippets.filter(isCode);
const runnable = snippets.filter(
  (snippet) => snippet.isRun && (isCode(snippet) || ["sh", "bash"].includes(snippet.language)),
);

describe("types of the code in the documentation", () => {
  let errors: readonly string[] = [];
  before(async () => {
    writeSnippets([...checked, ...runnable]);
    if (checked.length > 0) errors = await checkTypes();
  });

  for (const file of documents) {
    const own = checked.filter((snippet) => snippet.file === file);
    if (own.length === 0) continue;
    it(`${file}: ${own.length} snippets`, () => {
      assert.deepEqual(
        errors.filter((line) => line.startsWith(`${file}:`)),
        [],
      );
    });
  }

  it("has no other complaint", () => {
    const isKnown = (line: string): boolean => documents.some((file) => line.startsWith(`${file}:`));
    assert.deepEqual(
      errors.filter((line) => !isKnown(line) && !line.startsWith(" ")),
      [],
    );
  });
});

describe("code in the documentation runs", () => {
  for (const snippet of runnable) {
    it(`${snippet.file}:${snippet.line}`, async (t) => {
      const cwd = mkdtempSync(join(tmpdir(), "scpkit-snippet-"));
      t.after(() => rmSync(cwd, { recursive: true, force: true }));
      const { code, output } = await runSnippet(snippet, cwd);
      assert.equal(code, 0, `${snippet.file}:${snippet.line} ended with exit status ${code}\n${output}`);
    });
  }
});

describe("extractSnippets", () => {
  const text = [
    "# Title",
    "",
    "```ts run",
    "const a = 1;",
    "```",
    "- item",
    "  ```js",
    "  b();",
    "  ```",
    "~~~",
    "x",
    "~~~",
  ];

  it("finds blocks with their lines, languages and info", () => {
    assert.deepEqual(extractSnippets("a.md", text.join("\n")), [
      { file: "a.md", line: 3, language: "ts", isRun: true, code: "const a = 1;" },
      { file: "a.md", line: 7, language: "js", isRun: false, code: "b();" },
      { file: "a.md", line: 10, language: "", isRun: false, code: "x" },
    ]);
  });
});
