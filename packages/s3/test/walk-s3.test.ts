import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ScpEntry } from "@scpkit/source";
import { type S3WalkOptions, ScpS3Error, walkS3 } from "../src/index.ts";
import { type Bench, startBench } from "./support/fake-fixture.ts";

let bench: Bench;
before(async () => {
  bench = await startBench();
});
beforeEach(() => {
  bench.fake.objects.clear();
  bench.fake.requests.length = 0;
  bench.fake.fault = undefined;
});
after(() => bench.close());

const modified = new Date("2021-03-04T05:06:07Z");
const context = { path: "", signal: new AbortController().signal };

function put(key: string, body: string | Uint8Array = "", metadata: Record<string, string> = {}): void {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  bench.fake.objects.set(key, { body: bytes, metadata, contentType: undefined, modified });
}

async function one(path: string, options: Partial<S3WalkOptions> = {}): Promise<ScpEntry> {
  const entries: ScpEntry[] = [];
  for await (const entry of walkS3(path, { ...bench.location, recursive: true, ...options })) entries.push(entry);
  const [entry] = entries;
  assert.ok(entry !== undefined && entries.length === 1);
  return entry;
}

/** The tree as lines: `name`, `name/`, `name: code`. */
async function tree(entry: ScpEntry, above = ""): Promise<string[]> {
  const path = `${above}${entry.name}`;
  if (entry.type === "failed") {
    assert.ok(entry.error instanceof ScpS3Error, String(entry.error));
    return [`${path}: ${entry.error.code}`];
  }
  if (entry.type === "file") return [path];
  const lines = [`${path}/`];
  for await (const child of entry.entries(context)) lines.push(...(await tree(child, `${path}/`)));
  return lines;
}

describe("walkS3", () => {
  it("gives a file, a directory of the same beginning, and the whole root", async () => {
    for (const key of ["ada/a", "ada/ab", "ada/a-dir/x", "ada/d/y", "ada/d/e/z", "adam/no"]) put(key);
    const root = "ada";
    assert.deepEqual(await tree(await one("a", { root })), ["a"]);
    assert.deepEqual(await tree(await one("/d/", { root })), ["d/", "d/y", "d/e/", "d/e/z"]);
    assert.deepEqual(await tree(await one("d/../a-dir", { root })), ["a-dir/", "a-dir/x"]);
    assert.deepEqual(await tree(await one("/", { root })), [
      "ada/",
      "ada/a",
      "ada/ab",
      "ada/a-dir/",
      "ada/a-dir/x",
      "ada/d/",
      "ada/d/y",
      "ada/d/e/",
      "ada/d/e/z",
    ]);
    assert.equal((await one("")).name, bench.location.bucket);
  });

  it("never looks outside the root", async () => {
    put("bob/secret");
    for (const path of ["../bob/secret", "/../bob", "x/../../bob/secret"]) {
      assert.deepEqual(
        (await tree(await one(path, { root: "ada" }))).map((line) => line.split(": ")[1]),
        ["outside-root"],
      );
    }
    assert.deepEqual(await tree(await one("bob/secret", { root: "ada" })), ["secret: ENOENT"]);
    assert.ok(bench.fake.requests.every(({ key }) => key === "" || key.startsWith("ada/")));
  });

  it("refuses a directory without recursive", async () => {
    put("d/f");
    assert.deepEqual(await tree(await one("d", { recursive: false })), ["d: not-a-regular-file"]);
    assert.deepEqual(await tree(await one("d/f", { recursive: false })), ["f"]);
  });

  it("reports keys that cannot be sent in their place", async () => {
    for (const key of ["d/good", "d//x", "d/../x", "d/./x", "d/a\nb", "d/tab\there", "d/ctl\u0001"]) put(key);
    const lines = (await tree(await one("d"))).sort();
    assert.deepEqual(lines, [
      "d/",
      "d/..: name-not-storable",
      "d/.: name-not-storable",
      "d/: name-not-storable",
      "d/a\nb: newline-in-name",
      "d/ctl\u0001",
      "d/good",
      "d/tab\there",
    ]);
  });

  it("takes modes and times from the metadata, or makes do without", async () => {
    put("d/plain", "1");
    put("d/lustre", "1", {
      "file-permissions": "0100640",
      "file-mtime": "1595002920000000000ns",
      "file-atime": "1595002921",
    });
    put("d/strange", "1", { "file-permissions": "rw-r--r--", "file-mtime": "yesterday" });
    const entry = await one("d");
    assert.ok(entry.type === "directory");
    assert.deepEqual([entry.mode, entry.times], [0o755, undefined]);
    const seen: Record<string, unknown> = {};
    for await (const child of entry.entries(context)) {
      assert.ok(child.type === "file");
      const opened = await child.open(context);
      assert.ok("body" in opened);
      seen[String(child.name)] = [opened.mode, opened.times];
    }
    const uploaded = [0o644, { mtimeMs: modified.getTime(), atimeMs: modified.getTime() }];
    assert.deepEqual(seen, {
      plain: uploaded,
      lustre: [0o640, { mtimeMs: 1595002920000, atimeMs: 1595002921 }],
      strange: uploaded,
    });
  });

  it("asks once for each file, and only when its turn comes", async () => {
    for (let index = 0; index < 20; index += 1) put(`d/f${index}`, "1");
    const entry = await one("d");
    assert.ok(entry.type === "directory");
    bench.fake.requests.length = 0;
    for await (const child of entry.entries(context)) if (child.type === "file") await child.open(context);
    const operations = bench.fake.requests.map(({ operation }) => operation);
    assert.deepEqual(operations, ["ListObjectsV2", ...Array.from({ length: 20 }, () => "GetObject")]);
  });

  it("reports what may not be read, and goes on", async () => {
    put("d/open/f", "1");
    put("d/closed/f", "1");
    bench.fake.fault = ({ key }) => (key.startsWith("d/closed") ? { status: 403, code: "AccessDenied" } : undefined);
    assert.deepEqual(await tree(await one("d")), ["d/", "d/closed: EACCES", "d/open/", "d/open/f"]);
  });

  it("says what is wrong with an object that cannot be opened", async () => {
    put("f", "1");
    const entry = await one("f");
    bench.fake.fault = () => ({ status: 403, code: "InvalidObjectState" });
    await assert.rejects(
      async () => entry.type === "file" && entry.open(context),
      (error) => error instanceof ScpS3Error && error.code === "archived",
    );
  });

  it("rejects a request that is cut with the reason", async () => {
    put("f", "1");
    const entry = await one("f");
    const cut = new AbortController();
    const reason = new Error("Cancelled");
    bench.fake.fault = async () => {
      cut.abort(reason);
      return undefined;
    };
    await assert.rejects(async () => entry.type === "file" && entry.open({ path: "f", signal: cut.signal }), reason);
  });
});
