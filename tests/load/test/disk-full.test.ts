import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ScpPeerError } from "@scpkit/codec";
import { type ScpTransferSummary, summaryOf } from "@scpkit/core";
import { walk } from "@scpkit/fs";
import { upload } from "@scpkit/source";
import { type CommandOutcome, makeLocalShell } from "../src/local-shell.ts";
import { connectTo } from "../src/server/connect-to.ts";
import { startOwnServer } from "../src/server/own-server.ts";
import { mountSmallDisk, type SmallDisk } from "../src/small-disk.ts";

const full = "No space left on device";

/** A folder that goes with the test. */
function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-full-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Three files that no disk of 1 MB takes, and ten that it does. */
function makeTree(folder: string): { readonly tree: string; readonly small: readonly string[] } {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "sub"), { recursive: true });
  const small = Array.from({ length: 10 }, (_, index) => `tree/${index % 2 === 0 ? "" : "sub/"}small${index}`);
  for (const path of small) writeFileSync(join(folder, path), path);
  for (const name of ["big1", "sub/big2", "big3"]) writeFileSync(join(tree, name), Buffer.alloc(1_500_000, name));
  return { tree, small: [...small].sort() };
}

/** Uploads over SSH to a server that stores on the disk. */
async function uploadToServer(t: TestContext, disk: SmallDisk, path: string): Promise<ScpTransferSummary> {
  const server = await startOwnServer({ root: disk.path, maxConnections: 10, maxSessionsPerConnection: 10 });
  t.after(() => server.ssh.close({ deadlineMs: 0 }));
  const connection = await connectTo(server.ssh.port);
  try {
    return await upload(connection, "/", walk(path, { recursive: true }), { recursive: true, parallel: 1 });
  } catch (error) {
    const summary = summaryOf(error);
    assert.ok(summary !== undefined, String(error));
    for (const failure of summary.failures) assert.ok(failure.error instanceof ScpPeerError, String(failure.error));
    return summary;
  } finally {
    await connection.close();
  }
}

/** What went wrong, by path. */
function failures({ failures: list }: ScpTransferSummary): Record<string, string> {
  return Object.fromEntries(
    list.map(({ path, error }) => [path, error instanceof ScpPeerError ? error.peerMessage : ""]),
  );
}

function assertFailed({ code, stderr }: CommandOutcome, names: readonly string[], words: string): void {
  assert.equal(code, 1, stderr);
  for (const name of names) {
    const line = stderr.split("\n").find((text) => text.includes(name));
    assert.ok(line?.includes(words), `No line says that ${name} failed with ${words}: ${stderr}`);
  }
}

