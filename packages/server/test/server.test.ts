import assert from "node:assert/strict";
import { test } from "node:test";
import { ScpConnectionError, ScpFatalError } from "@scpkit/core";
import { ScpRefusalError } from "@scpkit/middleware";
import type { ScpTarget } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { upload } from "@scpkit/source";
import { file } from "@scpkit/test-support/memory/entries";
import { createRecordingTarget } from "@scpkit/test-support/memory/recording-target";
import { createScpServer, createSessionLimiter, type ScpServeOutcome, type ScpServerOptions } from "../src/index.ts";
import { ScriptedClient } from "./support/scripted-client.ts";
import { createSessionPair, createTransport } from "./support/session-pair.ts";

interface User {
  readonly name: string;
}

test("a session limiter counts per connection and in all, and takes each place back once", () => {
  const limiter = createSessionLimiter({ maxSessions: 3, maxSessionsPerConnection: 2 });
  const [one, two] = [{}, {}];
  const first = limiter.enter(one);
  assert.ok(first);
  assert.ok(limiter.enter(one));
  assert.equal(limiter.enter(one), undefined);
  assert.ok(limiter.enter(two));
  assert.equal(limiter.enter(two), undefined);
  assert.equal(limiter.enter(), undefined);
  first();
  first();
  assert.equal(limiter.active, 2);
  assert.ok(limiter.enter(one));
  assert.equal(limiter.enter(two), undefined);
});

/** A server and one client of it. */
function start(options: ScpServerOptions<User>): {
  server: ReturnType<typeof createScpServer<User>>;
  open(command: string, connection?: object): { client: ScriptedClient; outcome: Promise<ScpServeOutcome> };
} {
  const server = createScpServer(options);
  return {
    server,
    open(command, connection) {
      const pair = createSessionPair();
      const outcome = server.serve(command, pair.server, { session: { name: "ada" }, connection });
      return { client: new ScriptedClient(pair.client), outcome };
    },
  };
}

test("one session too many is told so, and a free place is taken again", async () => {
  const { server, open } = start({ maxSessionsPerConnection: 1, target: () => createMemoryTarget() });
  const connection = {};
  const first = open("scp -t a", connection);
  await first.client.read(1);
  const second = open("scp -t b", connection);
  assert.equal(await second.client.readAll(), "\x01scp: Too many sessions\n");
  const refused = await second.outcome;
  assert.ok(refused.handled && refused.error instanceof ScpRefusalError && refused.exitCode === 1);
  const elsewhere = open("scp -t c", {});
  assert.equal(await elsewhere.client.read(1), "\0");
  assert.equal(server.active, 2);
  first.client.end();
  elsewhere.client.end();
  await Promise.all([first.outcome, elsewhere.outcome]);
  assert.equal(server.active, 0);
  const third = open("scp -t d", connection);
  assert.equal(await third.client.read(1), "\0");
  third.client.end();
  await third.outcome;
});

test("what is no scp command takes no place", async () => {
  const { server } = start({ maxSessions: 0 });
  const pair = createSessionPair();
  assert.deepEqual(await server.serve("uptime", pair.server, { session: { name: "ada" } }), { handled: false });
});

test("one broken session leaves the others alone", async () => {
  const good = createMemoryTarget();
  const server = createScpServer<User>({
    target(request): ScpTarget {
      if (request.session.name === "ada") return good;
      if (request.session.name === "bug") throw new TypeError("bug");
      return {
        file() {
          throw new ScpFatalError("end");
        },
      };
    },
  });
  const connect = (name: string) =>
    createTransport((command, channel) => server.serve(command, channel, { session: { name } }));
  const body = new Uint8Array(500_000);
  const results = await Promise.allSettled([
    upload(connect("ada"), "x", [file("a", body), file("b", body)]),
    upload(connect("bug"), "x", [file("a", body)]),
    upload(connect("eve"), "x", [file("a", body)]),
    upload(connect("eve"), "x", [file("a", body)]),
  ]);
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "rejected", "rejected", "rejected"],
  );
  assert.deepEqual([...good.entries.keys()], ["a", "b"]);
});

