import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { faultyTarget, ScpFault } from "@scpkit/conformance";
import { createChannelPair } from "@scpkit/core";
import { createFsTarget, walk } from "@scpkit/fs";
import {
  type ScpPolicy,
  ScpRefusalError,
  tee,
  withAuditLog,
  withBandwidthLimit,
  withChecksum,
  withMaxSize,
  withNamePattern,
  withPolicy,
  withQuota,
  withScan,
  withSourceAuditLog,
  withSourceBandwidthLimit,
  withSourceChecksum,
  withSourceMaxSize,
  withSourceNamePattern,
  withSourcePolicy,
} from "@scpkit/middleware";
import { createS3Target, walkS3 } from "@scpkit/s3";
import { createScpServer } from "@scpkit/server";
import { receiveEntries, type ScpTarget } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { type ScpEntries, type ScpEntry, sendEntries } from "@scpkit/source";
import { isAuthorizedKey, startSshServer } from "@scpkit/ssh2/server";
import { isMissing } from "@scpkit/test-support/programs";
import { run } from "../src/program.ts";
import { hasSwift, type Swift, startSwift } from "../src/swift.ts";
import { describeServer, makeWorkplace } from "../src/workplace.ts";

/** A storage that holds `dir/kept` and `secret/x.txt`, five bytes each. */
interface Storage {
  target(path: string, targetIsDirectory?: boolean): Promise<ScpTarget>;
  entries(path: string): ScpEntries;
  /** Paths of all files. */
  files(): Promise<readonly string[]>;
}

const held = ["dir/kept", "secret/x.txt"];
const bytes = new TextEncoder().encode("hello");
const bucket = "scpkit-destination";
let swift: Swift | undefined;
let client: S3Client;
let roots = 0;

before(async () => {
  if (!hasSwift()) return;
  swift = await startSwift();
  client = swift.client();
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
after(() => swift?.close());

const storages: Record<string, (t: TestContext) => Promise<Storage | undefined>> = {
  async memory() {
    const stored = createMemoryTarget();
    await transfer([directory("dir", [file("kept")]), directory("secret", [file("x.txt")])], stored);
    return {
      target: (path, targetIsDirectory) => stored.at(path, { targetIsDirectory }),
      entries: (path) => [fromMemory(stored, path)],
      files: async () => [...stored.entries].filter(([, { type }]) => type === "file").map(([path]) => path),
    };
  },
  async fs(t) {
    const root = makeWorkplace(t).remote;
    for (const path of held) {
      mkdirSync(join(root, path, ".."));
      writeFileSync(join(root, path), bytes);
    }
    return {
      target: (path, targetIsDirectory) => createFsTarget(path, { root, targetIsDirectory }),
      entries: (path) => walk(path, { root, recursive: true }),
      async files() {
        const found = readdirSync(root, { recursive: true, withFileTypes: true });
        return found
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
      },
    };
  },
  async s3(t) {
    if (swift === undefined) {
      t.skip("peer missing: swift");
      return undefined;
    }
    roots += 1;
    const root = `root${roots}`;
    const location = { client, bucket, root };
    for (const path of held) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${root}/${path}`, Body: bytes }));
    }
    return {
      target: (path, targetIsDirectory) => createS3Target(path, { ...location, targetIsDirectory }),
      entries: (path) => walkS3(path, { ...location, recursive: true }),
      async files() {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${root}/` }));
        return Contents.map(({ Key = "" }) => Key.slice(root.length + 1)).filter((key) => !key.endsWith("/"));
      },
    };
  },
};

/** What a wrapper reports of the entries that it decides about: their paths, or their names. */
type Seen = { readonly paths: string[] } | { readonly names: string[] } | undefined;

const allow = (seen: { readonly paths: string[] }): ScpPolicy => {
  return ({ path, name }) => {
    seen.paths.push(path);
    assert.equal(name.text, path.slice(path.lastIndexOf("/") + 1));
    return { type: "allow" };
  };
};

const pathsOf = (lines: readonly string[], event: string): string[] =>
  lines.map((line) => JSON.parse(line)).flatMap((line) => (line.event === event ? [line.path] : []));

