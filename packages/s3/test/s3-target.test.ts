import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { createName } from "@scpkit/codec";
import { placeEntry, type ScpEntryInfo, type ScpTarget } from "@scpkit/sink";
import { createS3Target, ScpS3Error } from "../src/index.ts";
import { type Bench, startBench } from "./support/fake-fixture.ts";
import { createClient } from "./support/s3-client.ts";

let bench: Bench;
before(async () => {
  bench = await startBench();
});
beforeEach(() => {
  bench.fake.objects.clear();
  bench.fake.uploads.clear();
  bench.fake.requests.length = 0;
  bench.fake.fault = undefined;
});
after(() => bench.close());

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const keys = () => [...bench.fake.objects.keys()].sort();
const operations = () => bench.fake.requests.map(({ operation }) => operation);

function info(name: string | Uint8Array, size: number, more: Partial<ScpEntryInfo> = {}): ScpEntryInfo {
  return { type: "file", name: createName(name), mode: 0o644, size, depth: 0, ...more };
}

async function open(target: ScpTarget, name: string, size: number, signal = new AbortController().signal) {
  const placed = placeEntry(target, info(name, size), { path: name, signal });
  const writer = (await target.file(placed.entry, placed.context)).getWriter();
  writer.closed.catch(() => {});
  return writer;
}

async function store(target: ScpTarget, name: string, body: Uint8Array | string): Promise<void> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const writer = await open(target, name, bytes.byteLength);
  if (bytes.byteLength > 0) await writer.write(bytes);
  await writer.close();
}

async function enter(target: ScpTarget, name: string): Promise<ScpTarget> {
  const directory = info(name, 0, { type: "directory", mode: 0o750 });
  const { entry, context } = placeEntry(target, directory, { path: name, signal: new AbortController().signal });
  const inner = await target.directory?.(entry, context);
  assert.ok(inner);
  return inner;
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ScpS3Error, `${error} is no ScpS3Error`);
    assert.equal(error.code, expected);
    return true;
  };
}

describe("where a path leads", () => {
  const stored: readonly (readonly [path: string, key: string])[] = [
    ["", "users/ada/f"],
    ["/", "users/ada/f"],
    ["new", "users/ada/new"],
    ["/new", "users/ada/new"],
    ["new/", "users/ada/new/f"],
    ["there", "users/ada/there/f"],
    ["there/../x/./y", "users/ada/x/y"],
    ["there/..", "users/ada/f"],
    ["old", "users/ada/old"],
    ["..x/...", "users/ada/..x/..."],
  ];
  for (const [path, key] of stored) {
    it(`stores a file sent to ${JSON.stringify(path)} as ${key}`, async () => {
      const others = await bench.target("");
      await store(others, "users/ada/there/file".replaceAll("/", "-"), "not in the way");
      await store(await bench.target("users/ada/there/file"), "any", "1");
      await store(await bench.target("users/ada/old"), "any", "1");
      const before = keys();
      await store(await bench.target(path, { root: "users/ada" }), "f", "hello");
      assert.equal(text(bench.fake.objects.get(key)?.body), "hello");
      assert.deepEqual(keys(), [...new Set([...before, key])].sort());
    });
  }

  for (const path of ["..", "../bob", "/..", "a/../../bob/f", "a/../..", "../ada"]) {
    it(`refuses ${JSON.stringify(path)}, without a request`, async () => {
      await assert.rejects(bench.target(path, { root: "users/ada" }), code("outside-root"));
      assert.deepEqual(operations(), []);
    });
  }

  it("refuses a root that could mean another", async () => {
    await assert.rejects(bench.target("f", { root: "users/../admin" }), TypeError);
  });

  it("does not take a key beside the root for one below it", async () => {
    await store(await bench.target("users/adam/f"), "any", "1");
    await assert.rejects(bench.target("m", { root: "users/ada", targetIsDirectory: true }), code("ENOENT"));
  });

  it("tells a file and nothing from a directory, where it must be one", async () => {
    await store(await bench.target("file"), "any", "1");
    await assert.rejects(bench.target("file", { targetIsDirectory: true }), code("ENOTDIR"));
    await assert.rejects(bench.target("none", { targetIsDirectory: true }), code("ENOENT"));
    await assert.rejects(bench.target("none/", { targetIsDirectory: true }), code("ENOENT"));
    await bench.target("", { targetIsDirectory: true, root: "empty" });
  });

  it("stores a directory as the path itself, but not in place of a file", async () => {
    const inner = await enter(await bench.target("site"), "d");
    await store(inner, "index.html", "hi");
    await inner.close?.();
    assert.deepEqual(keys(), ["site/", "site/index.html"]);
    assert.equal(bench.fake.objects.get("site/")?.metadata["file-permissions"], "0040750");
    await store(await bench.target("file"), "any", "1");
    const onFile = await bench.target("file");
    await assert.rejects(async () => enter(onFile, "d"), code("ENOTDIR"));
  });

  it("writes no markers where there are to be none", async () => {
    const context = { path: "d", signal: new AbortController().signal };
    const target = await bench.target("", { directoryMarkers: false });
    const inner = await target.directory?.(info("d", 0, { type: "directory" }), context);
    await inner?.close?.();
    assert.deepEqual(keys(), []);
  });
});