test("shutting down lets sessions finish and takes no new ones", async () => {
  const target = createMemoryTarget();
  const { server, open } = start({ target: () => target });
  const running = open("scp -t x");
  await running.client.read(1);
  const down = server.shutdown();
  const late = open("scp -t y");
  assert.equal(await late.client.readAll(), "\x01scp: The server is shutting down\n");
  running.client.send("C0644 1 a\n");
  assert.equal(await running.client.read(1), "\0");
  running.client.send("x\0");
  assert.equal(await running.client.read(1), "\0");
  running.client.end();
  assert.deepEqual(await down, { finished: 1, cut: 0 });
  const outcome = await running.outcome;
  assert.ok(outcome.handled && outcome.exitCode === 0);
  assert.equal(target.entries.size, 1);
});

test("at the deadline sessions are cut: uploads roll back", async () => {
  const { target, calls } = createRecordingTarget();
  const { server, open } = start({ target: () => target });
  const { client, outcome } = open("scp -t x");
  await client.read(1);
  client.send("C0644 10 a\n");
  await client.read(1);
  client.send("half");
  assert.deepEqual(await server.shutdown({ deadlineMs: 5 }), { finished: 0, cut: 1 });
  const settled = await outcome;
  assert.ok(settled.handled && settled.exitCode === 1);
  assert.ok(settled.error instanceof ScpRefusalError && settled.error.code === "shutting-down");
  assert.ok(calls.includes("roll back a"));
  assert.ok(!calls.includes("commit a"));
});

test("what does not react to being cut is not waited for", async () => {
  const stuck = () => new Promise<never>(() => {});
  const { server, open } = start({
    entries: async (_, path) =>
      path === "factory" ? await stuck() : [{ type: "file", name: "f", mode: 0, size: 1, open: stuck }],
  });
  const sessions = ["factory", "open"].map((path) => open(`scp -f ${path}`));
  for (const { client } of sessions) client.send("\0");
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await server.shutdown({ deadlineMs: 0 }), { finished: 0, cut: 2 });
  for (const { outcome } of sessions) {
    const settled = await outcome;
    assert.ok(settled.handled && settled.error instanceof ScpRefusalError);
  }
});

test("a second shutdown may be less patient; disposal cuts at once", async () => {
  const { server, open } = start({ target: () => createMemoryTarget() });
  const { client } = open("scp -t x");
  await client.read(1);
  const patient = server.shutdown();
  await server[Symbol.asyncDispose]();
  assert.deepEqual(await patient, { finished: 0, cut: 1 });
});

test("a session's own signal cuts that session", async () => {
  const { server } = start({ target: () => createMemoryTarget() });
  const [one, two] = [createSessionPair(), createSessionPair()];
  const abort = new AbortController();
  const session = { name: "ada" };
  const cut = server.serve("scp -t x", one.server, { session, signal: abort.signal });
  const other = server.serve("scp -t x", two.server, { session });
  await new ScriptedClient(one.client).read(1);
  const reason = new ScpConnectionError("lost", "gone", "");
  abort.abort(reason);
  const settled = await cut;
  assert.ok(settled.handled && settled.error === reason);
  const client = new ScriptedClient(two.client);
  assert.equal(await client.read(1), "\0");
  client.end();
  const fine = await other;
  assert.ok(fine.handled && fine.exitCode === 0);
});

test("a thousand sessions leave no listeners on a signal that outlives them", async () => {
  let listening = 0;
  const { signal } = new AbortController();
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>): void => {
    listening += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
    listening -= 1;
    remove(...args);
  };
  const { server } = start({ target: () => createMemoryTarget() });
  for (let count = 0; count < 1000; count++) {
    const pair = createSessionPair();
    const outcome = server.serve("scp -t x", pair.server, { session: { name: "ada" }, signal });
    const client = new ScriptedClient(pair.client);
    await client.read(1);
    client.end();
    await outcome;
  }
  assert.equal(listening, 0);
  assert.equal(server.active, 0);
});
