import assert from "node:assert/strict";
import { test } from "node:test";
import { ScpPeerError } from "@scpkit/codec";
import { ScpFatalError, ScpIncompleteError } from "@scpkit/core";
import type { ScpPolicyDecision, ScpPolicyEntry } from "@scpkit/middleware";
import { download, type ScpTarget } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { type ScpDirectoryEntry, type ScpFileEntry, upload } from "@scpkit/source";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { type ScpServeOptions, type ScpServeOutcome, serveCommand } from "../src/index.ts";
import { createTransport } from "./support/session-pair.ts";

/** A transport to a server, and what its commands came to. */
function connect(options: ScpServeOptions): {
  transport: ReturnType<typeof createTransport>;
  outcomes: Promise<ScpServeOutcome>[];
} {
  const outcomes: Promise<ScpServeOutcome>[] = [];
  const transport = createTransport((command, channel) => {
    const outcome = serveCommand(command, channel, options);
    outcomes.push(outcome);
    return outcome;
  });
  return { transport, outcomes };
}

/** A memory target that remembers what it was asked to open. */
function watched(): { target: ScpTarget; opened: string[]; memory: ReturnType<typeof createMemoryTarget> } {
  const memory = createMemoryTarget();
  const opened: string[] = [];
  const watch = (inner: ScpTarget): ScpTarget => ({
    file: (entry, context) => {
      opened.push(context.path);
      return inner.file(entry, context);
    },
    directory: async (entry, context) => {
      opened.push(`${context.path}/`);
      const child = await inner.directory?.(entry, context);
      assert.ok(child);
      return watch(child);
    },
  });
  return { target: watch(memory), opened, memory };
}

test("a policy sees everything the wire says, before the target is asked", async () => {
  const { target, opened } = watched();
  const seen: [ScpPolicyEntry, string[]][] = [];
  const { transport } = connect({
    target: () => target,
    policy: async (entry, request) => {
      assert.equal(request.direction, "upload");
      seen.push([entry, [...opened]]);
      await Promise.resolve();
      return { type: "allow" };
    },
  });
  const times = { mtimeMs: 1000, atimeMs: 2000 };
  await upload(transport, "x", [directory("d", [file("f", "abc", { mode: 0o600, times })])], { preserve: true });
  assert.deepEqual(
    seen.map(([{ direction, type, path, size, mode }, before]) => [direction, type, path, size, mode, before]),
    [
      ["upload", "directory", "d", 0, 0o755, []],
      ["upload", "file", "d/f", 3, 0o600, ["d/"]],
    ],
  );
  assert.equal(seen[1]?.[0].times?.mtimeMs, 1000);
  assert.deepEqual([...(seen[1]?.[0].name.bytes ?? [])], [0x66]);
});

test("renames reach the target, with the paths of everything below them", async () => {
  const { target, opened, memory } = watched();
  const { transport } = connect({
    target: () => target,
    policy: ({ path, name }): ScpPolicyDecision =>
      path === "d" || name.text === "f" ? { type: "rename", name: `${name.text}-1` } : { type: "allow" },
  });
  await upload(transport, "x", [directory("d", [file("f", "1"), file("g", "2")]), file("f", "3")]);
  assert.deepEqual(opened, ["d-1/", "d-1/f-1", "d-1/g", "f-1"]);
  assert.deepEqual([...memory.entries.keys()], ["d-1", "d-1/f-1", "d-1/g", "f-1"]);
});

test("a skipped upload is told the reason, never opened, and fails nothing here", async () => {
  const { target, opened } = watched();
  const { transport, outcomes } = connect({
    target: () => target,
    policy: ({ name }) => (name.text === "no" ? { type: "skip", reason: "not today" } : { type: "allow" }),
  });
  const result = upload(transport, "x", [file("no", "1"), directory("no", [file("below", "")]), file("yes", "2")]);
  await assert.rejects(result, (error: unknown) => {
    assert.ok(error instanceof ScpIncompleteError);
    const told = error.summary.failures.map((failure) => (failure.error as ScpPeerError).peerMessage);
    assert.deepEqual(told, ["scp: no: not today", "scp: no: not today"]);
    return true;
  });
  assert.deepEqual(opened, ["yes"]);
  const outcome = await outcomes[0];
  assert.ok(outcome?.handled && outcome.exitCode === 0);
});

test("a policy that ends an upload is told as the last word", async () => {
  const { target, opened } = watched();
  const { transport, outcomes } = connect({
    target: () => target,
    policy: () => ({ type: "end", reason: "closed for today" }),
  });
  await assert.rejects(upload(transport, "x", [file("a", "1")]), (error: unknown) => {
    assert.ok(error instanceof ScpPeerError);
    assert.equal(error.peerMessage, "scp: closed for today");
    return true;
  });
  assert.deepEqual(opened, []);
  const outcome = await outcomes[0];
  assert.ok(outcome?.handled && outcome.error instanceof ScpFatalError);
});

test("a policy that returns no decision, or a name that is none, lets nothing through", async () => {
  for (const decision of [
    undefined,
    {},
    { type: "yes" },
    { type: "rename", name: "../up" },
    { type: "rename", name: ".." },
  ]) {
    const { target, opened } = watched();
    const { transport } = connect({ target: () => target, policy: () => decision as ScpPolicyDecision });
    await assert.rejects(upload(transport, "x", [file("a", "1")]), ScpPeerError);
    assert.deepEqual(opened, []);
  }
});

test("a download's policy decides before anything is opened or listed", async () => {
  const opened: string[] = [];
  const open = (name: string): ScpFileEntry => ({
    ...file(name, "x"),
    open({ path }) {
      opened.push(path);
      return new Uint8Array([120]);
    },
  });
  const secret: ScpDirectoryEntry = {
    ...directory("secret", []),
    entries({ path }) {
      opened.push(path);
      return [];
    },
  };
  const { transport, outcomes } = connect({
    entries: () => [directory("top", [open("a"), open("b"), secret])],
    policy: ({ direction, name }): ScpPolicyDecision => {
      assert.equal(direction, "download");
      if (name.text === "a") return { type: "rename", name: "alpha" };
      return name.text === "top" ? { type: "allow" } : { type: "skip", reason: "confidential" };
    },
  });
  const target = createMemoryTarget();
  await assert.rejects(download(transport, "top", target, { recursive: true }), (error: unknown) => {
    assert.ok(error instanceof ScpIncompleteError);
    const told = error.summary.failures.map((failure) => (failure.error as ScpPeerError).peerMessage);
    assert.deepEqual(told, ["scp: top/b: confidential", "scp: top/secret: confidential"]);
    return true;
  });
  assert.deepEqual(opened, ["top/alpha"]);
  assert.deepEqual([...target.entries.keys()], ["top", "top/alpha"]);
  const outcome = await outcomes[0];
  assert.ok(outcome?.handled && outcome.exitCode === 1);
});

test("an aborted transfer opens nothing, however late its policy decides", async () => {
  const { target, opened } = watched();
  const abort = new AbortController();
  const { transport, outcomes } = connect({
    target: () => target,
    signal: abort.signal,
    policy: async () => {
      abort.abort(new Error("cut"));
      await Promise.resolve();
      return { type: "allow" };
    },
  });
  await assert.rejects(upload(transport, "x", [file("a", "1")]));
  assert.deepEqual(opened, []);
  const outcome = await outcomes[0];
  assert.ok(outcome?.handled && outcome.exitCode === 1);
});