describe("names", () => {
  it("refuses those that cannot be keys, before anything is sent", async () => {
    const target = await bench.target("");
    const context = { path: "x", signal: new AbortController().signal };
    bench.fake.requests.length = 0;
    for (const name of [new Uint8Array([0xff, 0x61]), "..", "a/b", "a\0b"]) {
      await assert.rejects(async () => target.file(info(name, 1), context), code("name-not-storable"));
    }
    await assert.rejects(async () => target.file(info("é".repeat(512), 1), context), code("ENAMETOOLONG"));
    assert.deepEqual(operations(), []);
  });

  it("escapes in messages what a terminal would obey", async () => {
    const target = await bench.target("");
    bench.fake.fault = () => ({ status: 403, code: "AccessDenied" });
    await assert.rejects(store(target, "a\u001b[2Jb", "1"), ({ message }: Error) => {
      assert.doesNotMatch(message, /\u001b/);
      assert.match(message, /: Permission denied$/);
      return true;
    });
  });
});

describe("bodies", () => {
  const options = { partBytes: 1000, partsInFlight: 2 };

  it("puts a body of exactly one part in one request, and a byte more in two parts", async () => {
    const target = await bench.target("", options);
    bench.fake.requests.length = 0;
    await store(target, "one", new Uint8Array(1000));
    assert.deepEqual(operations(), ["PutObject"]);
    bench.fake.requests.length = 0;
    await store(target, "two", new Uint8Array(1001));
    assert.deepEqual(operations().sort(), [
      "CompleteMultipartUpload",
      "CreateMultipartUpload",
      "UploadPart",
      "UploadPart",
    ]);
  });

  it("cuts large bodies into no more parts than S3 takes", async () => {
    const target = await bench.target("", { partBytes: 1 });
    const writer = await open(target, "large", 35_000);
    await writer.write(new Uint8Array(9));
    await writer.close();
    assert.equal(operations().filter((one) => one === "UploadPart").length, 3);
  });

  it("has no more parts under way than it may, and holds the writer back meanwhile", async () => {
    const target = await bench.target("", options);
    let release: () => void = () => {};
    const held = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    let arrived = 0;
    let both: () => void = () => {};
    const twoArrived = new Promise<void>((resolve) => {
      both = resolve;
    });
    bench.fake.fault = ({ operation }) => {
      if (operation !== "UploadPart") return undefined;
      arrived += 1;
      if (arrived === 2) both();
      return held;
    };
    const writer = await open(target, "large", 10_000);
    const writing = writer.write(new Uint8Array(10_000));
    await twoArrived;
    const soon = new Promise<string>((resolve) => setImmediate(() => resolve("held")));
    assert.equal(await Promise.race([writing.then(() => "written"), soon]), "held");
    assert.equal(arrived, 2);
    release();
    await writing;
    await writer.close();
    assert.equal(bench.fake.objects.get("large")?.body.byteLength, 10_000);
  });

  it("leaves no parts when it is aborted while some are under way", async () => {
    const target = await bench.target("", options);
    const cut = new AbortController();
    const reason = new Error("The connection is lost");
    bench.fake.fault = ({ operation }) => {
      if (operation !== "UploadPart") return undefined;
      cut.abort(reason);
      return new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 20));
    };
    const writer = await open(target, "large", 10_000, cut.signal);
    await assert.rejects(writer.write(new Uint8Array(10_000)), reason);
    await writer.abort(reason).catch(() => {});
    assert.equal(bench.fake.uploads.size, 0);
    assert.deepEqual(keys(), []);
    assert.ok(operations().includes("AbortMultipartUpload"));
  });

  for (const failing of ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]) {
    it(`leaves nothing when ${failing} fails, and says why`, async () => {
      const target = await bench.target("", options);
      bench.fake.fault = ({ operation }) =>
        operation === failing ? { status: 403, code: "QuotaExceeded" } : undefined;
      await assert.rejects(store(target, "large", new Uint8Array(10_000)), code("EDQUOT"));
      assert.equal(bench.fake.uploads.size, 0);
      assert.deepEqual(keys(), []);
    });
  }

  it("ends an upload again while a part that was on its way turns up", async () => {
    const target = await bench.target("", options);
    let ended = 0;
    bench.fake.fault = ({ operation }) => {
      if (operation !== "AbortMultipartUpload") return undefined;
      ended += 1;
      // The storage says that it is done, and a part arrives afterwards.
      return ended === 1 ? { status: 204, code: "" } : undefined;
    };
    const writer = await open(target, "large", 10_000);
    await writer.write(new Uint8Array(3000));
    await writer.abort();
    assert.equal(ended, 2);
    assert.equal(bench.fake.uploads.size, 0);
  });

  it("stores with the settings it was given", async () => {
    await store(await bench.target("", { settings: { ContentType: "text/plain" } }), "f", "1");
    assert.equal(bench.fake.objects.get("f")?.contentType, "text/plain");
  });

  it("keeps setuid, setgid and sticky only where it may", async () => {
    const modes: string[] = [];
    for (const given of [{}, { preserve: true }, { preserve: true, allowSpecialBits: true }]) {
      const target = await bench.target("", given);
      const writable = await target.file(info("f", 0, { mode: 0o6755 }), {
        path: "f",
        signal: new AbortController().signal,
      });
      await writable.close();
      modes.push(bench.fake.objects.get("f")?.metadata["file-permissions"] ?? "");
    }
    assert.deepEqual(modes, ["0100755", "0100755", "0106755"]);
  });
});

