import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createChannelPair, ScpIncompleteError } from "@scpkit/core";
import { receiveEntries } from "@scpkit/sink";
import { sendEntries } from "@scpkit/source";
import { type FsTargetOptions, ScpFsError } from "../src/index.ts";
import { confinedRoot } from "../src/system/confined-root.ts";
import { PathPlace } from "../src/system/directory-handle.ts";
import { type FileSystem, poolFileSystem } from "../src/system/file-system.ts";
import { asPrefix, toFsPath } from "../src/system/path.ts";
import { decidePolicy, directoryTarget } from "../src/write/fs-target.ts";
import { allClosed } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

type Call = keyof FileSystem;

/** A disk whose calls pass through `before`. Nothing is made durable for real: that takes its time. */
function watchedDisk(before: (call: Call) => void): FileSystem {
  const calls = Object.entries(poolFileSystem).map(([name, call]: [string, (...words: never[]) => unknown]) => [
    name,
    async (...words: never[]) => {
      try {
        before(name as Call);
      } catch (error) {
        // A descriptor is gone also when closing it failed.
        if (name === "close") await call(...words);
        throw error;
      }
      return name === "fsync" ? undefined : await call(...words);
    },
  ]);
  return Object.fromEntries(calls);
}

const bodies: Readonly<Record<string, string>> = {
  first: "1",
  old: "new contents",
  large: "x".repeat(700_000),
  "d/inner": "inside",
  last: "z",
};

function entries() {
  const file = (path: string) => {
    const bytes = new TextEncoder().encode(bodies[path]);
    const times = { mtimeMs: 1e12, atimeMs: 1e12 };
    const name = path.split("/").at(-1) ?? "";
    return { type: "file", name, mode: 0o640, size: bytes.length, times, open: () => bytes } as const;
  };
  const inner = { type: "directory", name: "d", mode: 0o750, entries: () => [file("d/inner")] } as const;
  return [file("first"), file("old"), file("large"), inner, file("last")];
}

/** Receives everything onto `disk`; tells the failures by path. */
async function receive(folder: string, disk: FileSystem, options: FsTargetOptions): Promise<Map<string, unknown>> {
  const policy = { ...decidePolicy(options, options.confine === true), disk };
  const path = toFsPath(folder);
  const place = options.confine === true ? confinedRoot(disk, path) : new PathPlace(asPrefix(path));
  const target = directoryTarget(policy, place, asPrefix(path));
  const [source, sink] = createChannelPair();
  const [received] = await Promise.allSettled([
    receiveEntries(sink, target),
    sendEntries(source, entries(), { preserve: true }),
  ]);
  if (received.status === "fulfilled") return new Map();
  assert.ok(received.reason instanceof ScpIncompleteError, String(received.reason));
  return new Map(received.reason.summary.failures.map(({ path: at, error }) => [at, error]));
}

/** What of the calls does not fail for the reasons below, or may fail without a word: closing, and tidying up. */
const quiet: readonly Call[] = ["close", "unlink"];

const errors: readonly (readonly [string, string])[] = [
  ["EIO", "Input/output error"],
  ["ENOSPC", "No space left on device"],
  ["EDQUOT", "Disk quota exceeded"],
  ["EMFILE", "Too many open files"],
  ["EACCES", "Permission denied"],
  ["ENAMETOOLONG", "File name too long"],
  ["EROFS", "Read-only file system"],
];

function systemError(code: string): Error {
  const errno = constants.errno[code as keyof typeof constants.errno];
  return Object.assign(new Error(`${code}: made to fail`), { code, errno: -errno });
}

describe("the n-th call of the system fails, for every n", () => {
  for (const [index, [code, words]] of errors.entries()) {
    const options: FsTargetOptions = index % 2 === 0 ? { preserve: true, fsync: true } : { confine: true };
    it(`${code}: that entry fails, the others arrive, nothing half is left, with ${JSON.stringify(options)}`, async (t) => {
      let total = 0;
      const all = temporaryFolder(t);
      const counted = join(all, "0");
      mkdirSync(counted);
      writeFileSync(join(counted, "old"), "old");
      await receive(
        counted,
        watchedDisk(() => {
          total += 1;
        }),
        options,
      );
      assert.ok(total > 30);
      const failAt = async (at: number): Promise<void> => {
        const folder = join(all, `call-${at}-`);
        mkdirSync(folder);
        writeFileSync(join(folder, "old"), "old");
        let count = 0;
        let failed: Call | undefined;
        const disk = watchedDisk((call) => {
          count += 1;
          if (count !== at) return;
          failed = call;
          throw systemError(code);
        });
        const failures = await receive(folder, disk, options);
        const what = `call ${at} of ${total}, ${failed}`;
        await allClosed(folder).catch((error: Error) => assert.fail(`${what}: ${error.message}`));
        if (failed !== undefined && !quiet.includes(failed)) {
          assert.ok(failures.size <= 1, `${what}: ${[...failures.keys()]}`);
        }
        for (const [path, error] of failures) {
          assert.ok(error instanceof ScpFsError, what);
          assert.equal(error.code, code, what);
          assert.ok(error.message.startsWith(`${folder}/${path}: `) && error.message.endsWith(words), error.message);
        }
        for (const [path, body] of Object.entries(bodies)) {
          const failure = [...failures.keys()].some((each) => path === each || path.startsWith(`${each}/`));
          const found = read(join(folder, path));
          const before = path === "old" ? "old" : undefined;
          // What could not be made durable may be there all the same.
          if (failure) assert.ok(found === before || found === body, `${what}: ${path} is ${found?.length} bytes`);
          else assert.equal(found, body, `${what}: ${path}`);
        }
        const left = readdirSync(folder, { recursive: true }).filter((name) => String(name).includes(".tmp"));
        if (failed !== "unlink") assert.deepEqual(left, [], what);
      };
      const numbers = Array.from({ length: total }, (_, number) => number + 1).values();
      const worker = async (): Promise<void> => {
        for (const at of numbers) await failAt(at);
      };
      await Promise.all(Array.from({ length: 8 }, worker));
    });
  }
});

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

describe("fsync", () => {
  it("is of the file before it has its name, and of the directory after", async (t) => {
    const folder = temporaryFolder(t);
    const calls: Call[] = [];
    const disk = watchedDisk((call) => {
      if (["writev", "futimes", "fsync", "rename", "mkdir"].includes(call)) calls.push(call);
    });
    assert.equal((await receive(folder, disk, { fsync: true })).size, 0);
    const first = calls.slice(0, calls.indexOf("rename") + 2);
    assert.deepEqual(first, ["writev", "futimes", "fsync", "rename", "fsync"]);
    const made = calls.indexOf("mkdir");
    assert.ok(calls.slice(made).includes("fsync"), "the new directory's name");
    assert.ok(calls.filter((call) => call === "fsync").length >= 2 * Object.keys(bodies).length + 1);
  });

  it("is not asked for by default", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "d"));
    const calls: Call[] = [];
    await receive(
      folder,
      watchedDisk((call) => void calls.push(call)),
      {},
    );
    assert.ok(calls.includes("rename"));
    assert.ok(!calls.includes("fsync"));
  });
});
