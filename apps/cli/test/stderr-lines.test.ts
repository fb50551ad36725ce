import assert from "node:assert/strict";
import { test } from "node:test";
import { StderrLines } from "../src/report/stderr-lines.ts";

test("lines are shown whole and escaped", () => {
  const shown: string[] = [];
  const lines = new StderrLines((text) => shown.push(text));
  for (const piece of ["a", "b\x1b[2J\r\nc\u202e", "d\ne"]) lines.push(Buffer.from(piece));
  assert.deepEqual(shown, ["ab\\033[2J", "c\\342\\200\\256d"]);
  lines.flush();
  assert.equal(shown.at(-1), "e");
});

test("a line without end is shown in pieces and not kept", () => {
  let length = 0;
  let pieces = 0;
  const lines = new StderrLines((text) => {
    length += text.length;
    pieces += 1;
  });
  const block = Buffer.alloc(100_000, "x");
  for (let index = 0; index < 100; index += 1) lines.push(block);
  lines.flush();
  assert.equal(length, 10_000_000);
  assert.ok(pieces >= 100);
});
