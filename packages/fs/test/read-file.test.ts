import assert from "node:assert/strict";
import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ScpOpenedFile } from "@scpkit/source";
import { walk } from "../src/index.ts";
import { allClosed, descriptorsIn } from "./support/descriptors.ts";
import { type Cleanup, temporaryFolder } from "./support/temporary-folder.ts";
import { bodyOf, context, onlyFile } from "./support/transfer.ts";

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8) * 13 + (index >> 16) * 3) & 0xff);
}

async function fileOf(t: Cleanup, body: Uint8Array) {
  const folder = temporaryFolder(t);
  const path = join(folder, "file");
  writeFileSync(path, body);
  return { folder, path, entry: await onlyFile(walk(path)) };
}

function isOpened(opened: object): opened is ScpOpenedFile {
  return "body" in opened;
}

describe("the body of a walked file", () => {
  for (const size of [0, 1, 4096, 262_143, 262_144, 262_145, 524_288, 1_000_001]) {
    it(`has all ${size} bytes`, async (t) => {
      const { folder, entry } = await fileOf(t, bytes(size));
      assert.equal(Buffer.compare(await bodyOf(entry), bytes(size)), 0);
      await allClosed(folder);
    });
  }

  it("is bytes up to 256 KiB and a stream above", async (t) => {
    const small = await (await fileOf(t, bytes(262_144))).entry.open(context);
    assert.ok(isOpened(small) && small.body instanceof Uint8Array);
    const large = await (await fileOf(t, bytes(262_145))).entry.open(context);
    assert.ok(isOpened(large) && large.body instanceof ReadableStream);
    await large.body.cancel();
  });

  it("tells the size the file has when it is opened", async (t) => {
    const { entry, path } = await fileOf(t, bytes(100));
    appendFileSync(path, "more");
    const opened = await entry.open(context);
    assert.ok(isOpened(opened));
    assert.equal(opened.size, 104);
    assert.equal(opened.body instanceof Uint8Array && opened.body.byteLength, 104);
  });

  it("ends early when the file shrinks, and ends at the announced size when it grows", async (t) => {
    for (const [change, expected] of [
      [(path: string) => truncateSync(path, 600_000), 600_000],
      [(path: string) => truncateSync(path, 10), 524_288],
      [(path: string) => appendFileSync(path, bytes(100_000)), 2_000_000],
    ] as const) {
      const { folder, entry, path } = await fileOf(t, bytes(2_000_000));
      const opened = await entry.open(context);
      assert.ok(isOpened(opened) && opened.body instanceof ReadableStream);
      const reader = opened.body.getReader();
      let total = (await reader.read()).value?.byteLength ?? 0;
      // Two reads are under way already; what they bring is whatever the file held then.
      await new Promise((resolve) => setTimeout(resolve, 50));
      change(path);
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        total += value.byteLength;
      }
      assert.ok(total <= 2_000_000 && total >= Math.min(expected, 600_000) - 262_144, `${total} bytes`);
      if (expected > 600_000) assert.equal(total, expected);
      await allClosed(folder);
    }
  });

  it("gives chunks that keep their contents", async (t) => {
    const { entry } = await fileOf(t, bytes(1_500_000));
    const opened = await entry.open(context);
    assert.ok(isOpened(opened) && opened.body instanceof ReadableStream);
    const kept: Uint8Array[] = [];
    for (const reader = opened.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      kept.push(value);
    }
    assert.equal(new Set(kept.map(({ buffer }) => buffer)).size, kept.length);
    assert.equal(Buffer.compare(Buffer.concat(kept), bytes(1_500_000)), 0);
  });

  it("closes the file when it is cancelled, also in the middle of a read", async (t) => {
    const { folder, entry } = await fileOf(t, bytes(3_000_000));
    for (let turn = 0; turn < 30; turn += 1) {
      const opened = await entry.open(context);
      assert.ok(isOpened(opened) && opened.body instanceof ReadableStream);
      const reader = opened.body.getReader();
      const reading = turn % 3 === 0 ? undefined : reader.read();
      if (turn % 3 === 1) await reading;
      await reader.cancel(new Error("Enough"));
      await reading;
    }
    await allClosed(folder);
  });

  it("holds a descriptor while it is a stream and none while it is bytes", async (t) => {
    const large = await fileOf(t, bytes(300_000));
    const opened = await large.entry.open(context);
    assert.ok(isOpened(opened) && opened.body instanceof ReadableStream);
    // Deno duplicates it for each read.
    assert.ok((descriptorsIn(large.folder) ?? 1) > 0);
    await opened.body.cancel();
    const small = await fileOf(t, bytes(300));
    await small.entry.open(context);
    await allClosed(small.folder);
  });
});
