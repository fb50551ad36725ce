import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { createName } from "@scpkit/codec";
import { type ScpSourceNode, sourceSuite, targetSuite } from "@scpkit/conformance";
import { createS3Target, ScpS3Error, walkS3 } from "@scpkit/s3";
import { placeEntry, type ScpTarget } from "@scpkit/sink";
import { openssh } from "../src/clients.ts";
import { startS3Server } from "../src/s3-server.ts";
import { hasSwift, type Swift, startSwift } from "../src/swift.ts";
import { makeTree, snapshot } from "../src/tree.ts";
import { makeWorkplace } from "../src/workplace.ts";

const bucket = "scpkit-interop";
const installed = hasSwift();
let swift: Swift;
let client: S3Client;
let roots = 0;

before(async () => {
  if (!installed) return;
  swift = await startSwift();
  client = swift.client();
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
after(() => swift?.close());

/** A test against Swift. */
function itOnSwift(name: string, run: (t: Parameters<typeof makeWorkplace>[0]) => Promise<void>): void {
  it(name, async (t) => {
    if (installed) await run(t);
    else t.skip("peer missing: swift");
  });
}

function freshRoot(): string {
  roots += 1;
  return `case-${roots}`;
}

async function keysIn(prefix: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return Contents.map(({ Key = "" }) => Key.slice(prefix.length)).sort();
}

async function partsLeft(): Promise<number> {
  return (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;
}

const features = { modes: true, times: true };

describe("the target suite on OpenStack Swift", () => {
  const create = async () => {
    const root = freshRoot();
    const read = async (path: readonly string[]) => {
      const command = new GetObjectCommand({ Bucket: bucket, Key: [root, ...path].join("/") });
      const { Body } = await client.send(command).catch(() => ({ Body: undefined }));
      return Body?.transformToByteArray();
    };
    return {
      target: await createS3Target("", { client, bucket, root, preserve: true }),
      at: (path: string, { targetIsDirectory }: { readonly targetIsDirectory: boolean }) =>
        createS3Target(path, { client, bucket, root, targetIsDirectory }),
      read,
      async list(path: readonly string[]) {
        const keys = await keysIn(`${[root, ...path].join("/")}/`);
        return [...new Set(keys.filter((key) => key !== "").map((key) => key.replace(/\/.*/, "")))];
      },
      async stat(path: readonly string[]) {
        const key = [root, ...path].join("/");
        const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
        const { Metadata = {} } = await head(key).catch(() => head(`${key}/`));
        const mtime = Metadata["file-mtime"]?.replace(/000000ns$/, "");
        return {
          mode: Number.parseInt(Metadata["file-permissions"] ?? "", 8) & 0o7777,
          mtimeMs: mtime === undefined ? undefined : Number(mtime),
        };
      },
    };
  };
  // Hundreds of small files say more about Swift's speed than about the target; the fake storage has them.
  const cases = targetSuite({ create, features: { ...features, refusesBadNames: true } });
  for (const { name, run } of cases.filter(({ name }) => !name.startsWith("many files"))) itOnSwift(name, run);
});

describe("the source suite on OpenStack Swift", () => {
  const put = async (key: string, node: ScpSourceNode): Promise<void> => {
    const typeBits = node.type === "file" ? 0o100000 : 0o40000;
    const mode = typeBits | (node.mode ?? (node.type === "file" ? 0o644 : 0o755));
    const mtime = node.mtimeMs === undefined ? {} : { "file-mtime": `${node.mtimeMs}000000ns` };
    const Metadata = { "file-permissions": mode.toString(8), ...mtime };
    const Key = node.type === "file" ? key : `${key}/`;
    const Body = node.type === "file" ? node.bytes : new Uint8Array();
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, Metadata }));
    if (node.type === "file") return;
    const children = Object.entries(node.children);
    while (children.length > 0) {
      await Promise.all(children.splice(0, 25).map(([name, child]) => put(`${key}/${name}`, child)));
    }
  };
  const create = async (name: string, node: ScpSourceNode) => {
    const root = freshRoot();
    await put(`${root}/${name}`, node);
    const options = { client, bucket, root, recursive: true };
    return { entries: walkS3(name, options), missing: walkS3("none", options) };
  };
  for (const { name, run } of sourceSuite({ create, features })) itOnSwift(name, run);
});

