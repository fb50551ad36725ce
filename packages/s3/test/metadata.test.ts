import assert from "node:assert/strict";
import { test } from "node:test";
import { fromMetadata, toMetadata } from "../src/metadata.ts";

test("mode and times are written as AWS's file services write them", () => {
  assert.deepEqual(toMetadata("file", 0o644, { mtimeMs: 1_500_000_000_123.456, atimeMs: -1000 }), {
    "file-permissions": "0100644",
    "file-mtime": "1500000000123456000ns",
    "file-atime": "-1000000000ns",
  });
  assert.deepEqual(toMetadata("directory", 0o1777, undefined), { "file-permissions": "0041777" });
});

test("what was written is read again", () => {
  const times = { mtimeMs: 1_500_000_000_123, atimeMs: -1000 };
  assert.deepEqual(fromMetadata(toMetadata("file", 0o4755, times)), { mode: 0o4755, times });
});

test("what is no mode or time is not there", () => {
  const none = { mode: undefined, times: undefined };
  for (const text of ["", "x", "0x10", "1e3", "99999999999999999999999999", "1s"]) {
    assert.deepEqual(fromMetadata({ "file-permissions": text, "file-mtime": text }), none, text);
  }
  assert.deepEqual(fromMetadata(undefined), none);
});