describe("A disk that is full", () => {
  it("takes what fits, names each file that does not, and keeps no pieces: a server's", async (t) => {
    const disk = mountSmallDisk(t, "size=1m");
    if (disk === undefined) return;
    const { tree, small } = makeTree(makeFolder(t));
    const summary = await uploadToServer(t, disk, tree);
    const failed = failures(summary);
    assert.deepEqual(Object.keys(failed).sort(), ["tree/big1", "tree/big3", "tree/sub/big2"]);
    for (const words of Object.values(failed)) assert.match(words, new RegExp(`${full}$`));
    assert.deepEqual(disk.files(), small);
    assert.equal(readFileSync(join(disk.path, small[0] ?? ""), "utf8"), small[0]);
    t.diagnostic(`${summary.files} files stored, ${summary.failures.length} did not fit`);
  });

  it("takes what fits, names each file that does not, and keeps no pieces: the command's, in both directions", async (t) => {
    const disk = mountSmallDisk(t, "size=1m");
    if (disk === undefined) return;
    const folder = makeFolder(t);
    const { tree, small } = makeTree(folder);
    const scpkit = makeLocalShell(folder);
    for (const argv of [
      ["-O", "-r", `here:${tree}`, disk.path],
      ["-O", "-r", tree, `here:${disk.path}`],
    ]) {
      assertFailed(await scpkit(argv), ["big1", "big2", "big3"], full);
      assert.deepEqual(disk.files(), small, argv.join(" "));
      rmSync(join(disk.path, "tree"), { recursive: true });
    }
  });

  it("leaves the old file whole when the new one does not fit", async (t) => {
    const disk = mountSmallDisk(t, "size=1m");
    if (disk === undefined) return;
    const folder = makeFolder(t);
    const old = Buffer.alloc(700_000, "old");
    writeFileSync(join(disk.path, "file"), old);
    writeFileSync(join(folder, "file"), Buffer.alloc(600_000, "new"));
    const failed = failures(await uploadToServer(t, disk, join(folder, "file")));
    assert.match(failed.file ?? "", new RegExp(full));
    assert.deepEqual(readFileSync(join(disk.path, "file")), old);
    assert.deepEqual(disk.files(), ["file"]);
  });

  it("fails at the commit, where a small file is written, as it does in between", async (t) => {
    const disk = mountSmallDisk(t, "size=1m");
    if (disk === undefined) return;
    const folder = makeFolder(t);
    // What is left is less than the file, and the file less than what is gathered before the first write.
    writeFileSync(join(disk.path, "ballast"), Buffer.alloc(1_000_000));
    writeFileSync(join(folder, "file"), Buffer.alloc(100_000, "x"));
    const failed = failures(await uploadToServer(t, disk, join(folder, "file")));
    assert.match(failed.file ?? "", new RegExp(full));
    assert.deepEqual(disk.files(), ["ballast"]);
  });
});

describe("A disk without inodes", () => {
  it("refuses files and directories one by one, and the transfer goes on", async (t) => {
    const disk = mountSmallDisk(t, "size=4m,nr_inodes=12");
    if (disk === undefined) return;
    const folder = makeFolder(t);
    const tree = join(folder, "tree");
    mkdirSync(tree);
    for (let index = 0; index < 20; index++) {
      mkdirSync(join(tree, `d${index}`));
      writeFileSync(join(tree, `d${index}`, "f"), "f");
    }
    const summary = await uploadToServer(t, disk, tree);
    const failed = failures(summary);
    for (const [path, words] of Object.entries(failed)) assert.match(words, new RegExp(`${full}$`), path);
    // Each directory is there with its file, or one of the two was refused.
    assert.equal(summary.files + summary.failures.length, 20);
    assert.equal(disk.files().length, summary.files);
    assert.ok(summary.files >= 4 && summary.failures.length >= 10, JSON.stringify(failed));
    assert.deepEqual(disk.temporaryFiles(), []);
    t.diagnostic(`${summary.files} files stored, ${summary.failures.length} entries refused`);
  });
});

describe("A disk that is read-only", () => {
  it("refuses each entry in its words, through the server and the command", async (t) => {
    const disk = mountSmallDisk(t, "size=1m");
    if (disk === undefined) return;
    const folder = makeFolder(t);
    const { tree } = makeTree(folder);
    writeFileSync(join(disk.path, "small1"), "old");
    disk.remount("ro");
    const failed = failures(await uploadToServer(t, disk, tree));
    assert.deepEqual(Object.keys(failed), ["tree"]);
    assert.match(failed.tree ?? "", /Read-only file system$/);
    writeFileSync(join(folder, "small1"), "new");
    const scpkit = makeLocalShell(folder);
    const files = [join(folder, "small1"), join(tree, "small0")];
    assertFailed(await scpkit(["-O", ...files, `here:${disk.path}`]), ["small1", "small0"], "Read-only file system");
    assertFailed(
      await scpkit(["-O", ...files.map((file) => `here:${file}`), disk.path]),
      ["small1", "small0"],
      "Read-only file system",
    );
    assert.equal(readFileSync(join(disk.path, "small1"), "utf8"), "old");
    assert.deepEqual(disk.files(), ["small1"]);
  });
});
