import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readExempt } from "./exempt.ts";
import { findPhrases, findPhrasesIn, proseFiles } from "./find-phrases.ts";

describe("wording", () => {
  const exempt = new Set(readExempt());
  const files = proseFiles();

  it("no file uses a phrase of scripts/prose/phrases.ts", () => {
    const found = files.filter((file) => !exempt.has(file)).flatMap(findPhrases);
    assert.equal(found.join("\n"), "");
  });

  it("every exempt file exists and still uses such a phrase (npm run prose:exempt)", () => {
    const stale = [...exempt].filter((file) => !files.includes(file) || findPhrases(file).length === 0);
    assert.deepEqual(stale, []);
  });

  it("phrases are found across line breaks and comment marks, with their line", () => {
    const comment = "const a = 1;\n/**\n * Which lets\n * in a peer.\n */\n// The peer is told\n";
    assert.deepEqual(
      findPhrasesIn(comment, "a.ts").map((line) => line.split(";")[0]),
      ['a.ts:6: "told"', 'a.ts:3: "lets * in"'],
    );
  });

  it("phrases are not found in code of a page, in other words, or in plain negations", () => {
    const page = "`tell`\n\n```ts\nconst told = 1;\n```\n\nA teller is no longer there.\n";
    assert.deepEqual(findPhrasesIn(page, "a.md"), []);
  });
});
