import assert from "node:assert/strict";
import { test } from "node:test";
import { ScpIncompleteError } from "@scpkit/core";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { createRecordingTarget } from "@scpkit/test-support/memory/recording-target";
import { transfer } from "@scpkit/test-support/memory/transfer";
import { createQuota, ScpRefusalError, withQuota } from "../src/index.ts";

test("a file beyond the quota is refused before it is opened, and what fits still passes", async () => {
  const { target, calls } = createRecordingTarget();
  const entries = [file("a", "123456"), directory("d", [file("b", "12345"), file("c", "1234")])];
  const { received } = await transfer(entries, withQuota(target, { maxBytes: 10 }));
  assert.ok(received.status === "rejected" && received.reason instanceof ScpIncompleteError);
  const [failure, ...more] = received.reason.summary.failures;
  assert.equal(more.length, 0);
  assert.equal(failure?.path, "d/b");
  assert.ok(failure.error instanceof ScpRefusalError && failure.error.code === "quota");
  assert.deepEqual(calls, [
    "open a",
    "write a 6",
    "commit a",
    "enter d",
    "open d/c",
    "write d/c 4",
    "commit d/c",
    "leave d",
  ]);
});

test("files are counted over all directories", async () => {
  const { target, calls } = createRecordingTarget();
  const entries = [directory("d", [file("a", ""), file("b", "")]), file("c", "")];
  await transfer(entries, withQuota(target, { maxFiles: 2 }));
  assert.deepEqual(
    calls.filter((call) => call.startsWith("open")),
    ["open d/a", "open d/b"],
  );
});

test("room is given back by a file that is not stored, however it fails", async () => {
  const { target, calls } = createRecordingTarget({ refuse: ["a"], breakOnWrite: ["b"], breakOnCommit: ["c"] });
  const entries = ["a", "b", "c", "d"].map((name) => file(name, "12345678"));
  await transfer(entries, withQuota(target, { maxBytes: 10, maxFiles: 1 }));
  assert.ok(calls.includes("commit d"));
});

test("a shared quota is asked first and told how each file ended", async () => {
  const { target, calls } = createRecordingTarget({ refuse: ["a"], breakOnCommit: ["c"] });
  const told: string[] = [];
  const quota = withQuota(target, {
    async reserve({ size }, { path }) {
      await Promise.resolve();
      if (path === "d") throw new ScpRefusalError("quota", "Disk quota exceeded");
      told.push(`reserve ${path} ${size} ${calls.length}`);
      return { commit: () => void told.push(`commit ${path}`), release: () => void told.push(`release ${path}`) };
    },
  });
  await transfer(
    ["a", "b", "c", "d"].map((name) => file(name, "12")),
    quota,
  );
  assert.deepEqual(told, ["reserve a 2 0", "release a", "reserve b 2 0", "commit b", "reserve c 2 3", "release c"]);
  assert.equal(calls.includes("open d"), false);
});

test("a quota is shared by sessions, begins where it is told to, and gives back what was not stored", async () => {
  const quota = createQuota({ maxBytes: 20, maxFiles: 4, usedBytes: 5, usedFiles: 1 });
  const first = createRecordingTarget({ breakOnWrite: ["broken"] });
  await transfer([file("a", "1234567"), file("broken", "12345")], withQuota(first.target, quota));
  assert.deepEqual([quota.bytes, quota.files], [12, 2]);
  const second = createRecordingTarget();
  await transfer([file("b", "123456789"), file("c", "12345678"), file("d", "")], withQuota(second.target, quota));
  assert.deepEqual(
    second.calls.filter((call) => call.startsWith("commit")),
    ["commit c", "commit d"],
  );
  assert.deepEqual([quota.bytes, quota.files], [20, 4]);
});