async function openFile(target: ScpTarget, name: string, size: number) {
  const entry = { type: "file", name: createName(name), mode: 0o644, size, depth: 0 } as const;
  const placed = placeEntry(target, entry, { path: name, signal: new AbortController().signal });
  return (await target.file(placed.entry, placed.context)).getWriter();
}

describe("a target on OpenStack Swift", () => {
  itOnSwift("uploads in parts, and leaves none of them when it is aborted", async () => {
    const root = freshRoot();
    const target = await createS3Target("", { client, bucket, root, partBytes: 5 * 1024 * 1024 });
    const body = new Uint8Array(12_000_000).map((_, index) => index * 7 + (index >> 10));
    for (const end of ["close", "abort"] as const) {
      const writer = await openFile(target, end, body.byteLength);
      for (let from = 0; from < body.byteLength; from += 1_000_000)
        await writer.write(body.subarray(from, from + 1_000_000));
      await writer[end]();
    }
    assert.deepEqual(await keysIn(`${root}/`), ["close"]);
    assert.equal(await partsLeft(), 0);
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${root}/close` }));
    assert.deepEqual(await Body?.transformToByteArray(), body);
  });

  itOnSwift("tells a user without rights, a bucket that is not there and a wrong secret", async () => {
    const denied = (error: unknown) => error instanceof ScpS3Error && error.code === "EACCES" && error.status === 403;
    await assert.rejects(createS3Target("", { client: swift.client("guest"), bucket }), denied);
    const missing = (error: unknown) => error instanceof ScpS3Error && error.code === "no-such-bucket";
    await assert.rejects(createS3Target("", { client, bucket: "scpkit-missing" }), missing);
  });
});

describe("a server in front of a bucket of OpenStack Swift", () => {
  itOnSwift("scp -O -rp goes up through one server and down through another, with modes and times", async (t) => {
    if (openssh.missing(t)) return;
    const place = makeWorkplace(t);
    makeTree(join(place.local, "tree"));
    const [first, second] = [
      await startS3Server(t, place, { client, bucket }),
      await startS3Server(t, place, { client: swift.client(), bucket }),
    ];
    assert.deepEqual(await openssh.put(t, first, join(place.local, "tree"), ""), { code: 0, stdout: "", stderr: "" });
    assert.ok((await keysIn("users/ann/")).includes("tree/sub/deep/odd"));
    const back = join(place.local, "back");
    mkdirSync(back);
    assert.deepEqual(await openssh.get(t, second, "tree", back), { code: 0, stdout: "", stderr: "" });
    const options = { modes: true, times: true };
    assert.deepEqual(snapshot(join(back, "tree"), options), snapshot(join(place.local, "tree"), options));
  });

  itOnSwift("scp hears of what the quota leaves out and of what is not there", async (t) => {
    if (openssh.missing(t)) return;
    const place = makeWorkplace(t);
    const server = await startS3Server(t, place, { client, bucket, maxBytes: 10_000 });
    const folder = join(place.local, "some");
    mkdirSync(folder);
    writeFileSync(join(folder, "large"), new Uint8Array(20_000));
    writeFileSync(join(folder, "small"), "fits");
    const up = await openssh.put(t, server, folder, "");
    assert.equal(up.code, 1);
    assert.match(up.stderr, /some\/large: Disk quota exceeded/);
    assert.deepEqual((await keysIn("users/ann/some/")).sort(), ["", "small"]);
    const down = await openssh.get(t, server, "some/small", join(place.local, "small"));
    assert.deepEqual([down.code, readFileSync(join(place.local, "small"), "utf8")], [0, "fits"]);
    const none = await openssh.get(t, server, "../bob", place.local);
    assert.match(none.stderr, /bob: Permission denied/);
    assert.match((await openssh.get(t, server, "none", place.local)).stderr, /none: No such file or directory/);
  });
});
