import assert from "node:assert/strict";
import { test } from "node:test";
import { ScpPeerError } from "@scpkit/codec";
import { ScpFatalError, ScpIncompleteError } from "@scpkit/core";
import { ScpRefusalError } from "@scpkit/middleware";
import { download } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { type ScpServeOptions, type ScpServeOutcome, serveCommand } from "../src/index.ts";
import { ScriptedClient } from "./support/scripted-client.ts";
import { createSessionPair, createTransport } from "./support/session-pair.ts";

function serve(
  command: string,
  options: ScpServeOptions,
): { client: ScriptedClient; outcome: Promise<ScpServeOutcome> } {
  const { server, client } = createSessionPair();
  return { client: new ScriptedClient(client), outcome: serveCommand(command, server, options) };
}

async function handled(outcome: Promise<ScpServeOutcome>): Promise<Extract<ScpServeOutcome, { handled: true }>> {
  const settled = await outcome;
  assert.ok(settled.handled);
  return settled;
}

test("a download sends nothing before the first acknowledgement, and ends without waiting for the client to close", async () => {
  const { client, outcome } = serve("scp -p -f a", {
    entries: () => [file("a", "hi", { times: { mtimeMs: 5000, atimeMs: 6000 } })],
  });
  client.send("\0");
  assert.equal(await client.readThrough("\n"), "T5 0 6 0\n");
  client.send("\0");
  assert.equal(await client.readThrough("\n"), "C0644 2 a\n");
  client.send("\0");
  assert.equal(await client.read(3), "hi\0");
  client.send("\0");
  assert.equal(await client.readAll(), "");
  const { exitCode, role, summary } = await handled(outcome);
  assert.equal(exitCode, 0);
  assert.equal(role, "source");
  assert.deepEqual(summary, { files: 1, directories: 0, bytes: 2, failures: [], failureCount: 0 });
});

test("downloads are off where no entries are given", async () => {
  const { client, outcome } = serve("scp -f a", { target: () => createMemoryTarget() });
  client.send("\0");
  assert.equal(await client.readAll(), "\x01scp: Downloads are not allowed here\n");
  const { exitCode, error } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpRefusalError && error.code === "download-off");
});

test("a missing path is reported under the path that was asked for, and the next one follows", async () => {
  const asked: [string, number][] = [];
  const { client, outcome } = serve("scp -f no/such 'b c'", {
    entries: (_, path, index) => {
      asked.push([path, index]);
      if (index === 0) throw Object.assign(new Error("/srv/secret/no/such"), { code: "ENOENT" });
      return [file("b c", "x")];
    },
  });
  client.send("\0");
  assert.equal(await client.readThrough("b c\n"), "\x01scp: no/such: No such file or directory\nC0644 1 b c\n");
  client.send("\0");
  await client.read(2);
  client.send("\0");
  assert.equal(await client.readAll(), "");
  const { exitCode, error, summary } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpIncompleteError);
  assert.equal(summary.files, 1);
  assert.deepEqual(asked, [
    ["no/such", 0],
    ["b c", 1],
  ]);
});

test("a directory that cannot be listed is told once, on the wire", async () => {
  const { client, outcome } = serve("scp -r -f d", {
    entries: () => [
      {
        ...directory("d", []),
        // biome-ignore lint/correctness/useYield: it fails before it has anything to give
        async *entries() {
          throw Object.assign(new Error("/srv/secret"), { code: "EACCES" });
        },
      },
    ],
  });
  client.send("\0\0\0");
  assert.equal(await client.readAll(), "D0755 0 d\n\x01scp: d: Permission denied\nE\n");
  assert.equal(await client.stderr(), "");
  assert.equal((await handled(outcome)).exitCode, 1);
});

test("a description that throws is in the outcome", async () => {
  const bug = new Error("describe");
  const { client, outcome } = serve("scp -f a", {
    entries: () => {
      throw new ScpFatalError("end");
    },
    describeError() {
      throw bug;
    },
  });
  client.send("\0");
  await client.readAll();
  assert.equal((await handled(outcome)).exitCode, 1);
});