describe("errors", () => {
  const answers = [
    [403, "AccessDenied", "EACCES"],
    [403, "InvalidAccessKeyId", "EACCES"],
    [403, "SomethingNew", "EACCES"],
    [404, "NoSuchBucket", "no-such-bucket"],
    [400, "EntityTooLarge", "EFBIG"],
    [400, "KeyTooLongError", "ENAMETOOLONG"],
    [403, "QuotaExceeded", "EDQUOT"],
    [507, "XMinioStorageFull", "ENOSPC"],
    [503, "SlowDown", "unavailable"],
    [400, "MalformedXML", "refused"],
  ] as const;
  for (const [status, said, expected] of answers) {
    it(`${said} is ${expected}`, async () => {
      const target = await bench.target("");
      bench.fake.fault = () => ({ status, code: said });
      await assert.rejects(store(target, "f", "1"), (error) => {
        code(expected)(error);
        assert.ok(error instanceof ScpS3Error);
        assert.equal(error.status, status);
        assert.equal(error.path, "f");
        return true;
      });
    });
  }

  it("a storage that is not there is unavailable", async () => {
    const client = createClient("http://127.0.0.1:1");
    await assert.rejects(createS3Target("", { client, bucket: "b" }), code("unavailable"));
    client.destroy();
  });

  it("a bucket that is not there is told before anything arrives", async () => {
    await assert.rejects(bench.target("", { bucket: "other" }), code("no-such-bucket"));
  });

  it("asks for sensible sizes", async () => {
    await assert.rejects(bench.target("", { partBytes: 0 }), TypeError);
    await assert.rejects(bench.target("", { partsInFlight: 1.5 }), TypeError);
  });
});
