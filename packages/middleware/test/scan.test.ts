import assert from "node:assert/strict";
import { test } from "node:test";
import { ScpIncompleteError } from "@scpkit/core";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { createRecordingTarget } from "@scpkit/test-support/memory/recording-target";
import { transfer } from "@scpkit/test-support/memory/transfer";
import { readText } from "@scpkit/test-support/streams";
import { ScpRefusalError, type ScpScanResult, withScan } from "../src/index.ts";

test("a file is committed only after the verdict on its whole body", async () => {
  const { target, calls } = createRecordingTarget();
  const verdicts: string[] = [];
  const { received } = await transfer(
    [directory("d", [file("clean", "fine"), file("bad", "EICAR")])],
    withScan(target, async ({ path, body, entry }) => {
      const text = await readText(body);
      await new Promise((resolve) => setTimeout(resolve, 5));
      verdicts.push(`${path} ${entry.size} ${calls.some((call) => call.startsWith(`commit ${path}`))}`);
      return text.includes("EICAR") ? { type: "refuse", reason: "A virus was found" } : { type: "accept" };
    }),
  );
  assert.deepEqual(verdicts, ["d/clean 4 false", "d/bad 5 false"]);
  assert.deepEqual(
    calls.filter((call) => /commit|roll/.test(call)),
    ["commit d/clean", "roll back d/bad"],
  );
  assert.ok(received.status === "rejected" && received.reason instanceof ScpIncompleteError);
  const error = received.reason.summary.failures[0]?.error;
  assert.ok(error instanceof ScpRefusalError && error.code === "scan");
  assert.equal(error.message, "A virus was found");
});

test("a large body reaches both the scan and the target, at the pace of the scan", async () => {
  const body = new Uint8Array(1_000_000).map((_, index) => index % 251);
  const target = createMemoryTarget();
  let judged = 0;
  await transfer(
    [file("big", body)],
    withScan(target, async ({ body: seen }) => {
      for await (const chunk of seen) {
        judged += chunk.byteLength;
        // Whoever judges may do with its copy what it likes.
        chunk.fill(0);
      }
      return { type: "accept" };
    }),
  );
  assert.equal(judged, body.byteLength);
  assert.deepEqual(target.entries.get("big")?.bytes, body);
});

test("a scan that does not want the body holds nothing up", async () => {
  const body = new Uint8Array(1_000_000);
  for (const scan of [
    async ({ body: seen }: { body: ReadableStream<Uint8Array> }): Promise<ScpScanResult> => {
      await seen.cancel();
      return { type: "accept" };
    },
    async (): Promise<ScpScanResult> => ({ type: "accept" }),
  ]) {
    const target = createMemoryTarget();
    const { received } = await transfer([file("big", body)], withScan(target, scan));
    assert.equal(received.status, "fulfilled");
    assert.equal(target.entries.get("big")?.bytes.byteLength, body.byteLength);
  }
});

test("an early refusal stops the writing; a scan that throws or says nothing refuses", async () => {
  const judges = [
    async (): Promise<ScpScanResult> => ({ type: "refuse", reason: "No" }),
    async (): Promise<ScpScanResult> => {
      throw new Error("scanner down");
    },
    () => undefined as unknown as ScpScanResult,
  ];
  for (const scan of judges) {
    const { target, calls } = createRecordingTarget();
    const { received } = await transfer(
      [file("big", new Uint8Array(1_000_000)), file("x", "")],
      withScan(target, scan),
    );
    assert.equal(received.status, "rejected");
    assert.ok(calls.includes("roll back big"));
    assert.ok(!calls.some((call) => call.startsWith("commit")));
  }
});

test("the scan hears of a body that does not become whole", async () => {
  const { target, calls } = createRecordingTarget({ breakOnWrite: ["a"] });
  const heard: unknown[] = [];
  await transfer(
    [file("a", "12")],
    withScan(target, async ({ body }) => {
      await readText(body).catch((error: unknown) => heard.push(error));
      return { type: "accept" };
    }),
  );
  assert.match(String(heard[0]), /write a/);
  assert.ok(!calls.includes("commit a"));
});

test("a verdict that is never given does not survive the transfer", async () => {
  const abort = new AbortController();
  const reason = new Error("cut");
  const { target, calls } = createRecordingTarget();
  const { received } = await transfer(
    [file("a", "12")],
    withScan(target, async ({ body, signal }) => {
      await readText(body);
      assert.equal(signal.aborted, false);
      abort.abort(reason);
      return await new Promise<never>(() => {});
    }),
    { signal: abort.signal },
  );
  assert.ok(received.status === "rejected" && received.reason === reason);
  assert.deepEqual(calls, ["open a", "write a 2", "roll back a"]);
});
