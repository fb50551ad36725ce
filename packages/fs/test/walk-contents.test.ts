import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createChannelPair } from "@scpkit/core";
import { receiveEntries } from "@scpkit/sink";
import { sendEntries } from "@scpkit/source";
import { createFsTarget, walk } from "../src/index.ts";
import { allClosed } from "./support/descriptors.ts";
import { type Cleanup, temporaryFolder } from "./support/temporary-folder.ts";
import { all, codeOf, flatten, only } from "./support/transfer.ts";

function makeSite(t: Cleanup): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "site/img"), { recursive: true });
  writeFileSync(join(folder, "site/index.html"), "hello");
  writeFileSync(join(folder, "site/img/logo"), "logo");
  return folder;
}

describe("walk with contents", () => {
  it("yields what is in the directory, with everything below", async (t) => {
    const folder = makeSite(t as Cleanup);
    const expected = { "index.html": "hello", img: "directory", "img/logo": "logo" };
    assert.deepEqual(await flatten(walk(join(folder, "site"), { contents: true })), expected);
    assert.deepEqual(await flatten(walk("/site/", { root: folder, contents: true, blocking: true })), expected);
    assert.deepEqual(await flatten(walk("/", { root: join(folder, "site"), contents: true })), expected);
    await allClosed(folder);
  });

  it("fills the same directory each time it is sent", async (t) => {
    const folder = makeSite(t as Cleanup);
    mkdirSync(join(folder, "www"));
    for (let time = 0; time < 2; time += 1) {
      const [source, sink] = createChannelPair();
      await Promise.all([
        receiveEntries(sink, await createFsTarget(join(folder, "www"), { targetIsDirectory: true })),
        sendEntries(source, walk(join(folder, "site"), { contents: true })),
      ]);
      assert.deepEqual(readdirSync(join(folder, "www")).sort(), ["img", "index.html"]);
    }
  });

  it("names what is no directory, is missing, or cannot be listed", async (t) => {
    const folder = makeSite(t as Cleanup);
    const failure = async (path: string): Promise<string> => {
      const entry = await only(walk(path, { contents: true }));
      assert.ok(entry.type === "failed");
      return codeOf(entry.error);
    };
    assert.equal(await failure(join(folder, "site/index.html")), "ENOTDIR");
    assert.equal(await failure(join(folder, "none")), "ENOENT");
    if (process.geteuid?.() === 0) return;
    chmodSync(join(folder, "site"), 0o300);
    assert.equal(await failure(join(folder, "site")), "EACCES");
    chmodSync(join(folder, "site"), 0o700);
  });

  it("of an empty directory yields nothing", async (t) => {
    assert.deepEqual(await all(walk(temporaryFolder(t as Cleanup), { contents: true })), []);
  });
});