const wrappers: Record<string, (target: ScpTarget) => { readonly target: ScpTarget; seen(): Seen }> = {
  withPolicy(inner) {
    const paths: string[] = [];
    return { target: withPolicy(inner, allow({ paths })), seen: () => ({ paths }) };
  },
  withNamePattern(inner) {
    const names: string[] = [];
    const test = (name: string): boolean => names.push(name) > 0;
    return { target: withNamePattern(inner, { files: test, directories: test }), seen: () => ({ names }) };
  },
  withQuota(inner) {
    const paths: string[] = [];
    const target = withQuota(inner, {
      reserve({ name }, { path }) {
        assert.equal(name.text, path.slice(path.lastIndexOf("/") + 1));
        paths.push(path);
        return { release() {} };
      },
    });
    return { target, seen: () => ({ paths }) };
  },
  withScan(inner) {
    const paths: string[] = [];
    const target = withScan(inner, ({ path, entry, body }) => {
      assert.equal(entry.name.text, path.slice(path.lastIndexOf("/") + 1));
      paths.push(path);
      void body.cancel();
      return { type: "accept" };
    });
    return { target, seen: () => ({ paths }) };
  },
  withChecksum(inner) {
    const paths: string[] = [];
    const onChecksum = ({ path }: { readonly path: string }): void => void paths.push(path);
    const target = withChecksum(inner, { createHash: () => createHash("sha256"), onChecksum });
    return { target, seen: () => ({ paths }) };
  },
  withAuditLog(inner) {
    const lines: string[] = [];
    return {
      target: withAuditLog(inner, { write: (line) => lines.push(line) }),
      seen: () => ({ paths: pathsOf(lines, "offered") }),
    };
  },
  withMaxSize: (inner) => ({ target: withMaxSize(inner, 100), seen: () => undefined }),
  withBandwidthLimit: (inner) => ({ target: withBandwidthLimit(inner, 1e9), seen: () => undefined }),
  tee: (inner) => ({ target: tee(inner, createMemoryTarget()), seen: () => undefined }),
  faultyTarget: (inner) => ({ target: faultyTarget(inner, new ScpFault({ at: 1000 })), seen: () => undefined }),
};

const sourceWrappers: Record<string, (entries: ScpEntries) => { readonly entries: ScpEntries; seen(): Seen }> = {
  withSourcePolicy(inner) {
    const paths: string[] = [];
    return { entries: withSourcePolicy(inner, allow({ paths })), seen: () => ({ paths }) };
  },
  withSourceNamePattern(inner) {
    const names: string[] = [];
    const test = (name: string): boolean => names.push(name) > 0;
    return { entries: withSourceNamePattern(inner, { files: test, directories: test }), seen: () => ({ names }) };
  },
  withSourceChecksum(inner) {
    const paths: string[] = [];
    const onChecksum = ({ path }: { readonly path: string }): void => void paths.push(path);
    const entries = withSourceChecksum(inner, { createHash: () => createHash("sha256"), onChecksum });
    return { entries, seen: () => ({ paths }) };
  },
  withSourceAuditLog(inner) {
    const lines: string[] = [];
    return {
      entries: withSourceAuditLog(inner, { write: (line) => lines.push(line) }),
      seen: () => ({ paths: pathsOf(lines, "offered") }),
    };
  },
  withSourceMaxSize: (inner) => ({ entries: withSourceMaxSize(inner, 100), seen: () => undefined }),
  withSourceBandwidthLimit: (inner) => ({ entries: withSourceBandwidthLimit(inner, 1e9), seen: () => undefined }),
};

/** What is sent to which path, and the files that come of it. */
const uploads: readonly [path: string, entry: ScpEntry, files: readonly string[], targetIsDirectory?: boolean][] = [
  ["/shell.php", file("ok.txt"), ["shell.php"]],
  ["dir/shell.php", file("ok.txt"), ["dir/shell.php"]],
  ["./dir//shell.php", file("ok.txt"), ["dir/shell.php"]],
  ["dir/kept", file("ok.txt"), ["dir/kept"]],
  ["dir", file("ok.txt"), ["dir/ok.txt"]],
  ["dir/", file("ok.txt"), ["dir/ok.txt"]],
  ["dir", file("ok.txt"), ["dir/ok.txt"], true],
  [".", file("ok.txt"), ["ok.txt"]],
  ["", file("ok.txt"), ["ok.txt"]],
  [".ssh", directory("abc", [file("ok.txt"), directory("d", [file("ok.txt")])]), [".ssh/ok.txt", ".ssh/d/ok.txt"]],
  ["dir", directory("abc", [file("ok.txt")]), ["dir/abc/ok.txt"]],
];

