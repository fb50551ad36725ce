import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ScpIncompleteError } from "@scpkit/core";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { createRecordingTarget } from "@scpkit/test-support/memory/recording-target";
import { transfer } from "@scpkit/test-support/memory/transfer";
import { type ScpChecksum, ScpRefusalError, withChecksum, withSourceChecksum } from "../src/index.ts";

const sha256 = () => createHash("sha256");
const big = new Uint8Array(200_000).map((_, index) => index);
const sums: Readonly<Record<string, string>> = {
  "d/big": createHash("sha256").update(big).digest("hex"),
  empty: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};
const tree = () => [directory("d", [file("big", big, { open: () => new Blob([big]).stream() })]), file("empty", "")];

test("each file's checksum is told once it was stored, or sent", async () => {
  for (const side of ["target", "source"]) {
    const told: ScpChecksum[] = [];
    const options = { createHash: sha256, onChecksum: (checksum: ScpChecksum) => void told.push(checksum) };
    const target = createMemoryTarget();
    await (side === "target"
      ? transfer(tree(), withChecksum(target, options))
      : transfer(withSourceChecksum(tree(), options), target));
    assert.deepEqual(Object.fromEntries(told.map(({ path, hex }) => [path, hex])), sums);
    assert.equal(told[0]?.digest.byteLength, 32);
    assert.equal(target.entries.size, 3);
  }
});

test("a body longer than announced is hashed as it is sent, and fails unless it may grow", async () => {
  for (const allowGrowth of [false, true]) {
    const told: string[] = [];
    const entries = [{ ...file("a", "12345"), size: 3 }];
    const target = createMemoryTarget();
    const hashed = withSourceChecksum(entries, { createHash: sha256, onChecksum: ({ hex }) => void told.push(hex) });
    const { sent } = await transfer(hashed, target, {}, { allowGrowth });
    assert.deepEqual(told, [createHash("sha256").update("123").digest("hex")]);
    assert.equal(sent.status, allowGrowth ? "fulfilled" : "rejected");
    assert.equal(target.entries.get("a")?.bytes.byteLength, allowGrowth ? 3 : undefined);
  }
});

test("what fails verification is rolled back, and no checksum is told", async () => {
  const { target, calls } = createRecordingTarget();
  const told: string[] = [];
  const { received } = await transfer(
    [file("bad", "x"), file("good", "y")],
    withChecksum(target, {
      createHash: sha256,
      async verify({ path }) {
        if (path === "bad") throw new ScpRefusalError("checksum", "The checksum does not match");
      },
      onChecksum: ({ path }) => void told.push(path),
    }),
  );
  assert.ok(received.status === "rejected" && received.reason instanceof ScpIncompleteError);
  assert.equal(received.reason.summary.failures[0]?.path, "bad");
  assert.deepEqual(calls, ["open bad", "write bad 1", "roll back bad", "open good", "write good 1", "commit good"]);
  assert.deepEqual(told, ["good"]);
});

test("a source's verification keeps the end of the body back", async () => {
  const target = createMemoryTarget();
  const { sent } = await transfer(
    withSourceChecksum([file("a", "secret")], {
      createHash: sha256,
      verify() {
        throw new ScpRefusalError("checksum", "The checksum does not match");
      },
    }),
    target,
  );
  assert.ok(sent.status === "rejected" && sent.reason instanceof ScpIncompleteError);
  assert.equal(target.entries.size, 0);
});
