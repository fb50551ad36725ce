import assert from "node:assert/strict";
import { test } from "node:test";
import { file } from "@scpkit/test-support/memory/entries";
import { type BodyHooks, interceptBody } from "../src/intercept/intercept-body.ts";
import { interceptOpen, type ReadHooks } from "../src/intercept/intercept-read.ts";

const unaborted = new AbortController().signal;

/** Hooks that write down how a body ended. */
function recordingHooks(more: BodyHooks = {}): { hooks: BodyHooks; ends: string[] } {
  const ends: string[] = [];
  return {
    ends,
    hooks: {
      ...more,
      committed: () => void ends.push("committed"),
      rolledBack: (reason) => void ends.push(`rolled back: ${reason}`),
    },
  };
}

test("exactly one end is told, and it is the inner stream's", async () => {
  const cases: [
    ConstructorParameters<typeof WritableStream<Uint8Array>>[0],
    BodyHooks,
    (writer: WritableStreamDefaultWriter<Uint8Array>) => Promise<unknown>,
    string,
  ][] = [
    [{}, {}, (writer) => writer.close(), "committed"],
    [{}, {}, (writer) => writer.abort("enough"), "rolled back: enough"],
    [{ close: () => Promise.reject("full") }, {}, (writer) => writer.close(), "rolled back: full"],
    [{ write: () => Promise.reject("full") }, {}, (writer) => writer.write(new Uint8Array(1)), "rolled back: full"],
    [{}, { write: () => Promise.reject("no") }, (writer) => writer.write(new Uint8Array(1)), "rolled back: no"],
    [{}, { beforeCommit: () => Promise.reject("no") }, (writer) => writer.close(), "rolled back: no"],
    [{ start: (controller) => controller.error("lost") }, {}, (writer) => writer.closed, "rolled back: lost"],
  ];
  for (const [sink, more, act, expected] of cases) {
    const { hooks, ends } = recordingHooks(more);
    const writer = interceptBody(new WritableStream(sink), unaborted, hooks).getWriter();
    writer.closed.catch(() => {});
    await act(writer).catch(() => {});
    await writer.abort("later").catch(() => {});
    assert.deepEqual(ends, [expected]);
  }
});

test("a transfer that ends rolls back at once, though a write is pending and nobody aborts", async () => {
  const abort = new AbortController();
  let aborted: unknown;
  const { promise: pending, started } = stuckWrite();
  const inner = new WritableStream<Uint8Array>({
    write: () => pending(),
    abort(reason) {
      aborted = reason;
    },
  });
  const { hooks, ends } = recordingHooks();
  const writer = interceptBody(inner, abort.signal, hooks).getWriter();
  writer.closed.catch(() => {});
  const written = writer.write(new Uint8Array(1));
  const release = await started;
  abort.abort("cut");
  release();
  await written.catch(() => {});
  await writer.abort("later").catch(() => {});
  assert.deepEqual(ends, ["rolled back: cut"]);
  assert.equal(aborted, "cut");
});

/** A write that begins, tells so, and goes on until it is released. */
function stuckWrite(): { promise: () => Promise<void>; started: Promise<() => void> } {
  let begin: (release: () => void) => void = () => {};
  const started = new Promise<() => void>((resolve) => {
    begin = resolve;
  });
  return { started, promise: () => new Promise<void>((resolve) => begin(resolve)) };
}

test("no listener stays on the signal of the transfer", async () => {
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
  await interceptBody(new WritableStream(), signal, {}).close();
  await interceptBody(new WritableStream(), signal, {}).abort();
  assert.equal(listening, 0);
});

/** Reads a body through hooks; resolves to what was told. */
async function readThrough(
  body: ReadableStream<Uint8Array> | Uint8Array,
  size: number,
  use: (reader: ReadableStreamDefaultReader<Uint8Array>) => Promise<unknown>,
  more: ReadHooks = {},
): Promise<string[]> {
  const told: string[] = [];
  const entry = file("a", "", { size, open: () => body });
  const opened = await interceptOpen(entry, { path: "a", signal: unaborted }, () => ({
    whole: () => void told.push("whole"),
    broken: (reason) => void told.push(`broken: ${reason instanceof Error ? "early" : reason}`),
    ...more,
  }));
  assert.ok(!ArrayBuffer.isView(opened.body));
  await use(opened.body.getReader()).catch((error: unknown) => told.push(`thrown: ${error}`));
  return told;
}

const three = (): ReadableStream<Uint8Array> => new Blob(["123"]).stream();

test("a body that is read is whole at its announced size, whether or not its end is seen", async () => {
  const once = (reader: ReadableStreamDefaultReader<Uint8Array>) => reader.read();
  assert.deepEqual(await readThrough(three(), 3, once), ["whole"]);
  assert.deepEqual(await readThrough(new Uint8Array(3), 3, once), ["whole"]);
  assert.deepEqual(await readThrough(three(), 2, once), ["whole"], "a longer one is cut by its source");
  assert.deepEqual(await readThrough(new Uint8Array(), 0, async () => {}), ["whole"]);
});

test("a body that ends early, breaks or is not wanted is told as broken, and the inner one is let go", async () => {
  const toEnd = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
    while (!(await reader.read()).done);
  };
  assert.deepEqual(await readThrough(three(), 4, toEnd), ["broken: early"]);
  let cancelled: unknown;
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel(reason) {
        cancelled = reason;
      },
    });
  assert.deepEqual(await readThrough(endless(), 9, (reader) => reader.cancel("unwanted")), ["broken: unwanted"]);
  assert.equal(cancelled, "unwanted");
  const refusing = { read: () => Promise.reject("no") };
  assert.deepEqual(await readThrough(endless(), 9, (reader) => reader.read(), refusing), ["broken: no", "thrown: no"]);
  assert.equal(cancelled, "no");
});

test("a body that grew is handed out beyond its announced size", async () => {
  let bytes = 0;
  await readThrough(new Blob(["123", "456"]).stream(), 2, async (reader) => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.byteLength;
  });
  assert.equal(bytes, 6);
});