for (const [storage, open] of Object.entries(storages)) {
  describe(`an upload to ${storage} is decided about under the path that is stored`, () => {
    for (const [wrapper, wrap] of Object.entries(wrappers)) {
      it(`by ${wrapper}`, async (t) => {
        for (const [path, entry, files, targetIsDirectory] of uploads) {
          const stored = await open(t);
          if (stored === undefined) return;
          const { target, seen } = wrap(await stored.target(path, targetIsDirectory));
          await transfer([entry], target);
          const about = `${path} ${entry.name}`;
          assert.deepEqual([...(await stored.files())].sort(), [...new Set([...held, ...files])].sort(), about);
          expectSeen(seen(), files, about);
        }
      });
    }

    it("and a rename changes the name that is stored", async (t) => {
      for (const [path, entry, above] of [
        ["/shell.php", file("ok.txt"), ""],
        ["dir/shell.php", file("ok.txt"), "dir/"],
        ["dir", file("ok.txt"), "dir/"],
        [".ssh", directory("abc", [file("below")]), ""],
      ] as const) {
        const stored = await open(t);
        if (stored === undefined) return;
        const lines: string[] = [];
        const inner = withAuditLog(await stored.target(path), { write: (line) => lines.push(line) });
        const policy: ScpPolicy = ({ name }) =>
          name.text === "below" ? { type: "allow" } : { type: "rename", name: "safe" };
        await transfer([entry], withPolicy(inner, policy));
        const file = entry.type === "file" ? `${above}safe` : `${above}safe/below`;
        assert.deepEqual([...(await stored.files())].sort(), [...held, file].sort(), path);
        assert.deepEqual(pathsOf(lines, "stored"), [file]);
      }
    });
  });

  describe(`a download from ${storage} is decided about under the path that is read`, () => {
    for (const [wrapper, wrap] of Object.entries(sourceWrappers)) {
      it(`by ${wrapper}`, async (t) => {
        for (const [path, arriving] of [
          ["secret/x.txt", "x.txt"],
          ["/./secret//x.txt", "x.txt"],
          ["secret", "secret/x.txt"],
          ["dir/../secret/", "secret/x.txt"],
        ] as const) {
          const stored = await open(t);
          if (stored === undefined) return;
          const { entries, seen } = wrap(stored.entries(path));
          const arrived = createMemoryTarget();
          await transfer(entries, arrived);
          assert.ok(arrived.entries.has(arriving), [...arrived.entries.keys()].join());
          expectSeen(seen(), ["secret/x.txt"], path);
        }
      });
    }

    it("and a rename changes the name that is sent, not what is decided about below", async (t) => {
      const stored = await open(t);
      if (stored === undefined) return;
      const paths: string[] = [];
      const renamed = withSourcePolicy(stored.entries("secret"), ({ path, name }) => {
        paths.push(path);
        return name.text === "secret" ? { type: "rename", name: "public" } : { type: "allow" };
      });
      const arrived = createMemoryTarget();
      await transfer(renamed, arrived);
      assert.deepEqual([...arrived.entries.keys()], ["public", "public/x.txt"]);
      assert.deepEqual(paths, ["secret", "secret/x.txt"]);
    });
  });
}

it("a symbolic link inside the root is decided about under the path that it leads to", async (t) => {
  const root = makeWorkplace(t).remote;
  mkdirSync(join(root, "secret"));
  mkdirSync(join(root, "pub"));
  writeFileSync(join(root, "secret/key"), bytes);
  symlinkSync("../secret/key", join(root, "pub/a.txt"));
  symlinkSync("../secret", join(root, "pub/all"));
  symlinkSync("secret", join(root, "door"));
  for (const path of ["pub", "pub/a.txt", "pub/all/key", "door/key", "door"]) {
    const asked: string[] = [];
    const names: string[] = [];
    const guarded = withSourceNamePattern(
      withSourcePolicy(walk(path, { root, recursive: true }), (entry) => {
        asked.push(entry.path);
        return /^secret(\/|$)/.test(entry.path) ? { type: "skip", reason: "secret" } : { type: "allow" };
      }),
      { files: (name) => names.push(name) > 0 },
    );
    const arrived = createMemoryTarget();
    await assert.rejects(transfer(guarded, arrived));
    assert.ok(
      [...arrived.entries.values()].every(({ bytes }) => bytes.length === 0),
      path,
    );
    assert.ok(
      asked.some((one) => one.startsWith("secret")),
      asked.join(),
    );
    assert.ok(
      names.every((name) => name === "key"),
      names.join(),
    );
  }
});

