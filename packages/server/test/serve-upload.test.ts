import assert from "node:assert/strict";
import { test } from "node:test";
import { ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScpIncompleteError } from "@scpkit/core";
import { ScpRefusalError } from "@scpkit/middleware";
import type { ScpTarget } from "@scpkit/sink";
import { ScpSkipError } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { upload } from "@scpkit/source";
import { type ScpServeOptions, type ScpServeOutcome, serveCommand } from "../src/index.ts";
import { ScriptedClient } from "./support/scripted-client.ts";
import { createSessionPair, createTransport } from "./support/session-pair.ts";

function serve(
  command: string,
  options: ScpServeOptions,
): { client: ScriptedClient; outcome: Promise<ScpServeOutcome>; vanish(): void } {
  const { server, client, vanish } = createSessionPair();
  return { client: new ScriptedClient(client), outcome: serveCommand(command, server, options), vanish };
}

async function handled(outcome: Promise<ScpServeOutcome>): Promise<Extract<ScpServeOutcome, { handled: true }>> {
  const settled = await outcome;
  assert.ok(settled.handled);
  return settled;
}

const text = new TextDecoder();

test("what is no scp command leaves the channel alone", async () => {
  const { server } = createSessionPair();
  assert.deepEqual(await serveCommand("rm -rf /", server, {}), { handled: false });
  assert.equal(server.readable.locked, false);
  assert.equal(server.writable.locked, false);
});

test("an upload reaches the target, and its exit status is 0", async () => {
  const target = createMemoryTarget();
  const asked: string[] = [];
  const { client, outcome } = serve("scp -r -p -t in/box", {
    target: ({ direction, command }, path) => {
      asked.push(`${direction} ${path} ${command.preserve} ${command.recursive}`);
      return target;
    },
  });
  assert.equal(await client.read(1), "\0");
  client.send("T10 0 20 0\n");
  assert.equal(await client.read(1), "\0");
  client.send("D0755 0 d\n");
  assert.equal(await client.read(1), "\0");
  client.send("C0640 5 f\n");
  assert.equal(await client.read(1), "\0");
  client.send("hello\0");
  assert.equal(await client.read(1), "\0");
  client.send("E\n");
  assert.equal(await client.read(1), "\0");
  client.end();
  const { exitCode, role, summary, error } = await handled(outcome);
  assert.equal(exitCode, 0);
  assert.equal(role, "sink");
  assert.equal(error, undefined);
  assert.deepEqual(summary, { files: 1, directories: 1, bytes: 5, failures: [], failureCount: 0 });
  assert.deepEqual(asked, ["upload in/box true true"]);
  assert.equal(text.decode(target.entries.get("d/f")?.bytes), "hello");
  assert.equal(target.entries.get("d")?.times?.mtimeMs, 10_000);
});

test("uploads are off where no target is given", async () => {
  const { client, outcome } = serve("scp -t x", { entries: () => [] });
  assert.equal(await client.readAll(), "\x01scp: Uploads are not allowed here\n");
  const { exitCode, error } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpRefusalError);
  assert.equal(error.code, "upload-off");
});

test("a destination must be one path", async () => {
  for (const command of ["scp -t", "scp -t a b"]) {
    const { client, outcome } = serve(command, { target: () => createMemoryTarget() });
    assert.equal(await client.readAll(), "\x01scp: ambiguous target\n");
    assert.equal((await handled(outcome)).exitCode, 1);
  }
});

test("a target that cannot be had is told in OpenSSH's words instead of the first acknowledgement", async () => {
  const { client, outcome } = serve("scp -d -t f", {
    target: () => {
      throw Object.assign(new Error("/srv/secret/f: not a dir"), { code: "ENOTDIR" });
    },
  });
  assert.equal(await client.readAll(), "\x01scp: f: Not a directory\n");
  assert.equal((await handled(outcome)).exitCode, 1);
});

test("what a handler throws stays on this side and is in the outcome", async () => {
  const bug = new TypeError("undefined is not a function, see /srv/app/index.js");
  const { client, outcome } = serve("scp -t f", {
    target: () => {
      throw bug;
    },
  });
  assert.equal(await client.readAll(), "\x01scp: f: Server error\n");
  assert.equal((await handled(outcome)).error, bug);
});

test("an entry that fails is told by its kind, and the exit status is 1", async () => {
  const target: ScpTarget = {
    file() {
      throw Object.assign(new Error("ENOSPC: /srv/secret"), { code: "ENOSPC" });
    },
  };
  const { client, outcome } = serve("scp -t .", { target: () => target });
  await client.read(1);
  client.send("C0644 1 a\n");
  assert.equal(await client.readThrough("\n"), "\x01scp: a: No space left on device\n");
  client.end();
  const { exitCode, error, summary } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpIncompleteError);
  assert.equal(summary.failures.length, 1);
});

test("an entry that is left out on purpose does not fail the command", async () => {
  const target: ScpTarget = {
    file() {
      throw new ScpSkipError("a: unchanged");
    },
  };
  const { client, outcome } = serve("scp -t .", { target: () => target });
  await client.read(1);
  client.send("C0644 1 a\n");
  assert.equal(await client.readThrough("\n"), "\x01scp: a: unchanged\n");
  client.end();
  assert.equal((await handled(outcome)).exitCode, 0);
});

