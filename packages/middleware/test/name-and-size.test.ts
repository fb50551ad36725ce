import assert from "node:assert/strict";
import { test } from "node:test";
import { createName } from "@scpkit/codec";
import { ScpIncompleteError, type ScpTransferSummary } from "@scpkit/core";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { createRecordingTarget } from "@scpkit/test-support/memory/recording-target";
import { transfer } from "@scpkit/test-support/memory/transfer";
import {
  ScpRefusalError,
  withMaxSize,
  withNamePattern,
  withSourceMaxSize,
  withSourceNamePattern,
} from "../src/index.ts";

/** The refusals of a side that failed, as `path code`. */
function refusals(result: PromiseSettledResult<ScpTransferSummary>): string[] {
  assert.ok(result.status === "rejected" && result.reason instanceof ScpIncompleteError);
  return result.reason.summary.failures.map(({ path, error }) => {
    assert.ok(error instanceof ScpRefusalError);
    return `${path} ${error.code}`;
  });
}

test("a file that is announced too large is never opened", async () => {
  const { target, calls } = createRecordingTarget();
  const { received } = await transfer([file("a", "12345"), file("b", "1234")], withMaxSize(target, 4));
  assert.deepEqual(refusals(received), ["a too-large"]);
  assert.deepEqual(calls, ["open b", "write b 4", "commit b"]);
});

test("a source leaves out what is too large, also when it finds out on opening", async () => {
  let cancelled = false;
  const grown = file("grown", "1", {
    open: () => ({
      size: 9,
      body: new ReadableStream<Uint8Array>({
        cancel() {
          cancelled = true;
        },
      }),
    }),
  });
  const target = createMemoryTarget();
  const { sent } = await transfer(
    withSourceMaxSize([file("a", "12345"), directory("d", [grown, file("b", "1234")])], 4),
    target,
  );
  assert.deepEqual(refusals(sent), ["a too-large", "d/grown too-large"]);
  assert.deepEqual([...target.entries.keys()], ["d", "d/b"]);
  assert.equal(cancelled, true);
});

test("names are tested by kind, on both sides", async () => {
  const options = { files: /\.csv$/g, directories: (name: string) => !name.startsWith(".") };
  const tree = () => [
    file("a.csv", ""),
    file("b.csv", ""),
    file("c.exe", ""),
    directory("d.exe", [file("e.csv", "")]),
    directory(".git", [file("f.csv", "")]),
  ];
  const target = createMemoryTarget();
  const { received } = await transfer(tree(), withNamePattern(target, options));
  assert.deepEqual(refusals(received), ["c.exe name", ".git name"]);
  assert.deepEqual([...target.entries.keys()], ["a.csv", "b.csv", "d.exe", "d.exe/e.csv"]);

  const other = createMemoryTarget();
  const { sent } = await transfer(withSourceNamePattern(tree(), options), other);
  assert.deepEqual(refusals(sent), ["c.exe name", ".git name"]);
  assert.deepEqual([...other.entries.keys()], [...target.entries.keys()]);
});

test("a name that is no valid UTF-8 is taken only on request", async () => {
  const odd = { ...file("x", ""), name: createName(Uint8Array.of(0x61, 0xff)) };
  const strict = createMemoryTarget();
  assert.deepEqual(refusals((await transfer([odd], withNamePattern(strict, {}))).received), ["a\u{fffd} name"]);
  const lenient = createMemoryTarget();
  await transfer([odd], withNamePattern(lenient, { inexact: true }));
  assert.equal(lenient.entries.size, 1);
});
