import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { documents } from "./documents.ts";
import { deadLinks, relativeLinks } from "./links.ts";

describe("links in the documentation", () => {
  it("lead to files and headings that exist", () => {
    assert.deepEqual(documents.flatMap(deadLinks), []);
  });
});

describe("relativeLinks", () => {
  it("returns links without a scheme, with their lines", () => {
    const text = "[a](b.md#c)\n[d](https://example.org) `[e](f.md)`\n\n```md\n[g](h.md)\n```\n![i](j.png)\n";
    assert.deepEqual(relativeLinks(text), [
      { line: 1, target: "b.md#c" },
      { line: 7, target: "j.png" },
    ]);
  });
});
