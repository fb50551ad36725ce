import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { optionTable } from "../src/command-line/option-table.ts";
import { optionsDocument } from "../src/command-line/options-document.ts";

const file = new URL("../../../docs/cli/options.md", import.meta.url);

test("docs/cli/options.md is in step with the option table", () => {
  if (process.env.SCPKIT_UPDATE_DOCS === "1") writeFileSync(file, optionsDocument());
  assert.equal(readFileSync(file, "utf8"), optionsDocument());
});

test("docs/cli/options.md has every option once", () => {
  const flags = [...optionsDocument().matchAll(/^\| `(\S+?)[` ]/gm)].map((match) => match[1]);
  assert.deepEqual(flags.toSorted(), optionTable.map((row) => row.flag).toSorted());
});
