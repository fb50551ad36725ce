import assert from "node:assert/strict";
import { it } from "node:test";
import { createAdaptiveDisk } from "../src/system/adaptive-file-system.ts";
import { blockingDisk, type FileSystem, poolFileSystem } from "../src/system/file-system.ts";

/** Disks that count `stat`; the blocking one takes a while for it. */
function makeDisks(blockMs: number) {
  const calls = { fast: 0, slow: 0 };
  const fast: FileSystem = {
    ...blockingDisk,
    stat(path) {
      calls.fast += 1;
      const start = performance.now();
      while (performance.now() - start < blockMs);
      return blockingDisk.stat(path);
    },
  };
  const slow: FileSystem = {
    ...poolFileSystem,
    stat(path) {
      calls.slow += 1;
      return poolFileSystem.stat(path);
    },
  };
  return { calls, disk: createAdaptiveDisk(fast, slow) };
}

it("an adaptive disk blocks while calls are fast, but for the first one", async () => {
  const { calls, disk } = makeDisks(0);
  for (let call = 0; call < 100; call += 1) assert.ok((await disk.stat("."))?.isDirectory());
  assert.equal(calls.slow, 1);
  assert.equal(disk.entriesAhead(), blockingDisk.entriesAhead());
});

it("an adaptive disk goes over to the thread pool when calls are slow, and gives the event loop its turns", async () => {
  const { calls, disk } = makeDisks(2);
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 0);
  for (let call = 0; call < 100; call += 1) assert.ok((await disk.stat("."))?.isDirectory());
  clearInterval(count);
  assert.ok(calls.fast < 20, `${calls.fast} blocking calls`);
  assert.equal(calls.fast + calls.slow, 100);
  assert.ok(turns > 0);
  assert.equal(disk.entriesAhead(), poolFileSystem.entriesAhead());
});

it("an adaptive disk passes errors on, and the names of a directory", async () => {
  const { disk } = makeDisks(0);
  await disk.stat(".");
  await assert.rejects(async () => disk.readlink("/none"), { code: "ENOENT" });
  const listing = await disk.list(import.meta.dirname);
  const names: unknown[] = [];
  for (let name = await listing.next(); name !== undefined; name = await listing.next()) names.push(String(name));
  await listing.close();
  assert.ok(names.includes("adaptive-disk.test.ts"));
});