it("scp cannot store a name past a pattern, nor read past a policy, by the path of its command", async (t) => {
  if (isMissing(t, "ssh", "scp")) return;
  const place = makeWorkplace(t);
  const root = place.remote;
  mkdirSync(join(root, "private"));
  writeFileSync(join(root, "private/key"), "SECRET");
  writeFileSync(join(root, "taken.txt"), "precious");
  writeFileSync(join(place.local, "ok.txt"), "contents");
  const scp = createScpServer({
    target: async ({ command: { targetIsDirectory } }, path) =>
      withNamePattern(await createFsTarget(path, { root, targetIsDirectory }), { files: /\.txt$/ }),
    entries: ({ command: { recursive } }, path) => walk(path, { root, recursive }),
    policy({ path, type }) {
      if (/^private(\/|$)/.test(path)) return { type: "skip", reason: "private" };
      if (path === "taken.txt") return { type: "rename", name: "taken-1.txt" };
      if (type === "file" && path.endsWith(".exe")) throw new ScpRefusalError("policy", "no programs");
      return { type: "allow" };
    },
  });
  const server = await startSshServer({
    hostKeys: [place.hostKey.privateKey],
    authenticate: (attempt) =>
      attempt.method === "publickey" && isAuthorizedKey(attempt.publicKey, place.clientKey.publicKey) ? {} : undefined,
    exec: ({ command, connection }) => scp.handler(command, { connection }),
  });
  t.after(() => server.close({ deadlineMs: 0 }));
  const { options } = describeServer(place, { port: server.port, username: "ann", path: (path) => `/${path}` });
  const ok = join(place.local, "ok.txt");
  const copy = async (...operands: string[]) => run(t, "scp", ["-O", "-r", ...options, ...operands]);

  const refused = await copy(ok, "peer:/shell.php");
  assert.match(refused.stderr, /This name is not allowed here/);
  assert.match((await copy(ok, "peer:private/new.txt")).stderr, /private/);
  assert.match((await copy(ok, "peer:private")).stderr, /private/);
  assert.equal((await copy(ok, "peer:taken.txt")).code, 0);
  assert.equal((await copy(ok, "peer:report.txt")).code, 0);
  for (const path of ["private/key", "private", "./private//key", "report.txt/../private"]) {
    assert.notEqual((await copy(`peer:${path}`, place.local)).code, 0, path);
  }
  assert.deepEqual(readdirSync(root).sort(), ["private", "report.txt", "taken-1.txt", "taken.txt"]);
  assert.deepEqual(readdirSync(join(root, "private")), ["key"]);
  assert.equal(readFileSync(join(root, "taken.txt"), "utf8"), "precious");
  assert.deepEqual(readdirSync(place.local), ["ok.txt"]);
});

function file(name: string, path?: string): ScpEntry {
  return { type: "file", path, name, mode: 0o644, size: bytes.byteLength, open: () => bytes };
}

function directory(name: string, entries: readonly ScpEntry[], path?: string): ScpEntry {
  return { type: "directory", path, name, mode: 0o755, entries: () => entries };
}

/** `stored` under a normalized form of `path`, as a handler of a server would give it. */
function fromMemory({ entries }: ReturnType<typeof createMemoryTarget>, path: string): ScpEntry {
  const at = new URL(path, "file:///").pathname.replace(/\/+/g, "/").replace(/^\/|\/$/g, "");
  const name = at.slice(at.lastIndexOf("/") + 1);
  if (entries.get(at)?.type === "file") return file(name, at);
  const below = [...entries.keys()].filter((key) => key.startsWith(`${at}/`));
  return directory(
    name,
    below.map((key) => file(key.slice(at.length + 1))),
    at,
  );
}

async function transfer(entries: ScpEntries, target: ScpTarget): Promise<void> {
  const [here, there] = createChannelPair();
  const ends = await Promise.allSettled([sendEntries(here, entries), receiveEntries(there, target)]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Of the files. Wrappers that see directories too report those as well. */
function expectSeen(seen: Seen, files: readonly string[], about: string): void {
  if (seen === undefined) return;
  const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  const [found, expected] = "paths" in seen ? [seen.paths, files] : [seen.names, files.map(nameOf)];
  for (const one of expected) assert.ok(found.includes(one), `${about}: ${one} is not among ${found}`);
  const known = files.flatMap((path) => path.split("/").map((_, index, all) => all.slice(0, index + 1).join("/")));
  const knownHere = "paths" in seen ? known : known.map(nameOf);
  for (const one of found) assert.ok(knownHere.includes(one), `${about}: ${one} is not stored`);
}