test("a directory that fails after its children is told on standard error and by the exit status", async () => {
  const target: ScpTarget = {
    ...createMemoryTarget(),
    directory: () => ({
      ...createMemoryTarget(),
      close() {
        throw Object.assign(new Error("/srv/secret"), { code: "EPERM" });
      },
    }),
  };
  const { client, outcome } = serve("scp -r -t .", { target: () => target });
  await client.read(1);
  client.send("D0755 0 d\n");
  await client.read(1);
  client.send("E\n");
  assert.equal(await client.read(1), "\0", "no sink refuses an E record");
  client.end();
  assert.equal(await client.stderr(), "scp: d: Operation not permitted\n");
  assert.equal((await handled(outcome)).exitCode, 1);
});

test("without -r a directory ends the upload", async () => {
  const { client, outcome } = serve("scp -t .", { target: () => createMemoryTarget() });
  await client.read(1);
  client.send("D0755 0 d\n");
  assert.match(await client.readAll(), /^\x02scp: protocol error: /);
  const { exitCode, error } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpProtocolError && error.code === "unrequested-directory");
});

test("a client that breaks off leaves an outcome with what had arrived", async () => {
  const target = createMemoryTarget();
  const { client, outcome } = serve("scp -t .", { target: () => target });
  await client.read(1);
  client.send("C0644 1 a\n");
  await client.read(1);
  client.send("x\0");
  await client.read(1);
  client.send("C0644 100 b\nhalf");
  client.end();
  const { exitCode, error, summary } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpProtocolError && error.code === "unexpected-eof");
  assert.deepEqual([summary.files, summary.bytes], [1, 1]);
  assert.deepEqual([...target.entries.keys()], ["a"]);
});

test("an E at the top level ends an upload with status 0, also as the first record", async () => {
  for (const before of ["C0644 1 a\n", ""]) {
    const target = createMemoryTarget();
    const { client, outcome } = serve("scp -r -d -t .", { target: () => target });
    await client.read(1);
    if (before !== "") {
      client.send(before);
      await client.read(1);
      client.send("x\0");
      await client.read(1);
    }
    client.send("E\n");
    assert.equal(await client.read(1), "\0");
    const { exitCode, error } = await handled(outcome);
    assert.deepEqual([exitCode, error], [0, undefined]);
    assert.deepEqual([...target.entries.keys()], before === "" ? [] : ["a"]);
  }
});

test("a client that closes in place of the status of a file leaves the file, and the exit status is 1", async () => {
  const target = createMemoryTarget();
  const { client, outcome } = serve("scp -t .", { target: () => target });
  await client.read(1);
  client.send("C0644 4 a\n");
  await client.read(1);
  client.send("full");
  client.end();
  const { exitCode, error } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpIncompleteError, String(error));
  const [failure] = error.summary.failures;
  assert.ok(failure?.error instanceof ScpProtocolError && failure.error.code === "missing-status");
  assert.deepEqual([...target.entries.keys()], ["a"]);
});

test("a target that waits is cut when the client has been gone for the stall limit", async () => {
  let asked: AbortSignal | undefined;
  const { outcome, vanish } = serve("scp -t .", {
    limits: { stallMs: 20 },
    async target({ signal }) {
      asked = signal;
      await Promise.resolve();
      vanish();
      return await new Promise<never>(() => {});
    },
  });
  const { exitCode } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.equal(asked?.aborted, true);
});

test("a silent client is cut by the limit on its first byte", async () => {
  const { client, outcome } = serve("scp -t .", { limits: { firstByteMs: 20 }, target: () => createMemoryTarget() });
  assert.equal(await client.read(1), "\0");
  const { error } = await handled(outcome);
  assert.equal((error as { code?: unknown }).code, "limit-first-byte");
});

test("a client that gives up is no fault of this side", async () => {
  const { client, outcome } = serve("scp -t .", { target: () => createMemoryTarget() });
  await client.read(1);
  client.send("\x02out of paper\n");
  const { error, exitCode } = await handled(outcome);
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpPeerError);
});

test("an observer that throws ends its own session only", async () => {
  const bug = new Error("observer");
  const { client, outcome } = serve("scp -t .", {
    target: () => createMemoryTarget(),
    onEvent(event) {
      if (event.type === "session-start") throw bug;
    },
  });
  await client.readAll();
  assert.equal((await handled(outcome)).error, bug);
});

test("events carry who is served", async () => {
  const seen: string[] = [];
  const transport = createTransport((command, channel) =>
    serveCommand(command, channel, {
      session: { user: "ada" },
      target: (request) => {
        assert.equal(request.session.user, "ada");
        return createMemoryTarget();
      },
      onEvent: (event) =>
        seen.push(`${event.request.session.user} ${event.type === "transfer" ? event.event.type : event.type}`),
    }),
  );
  const summary = await upload(transport, "box", [
    { type: "file", name: "a", mode: 0o644, size: 2, open: () => new Uint8Array(2) },
  ]);
  assert.equal(summary.files, 1);
  assert.deepEqual(seen, ["ada session-start", "ada start", "ada progress", "ada finish", "ada session-end"]);
});
