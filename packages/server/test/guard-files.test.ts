import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createName } from "@scpkit/codec";
import { ScpFatalError } from "@scpkit/core";
import { type ScpPolicyDecision, type ScpPolicyEntry, ScpRefusalError } from "@scpkit/middleware";
import { guardFiles } from "../src/winscp/guard-files.ts";
import { type ScpShellFiles, serveWinscpShell } from "../src/winscp.ts";
import { MemoryFiles } from "./support/memory-files.ts";
import { ScriptedClient } from "./support/scripted-client.ts";
import { createSessionPair } from "./support/session-pair.ts";

const signal = new AbortController().signal;

function makeFiles(): MemoryFiles {
  const files = new MemoryFiles();
  for (const path of ["/dir", "/private", "/dir/sub"]) files.makeDirectory(path);
  files.put("/a.csv", "12345");
  files.put("/dir/b.csv", "1");
  files.put("/dir/sub/c.csv", "1");
  files.put("/private/key", "SECRET");
  return files;
}

const noScripts = ({ path, type }: ScpPolicyEntry): ScpPolicyDecision => {
  if (/^private(\/|$)/.test(path)) return { type: "skip", reason: "private" };
  if (path === "end") return { type: "end", reason: "enough" };
  if (path.split("/").at(-1) === "taken") return { type: "rename", name: "taken-1" };
  return type === "file" && !path.endsWith(".csv") ? { type: "skip", reason: "only csv" } : { type: "allow" };
};

/** Runs commands in a shell under `policy`; resolves to the status of each and all that was written to standard error. */
async function shell(
  t: TestContext,
  files: MemoryFiles,
  policy: (entry: ScpPolicyEntry) => ScpPolicyDecision,
  commands: readonly string[],
): Promise<{ statuses: string[]; stderr: string }> {
  const pair = createSessionPair();
  const outcome = serveWinscpShell(pair.server, { files: () => files, policy, session: undefined });
  const client = new ScriptedClient(pair.client);
  const stderr = new Response(pair.client.stderr).text();
  const statuses: string[] = [];
  t.after(() => outcome);
  for (const command of commands) {
    client.send(`${command} ; echo "status:$?"\n`);
    await client.readThrough("status:");
    statuses.push((await client.readThrough("\n")).trim());
  }
  client.end();
  await outcome;
  return { statuses, stderr: await stderr };
}

test("mv, rm, mkdir and chmod do not pass a policy by", async (t) => {
  const files = makeFiles();
  const before = new Map(files.nodes);
  const { statuses, stderr } = await shell(t, files, noScripts, [
    "mv -f a.csv evil.sh",
    "mv -f a.csv private/a.csv",
    "mv -f a.csv private",
    "mv -f private dir",
    "mv -f private/key a.csv",
    "mv -f dir/../a.csv dir/../private/x.csv",
    "rm -f -r private",
    "rm -f -r dir/../private/key",
    "mkdir private/new",
    "chmod 777 private/key",
    "chmod -R 777 /",
    "mkdir end",
  ]);
  assert.deepEqual(
    statuses,
    statuses.map(() => "1"),
  );
  assert.deepEqual(files.nodes, before);
  assert.match(stderr, /^mv: .*: only csv$/m);
  assert.match(stderr, /^rm: private: private$/m);
  assert.match(stderr, /^mkdir: .*enough$/m);
});

test("what the policy allows is done, and a rename changes the path", async (t) => {
  const files = makeFiles();
  const { statuses } = await shell(t, files, noScripts, [
    "mv -f a.csv z.csv",
    "mkdir taken",
    "mv -f dir moved",
    "mv -f moved moved2/taken",
    "chmod 600 z.csv",
    "rm -f -r taken-1",
  ]);
  assert.deepEqual(statuses, ["0", "0", "0", "0", "0", "0"]);
  assert.deepEqual([...files.nodes.keys()].sort(), [
    "/",
    "/moved2/taken-1",
    "/moved2/taken-1/b.csv",
    "/moved2/taken-1/sub",
    "/moved2/taken-1/sub/c.csv",
    "/private",
    "/private/key",
    "/z.csv",
  ]);
  assert.equal(files.nodes.get("/z.csv")?.mode, 0o600);
});