test("an operand that fails is called what the client called it", async () => {
  const error = Object.assign(new Error("/srv/secret"), { code: "EACCES" });
  const { client, outcome } = serve("scp -f a/locked/ glob", {
    entries: (_, path) =>
      path === "glob" ? [{ type: "failed", name: "one", error }] : [{ type: "failed", name: "locked", error }],
  });
  client.send("\0");
  assert.equal(await client.readAll(), "\x01scp: a/locked/: Permission denied\n\x01scp: one: Permission denied\n");
  await outcome;
});

test("no path at all sends nothing and succeeds, as scp -f does", async () => {
  const { client, outcome } = serve("scp -f", { entries: () => [file("a", "x")] });
  client.send("\0");
  assert.equal(await client.readAll(), "");
  assert.equal((await handled(outcome)).exitCode, 0);
});

test("a listing that fails half way is reported under its path", async () => {
  const { client, outcome } = serve("scp -f p", {
    async *entries() {
      yield file("a", "x");
      throw new Error("EIO at /srv/secret");
    },
  });
  client.send("\0\0\0");
  assert.equal(await client.readAll(), "C0644 1 a\nx\0\x01scp: p: Server error\n");
  assert.equal((await handled(outcome)).exitCode, 1);
});

test("without -r a directory is not a regular file", async () => {
  let listed = false;
  const { client, outcome } = serve("scp -f d", {
    entries: () => [
      {
        ...directory("d", []),
        entries() {
          listed = true;
          return [];
        },
      },
    ],
  });
  client.send("\0");
  assert.equal(await client.readAll(), "\x01scp: d: not a regular file\n");
  assert.equal((await handled(outcome)).exitCode, 1);
  assert.equal(listed, false);
});

test("a client that opens with an error gets nothing", async () => {
  let asked = false;
  const { client, outcome } = serve("scp -f a", {
    entries: () => {
      asked = true;
      return [];
    },
  });
  client.send("\x01scp: dst: Not a directory\n");
  assert.equal(await client.readAll(), "");
  const { exitCode, error } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpPeerError);
  assert.equal(asked, false);
});

test("entries that end the transfer say so on standard error", async () => {
  const { client, outcome } = serve("scp -f a b", {
    entries: () => {
      throw new ScpFatalError("internal", { cause: new ScpRefusalError("policy", "the archive is closed") });
    },
  });
  client.send("\0");
  assert.equal(await client.stderr(), "scp: the archive is closed\n");
  assert.equal((await handled(outcome)).exitCode, 1);
});

test("our own client downloads a tree", async () => {
  const transport = createTransport((command, channel) =>
    serveCommand(command, channel, {
      entries: (request, path) => {
        assert.equal(path, "tree");
        assert.equal(request.direction, "download");
        return [directory("tree", [file("a", "1"), directory("sub", [file("b", "22")])])];
      },
    }),
  );
  const target = createMemoryTarget();
  const summary = await download(transport, "tree", target, { recursive: true });
  assert.deepEqual([summary.files, summary.directories, summary.bytes], [2, 2, 3]);
  assert.deepEqual([...target.entries.keys()], ["tree", "tree/a", "tree/sub", "tree/sub/b"]);
});

test("clients that answer once are sent what belongs together at once, others one record at a time", async () => {
  const clients = [
    ["SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", "C0644 1 a\n"],
    ["SSH-2.0-scpkit_ssh2", "C0644 1 a\n"],
    ["SSH-2.0-OpenSSH_8.2", ""],
    ["SSH-2.0-paramiko_2.12.0", ""],
    [undefined, ""],
  ] as const;
  for (const [peerIdentification, unasked] of clients) {
    const entries = () => [file("a", "1", { times: { mtimeMs: 5000, atimeMs: 6000 } })];
    const { client, outcome } = serve("scp -p -f a", { peerIdentification, entries });
    client.send("\0");
    assert.equal(await client.readThrough("\n"), "T5 0 6 0\n");
    // No answer to the times: what comes now came without one.
    client.end();
    assert.equal(await client.readAll(), unasked, peerIdentification);
    assert.equal((await handled(outcome)).exitCode, 1);
  }
});