test("a policy is asked about everything that a change touches, under the old and the new path", async () => {
  const asked: string[] = [];
  const guarded = guardFiles(
    makeFiles(),
    ({ direction, type, path, size, mode }) => {
      asked.push(`${direction} ${type} ${path} ${size} ${mode.toString(8)}`);
      return { type: "allow" };
    },
    signal,
  );
  await guarded.rename?.("/dir", "/moved");
  await guarded.setMode?.("/moved", 0o700, { recursive: false });
  await guarded.makeDirectory?.("/x/y");
  assert.deepEqual(asked, [
    "upload directory dir 0 755",
    "upload directory moved 0 755",
    "upload file dir/b.csv 1 644",
    "upload file moved/b.csv 1 644",
    "upload directory dir/sub 0 755",
    "upload directory moved/sub 0 755",
    "upload file dir/sub/c.csv 1 644",
    "upload file moved/sub/c.csv 1 644",
    "upload directory moved 0 700",
    "upload directory x/y 0 777",
  ]);
});

/** The files of {@link makeFiles}, with `entry` in `/dir`. */
function filesWith(entry: { readonly type: "file" | "directory"; readonly name: Uint8Array }): {
  readonly files: ScpShellFiles;
  readonly changes: string[];
} {
  const inner = makeFiles();
  inner.makeDirectory("/dir/\uFFFD");
  const changes: string[] = [];
  const files: ScpShellFiles = {
    stat: (path) => inner.stat(path),
    list: (path) => [
      ...inner.list(path),
      ...(path === "/dir"
        ? [{ type: entry.type, name: createName(entry.name), mode: 0o755, size: 0, mtimeMs: 0 }]
        : []),
    ],
    remove: (path) => void changes.push(`remove ${path}`),
    rename: (from, to) => void changes.push(`rename ${from} ${to}`),
    setMode: (path) => void changes.push(`setMode ${path}`),
  };
  return { files, changes };
}

test("a directory that no path can name is not changed: a policy cannot be asked about what it holds", async () => {
  const { files, changes } = filesWith({ type: "directory", name: Uint8Array.of(0xff) });
  const guarded = guardFiles(files, () => ({ type: "allow" }), signal);
  await assert.rejects(async () => guarded.remove?.("/dir"), ScpRefusalError);
  await assert.rejects(async () => guarded.rename?.("/dir", "/moved"), ScpRefusalError);
  await assert.rejects(async () => guarded.setMode?.("/dir", 0o777, { recursive: true }), ScpRefusalError);
  assert.deepEqual(changes, []);
  await guarded.setMode?.("/dir", 0o777, { recursive: false });
  assert.deepEqual(changes, ["setMode /dir"]);
});

test("a policy sees the bytes of a name that is not valid UTF-8", async () => {
  const { files, changes } = filesWith({ type: "file", name: Uint8Array.of(0xff) });
  const exactOnly = ({ name }: ScpPolicyEntry): ScpPolicyDecision =>
    name.exact ? { type: "allow" } : { type: "skip", reason: "not UTF-8" };
  const guarded = guardFiles(files, exactOnly, signal);
  await assert.rejects(async () => guarded.remove?.("/dir"), /not UTF-8/);
  await assert.rejects(async () => guarded.rename?.("/dir", "/moved"), /not UTF-8/);
  assert.deepEqual(changes, []);
});

test("a decision that cannot be carried out refuses the change", async () => {
  const files = makeFiles();
  const decisions: readonly ScpPolicyDecision[] = [
    { type: "rename", name: "other" },
    { type: "skip", reason: "no" },
    // @ts-expect-error a policy of plain JavaScript
    undefined,
  ];
  const before = new Map(files.nodes);
  for (const decision of decisions) {
    const guarded = guardFiles(files, () => decision, signal);
    await assert.rejects(async () => guarded.remove?.("/a.csv"));
    await assert.rejects(async () => guarded.setMode?.("/a.csv", 0o777, { recursive: false }));
    await assert.rejects(async () => guarded.rename?.("/a.csv", "/b.csv"));
  }
  const ending = guardFiles(files, () => ({ type: "end", reason: "enough" }), signal);
  await assert.rejects(async () => ending.makeDirectory?.("/new"), ScpFatalError);
  assert.deepEqual(files.nodes, before);
});

test("methods that are absent stay absent", () => {
  const files = makeFiles();
  const looking = { stat: files.stat.bind(files), list: files.list.bind(files) };
  const guarded = guardFiles(looking, () => ({ type: "allow" }), signal);
  assert.deepEqual(Object.keys(guarded), ["stat", "list"]);
});
