import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScpFatalError, ScpIncompleteError, type ScpTransferEvent } from "@scpkit/core";
import { type ScpBody, type ScpEntry, sendEntries } from "../src/index.ts";
import { directory, file, send, times, timesLine } from "./support.ts";

async function incomplete(outcome: Promise<unknown>): Promise<ScpIncompleteError> {
  const error = await outcome.then(
    () => assert.fail("The transfer should have been incomplete"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ScpIncompleteError, String(error));
  return error;
}

function stream(chunks: readonly string[], onCancel: () => void = () => {}): ReadableStream<Uint8Array> {
  const left = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new ReadableStream(
    {
      pull(controller) {
        const chunk = left.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  );
}

describe("The source on the wire", () => {
  it("says nothing before the sink is ready", async () => {
    const { sink, outcome } = send([file("a", "hello")]);
    assert.ok(await sink.silent());
    await sink.say("\0");
    await sink.hear("C0644 5 a\n");
    await sink.say("\0");
    await sink.hear("hello\0");
    await sink.say("\0");
    assert.equal(await sink.rest(), "");
    await sink.close();
    assert.deepEqual(await outcome, { files: 1, directories: 0, bytes: 5, failures: [], failureCount: 0 });
  });

  it("never sends a body, nor the status of an empty one, before its record is accepted", async () => {
    const { sink, outcome } = send([file("a", "hello"), file("empty", "")]);
    await sink.say("\0");
    await sink.hear("C0644 5 a\n");
    assert.ok(await sink.silent());
    await sink.say("\x01scp: a: Permission denied\n");
    await sink.hear("C0644 0 empty\n");
    assert.ok(await sink.silent());
    await sink.say("\0");
    await sink.hear("\0");
    await sink.say("\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path, side }) => [path, side]),
      [["a", "peer"]],
    );
    assert.equal(summary.files, 1);
  });

  it("sends the end of a body, the times and the next record in one write", async () => {
    const { sink } = send([file("a", "hello"), directory("d", [file("b", "x")])], { preserve: true });
    await sink.say("\0");
    assert.equal(await sink.chunk(), `${timesLine}C0644 5 a\n`);
    await sink.say("\0\0");
    assert.equal(await sink.chunk(), `hello\0${timesLine}D0755 0 d\n`);
    await sink.say("\0\0\0");
    assert.equal(await sink.chunk(), `${timesLine}C0644 1 b\n`);
    await sink.say("\0\0");
    assert.equal(await sink.chunk(), "x\0E\n");
    await sink.say("\0\0");
    await sink.close();
  });

  it("sends one record at a time where batches are switched off", async () => {
    const { sink } = send([file("a", "1"), directory("d", [])], { preserve: true, batch: false });
    await sink.say("\0");
    for (const record of [timesLine, "C0644 1 a\n", "1\0", timesLine, "D0755 0 d\n", "E\n"]) {
      assert.equal(await sink.chunk(), record);
      await sink.say("\0");
    }
    await sink.close();
  });

  it("waits for each answer between two files without times, unless the sink answers once", async () => {
    const entries = [file("a", "1"), file("b", "2")];
    const careful = send(entries);
    await careful.sink.say("\0");
    await careful.sink.hear("C0644 1 a\n");
    await careful.sink.say("\0");
    assert.equal(await careful.sink.chunk(), "1\0");
    await careful.sink.close();
    await careful.outcome.catch(() => {});
    const modern = send(entries, { answersOnce: true });
    await modern.sink.say("\0");
    await modern.sink.hear("C0644 1 a\n");
    await modern.sink.say("\0");
    assert.equal(await modern.sink.chunk(), "1\0C0644 1 b\n");
    await modern.sink.close();
    await modern.outcome.catch(() => {});
  });

  it("does not hold a finished file back for an entry that is slow to come", async () => {
    let release: () => void = () => {};
    async function* entries(): AsyncGenerator<ScpEntry> {
      yield file("a", "1");
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      yield file("b", "2");
    }
    const { sink, outcome } = send(entries());
    await sink.say("\0");
    await sink.hear("C0644 1 a\n");
    await sink.say("\0");
    await sink.hear("1\0");
    await sink.say("\0");
    release();
    await sink.hear("C0644 1 b\n");
    await sink.say("\0");
    await sink.hear("2\0");
    await sink.say("\0");
    await sink.close();
    assert.equal((await outcome).files, 2);
  });

  it("sends modes as OpenSSH does, without the sticky bit, and times as whole seconds, never negative", async () => {
    const entry = file("a", "", { mode: 0o7777, times: { mtimeMs: -5, atimeMs: 1999 } });
    const { sink, outcome } = send([entry], { preserve: true });
    await sink.say("\0");
    await sink.hear("T0 0 1 0\nC6777 0 a\n");
    await sink.say("\0\0");
    await sink.hear("\0");
    await sink.say("\0");
    await sink.close();
    await outcome;
  });
});

describe("A peer that refuses", () => {
  it("skips a refused directory whole: no children, no E", async () => {
    let listed = false;
    const refused = {
      ...directory("d", []),
      entries: () => {
        listed = true;
        return [];
      },
    };
    const { sink, outcome } = send([refused, file("a", "1")], { preserve: true });
    await sink.say("\0");
    await sink.hear(`${timesLine}D0755 0 d\n`);
    await sink.say("\0\x01scp: d: Not a directory\n");
    await sink.hear(`${timesLine}C0644 1 a\n`);
    await sink.say("\0\0");
    await sink.hear("1\0");
    await sink.say("\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.equal(listed, false);
    assert.equal(summary.files, 1);
    assert.equal(summary.failures[0]?.path, "d");
  });

  it("cancels the body of a refused file", async () => {
    let cancelled = false;
    const body = stream(["hello"], () => {
      cancelled = true;
    });
    const { sink, outcome } = send([file("a", "hello", { open: () => body })]);
    await sink.say("\0");
    await sink.hear("C0644 5 a\n");
    await sink.say("\x01no\n");
    await sink.close();
    await incomplete(outcome);
    assert.ok(cancelled);
  });

  it("stops at a fatal reply", async () => {
    const { sink, outcome } = send([file("a", "1"), file("b", "2")]);
    await sink.say("\0");
    await sink.hear("C0644 1 a\n");
    await sink.say("\x02out of order\n");
    await assert.rejects(outcome, (error) => error instanceof ScpPeerError && error.severity === "fatal");
  });

  it("rejects with the words of a sink that is not ready", async () => {
    const { sink, outcome } = send([file("a", "1")]);
    await sink.say("\x01scp: nowhere: No such file or directory\n");
    await assert.rejects(
      outcome,
      (error) => error instanceof ScpPeerError && error.peerMessage === "scp: nowhere: No such file or directory",
    );
  });

  it("hands the caller what a login script printed", async () => {
    const { sink, outcome } = send([file("a", "1")]);
    await sink.say("Welcome to the machine\n");
    await assert.rejects(
      outcome,
      (error) =>
        error instanceof ScpProtocolError && error.code === "not-a-reply" && error.line === "Welcome to the machine",
    );
  });
});

describe("Old sinks", () => {
  it("a second error for a file, read where the times are answered, belongs to that file", async () => {
    const { sink, outcome } = send([file("a", "1"), file("b", "2")], { preserve: true });
    await sink.say("\0");
    await sink.hear(`${timesLine}C0644 1 a\n`);
    await sink.say("\0\0");
    await sink.hear(`1\0${timesLine}C0644 1 b\n`);
    await sink.say("\x01scp: a: truncate: Invalid argument\n\x01scp: a: set mode: Operation not permitted\n\0\0");
    await sink.hear("2\0");
    await sink.say("\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path }) => path),
      ["a", "a"],
    );
    assert.equal(summary.files, 1);
  });

  it("an error after the reply to E belongs to that directory", async () => {
    const { sink, outcome } = send([directory("d", []), file("b", "2")], { preserve: true });
    await sink.say("\0");
    await sink.hear(`${timesLine}D0755 0 d\n`);
    await sink.say("\0\0");
    await sink.hear(`E\n${timesLine}C0644 1 b\n`);
    await sink.say("\0\x01scp: d: set times: Operation not permitted\n\0\0");
    await sink.hear("2\0");
    await sink.say("\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path }) => path),
      ["d"],
    );
    assert.equal(summary.files, 1);
  });

  it("an error after the very last reply is still noticed", async () => {
    const { sink, outcome } = send([directory("d", [])], { preserve: true });
    await sink.say("\0");
    await sink.hear(`${timesLine}D0755 0 d\n`);
    await sink.say("\0\0");
    await sink.hear("E\n");
    await sink.say("\0\x01scp: d: set times: Operation not permitted\n");
    await sink.close();
    assert.equal((await incomplete(outcome)).summary.failures[0]?.path, "d");
  });

  it("two errors for a file without times do not refuse the next file", async () => {
    const { sink, outcome } = send([file("a", "1"), file("b", "2")]);
    await sink.say("\0");
    await sink.hear("C0644 1 a\n");
    await sink.say("\0");
    await sink.hear("1\0");
    await sink.say("\x01scp: a: truncate: x\n\x01scp: a: set mode: x\n");
    await sink.hear("C0644 1 b\n");
    await sink.say("\0");
    await sink.hear("2\0");
    await sink.say("\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path }) => path),
      ["a", "a"],
    );
    assert.equal(summary.files, 1);
  });
});

describe("Trouble on this side", () => {
  it("pads a body that ends early and tells the sink", async () => {
    const { sink, outcome } = send([file("a", "", { size: 8, open: () => stream(["abc"]) }), file("b", "2")], {
      preserve: true,
      describeError: (_, path) => `${path}: shrunk`,
    });
    await sink.say("\0");
    await sink.hear(`${timesLine}C0644 8 a\n`);
    await sink.say("\0\0");
    await sink.hear(`abc\0\0\0\0\0\x01scp: a: shrunk\n${timesLine}C0644 1 b\n`);
    await sink.say("\0\0\0");
    await sink.hear("2\0");
    await sink.say("\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path, side }) => [path, side]),
      [["a", "local"]],
    );
    assert.equal(summary.files, 1);
  });

  it("fails a body that is longer than announced", async () => {
    const bodies: readonly (readonly [number, () => ScpBody])[] = [
      [4, () => stream(["abc", "def"])],
      [3, () => stream(["abc", "def"])],
      [3, () => stream(["abc", "", "d"])],
      [2, () => new TextEncoder().encode("abc")],
    ];
    for (const [size, open] of bodies) {
      const { sink, outcome } = send([file("a", "", { size, open }), file("b", "x")]);
      await sink.say("\0");
      await sink.hear(`C0644 ${size} a\n`);
      await sink.say("\0");
      await sink.hear(`${"abcd".slice(0, size)}\x01scp: a: not sent\n`);
      await sink.say("\0");
      await sink.hear("C0644 1 b\n");
      await sink.say("\0\0");
      await sink.close();
      const { summary } = await incomplete(outcome);
      assert.deepEqual([summary.files, summary.failures.map(({ path }) => path)], [1, ["a"]]);
      assert.match(String(summary.failures[0]?.error), new RegExp(`longer than the announced ${size} bytes`));
    }
  });

  it("fails an entry that cannot be encoded and sends the others", async () => {
    const far = { mtimeMs: Number.POSITIVE_INFINITY, atimeMs: 0 };
    const wrong: ScpEntry[] = [
      file("size", "", { size: 2 ** 53 }),
      file("fraction", "", { size: 1.5 }),
      file("time", "x", { times: far }),
      file("mode", "x", { mode: Number.NaN }),
      file("n".repeat(3000), "x"),
      { ...directory("dir", [file("never", "x")]), times: far },
    ];
    const { sink, outcome } = send([...wrong, file("good", "x")], { preserve: true });
    await sink.say("\0\0\0\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.equal(summary.files, 1);
    assert.deepEqual(
      summary.failures.map(({ path, side }) => [path.slice(0, 8), side]),
      [["size"], ["fraction"], ["time"], ["mode"], ["nnnnnnnn"], ["dir"]].map(([path]) => [path, "local"]),
    );
    assert.doesNotMatch(await sink.rest(), /never/);
  });

  it("cuts a body that may grow, and cancels the rest", async () => {
    let cancelled = false;
    const body = stream(["abc", "def", "ghi"], () => {
      cancelled = true;
    });
    const { sink, outcome } = send([file("a", "", { size: 4, open: () => body })], { allowGrowth: true });
    await sink.say("\0");
    await sink.hear("C0644 4 a\n");
    await sink.say("\0");
    await sink.hear("abcd\0");
    await sink.say("\0");
    await sink.close();
    assert.equal((await outcome).bytes, 4);
    assert.ok(cancelled);
  });

  it("reports an entry that cannot be opened in its place and goes on", async () => {
    const missing = file("a", "1", { open: () => Promise.reject(new Error("Permission denied")) });
    const failed: ScpEntry = { type: "failed", name: "fifo", error: new Error("not a regular file") };
    const { sink, outcome } = send([missing, failed, file("b", "2")]);
    await sink.say("\0");
    await sink.hear("\x01scp: a: not sent\n\x01scp: fifo: not sent\nC0644 1 b\n");
    await sink.say("\0");
    await sink.hear("2\0");
    await sink.say("\0");
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path, error }) => [path, error instanceof Error ? error.message : ""]),
      [
        ["a", "Permission denied"],
        ["fifo", "not a regular file"],
      ],
    );
  });

  for (const name of ["", ".", "..", "a/b", "a\0b", "a\nb"]) {
    it(`does not send the name ${JSON.stringify(name)}`, async () => {
      const { sink, outcome } = send([file(name, "1")]);
      await sink.say("\0");
      const heard = await sink.rest();
      await sink.close();
      assert.ok(!heard.includes("C0"), heard);
      assert.equal((await incomplete(outcome)).summary.failures.length, 1);
    });
  }

  it("a listing that breaks fails its directory only", async () => {
    async function* broken(): AsyncGenerator<ScpEntry> {
      yield file("in", "1");
      throw new Error("Input/output error");
    }
    const bad = { ...directory("d", []), entries: broken };
    const { sink, outcome } = send([bad, file("b", "2")], { preserve: true });
    await sink.say("\0\0\0\0\0\0\0\0\0\0\0\0");
    const heard = await sink.rest();
    await sink.close();
    const { summary } = await incomplete(outcome);
    assert.ok(heard.includes("E\n"));
    assert.deepEqual(
      summary.failures.map(({ path }) => path),
      ["d"],
    );
    assert.equal(summary.files, 2);
  });

  it("ends at once when an entry says so", async () => {
    const entry = file("a", "1", { open: () => Promise.reject(new ScpFatalError("Enough")) });
    const { sink, outcome } = send([entry, file("b", "2")]);
    await sink.say("\0");
    await assert.rejects(outcome, { message: "Enough" });
  });
});

describe("Ends", () => {
  it("notices a peer that dies in the middle of a body nobody answers", async () => {
    const endless = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        controller.enqueue(new Uint8Array(10));
      },
    });
    const { sink, outcome } = send([file("a", "", { size: 1e9, open: () => endless })]);
    await sink.say("\0");
    await sink.hear("C0644 1000000000 a\n");
    await sink.say("\0");
    await sink.hear("\0\0\0\0\0\0\0\0\0\0");
    await sink.say("\x01scp: a: No space left on device\n");
    await sink.close();
    await assert.rejects(outcome, (error) => {
      assert.ok(error instanceof ScpProtocolError, String(error));
      assert.equal(error.code, "unexpected-eof");
      assert.match(error.message, /No space left on device/);
      return true;
    });
  });

  it("sends a body to a peer that has answered it ahead of time and closed", async () => {
    const { sink, outcome } = send([file("a", "hello"), file("b", "world")], { waitForClose: false });
    await sink.say("\0\0\0\0\0");
    await sink.close();
    await sink.hear("C0644 5 a\nhello\0C0644 5 b\nworld\0");
    assert.equal((await outcome).files, 2);
  });

  it("stops in the middle of a body when a peer that has answered it ahead of time is gone", async () => {
    let pulled = 0;
    const endless: ScpEntry = {
      type: "file",
      name: "a",
      mode: 0o644,
      size: 2 ** 40,
      open: () =>
        new ReadableStream<Uint8Array>({
          pull(controller) {
            pulled += 1;
            controller.enqueue(new Uint8Array(65_536));
          },
        }),
    };
    const { sink, outcome } = send([endless]);
    await sink.say("\0\0\0");
    await sink.close();
    await sink.cut(new Error("Gone"));
    await assert.rejects(outcome, { code: "unexpected-eof" });
    assert.ok(pulled < 1000);
  });

  for (const when of ["before it is ready", "after a record"]) {
    it(`rejects when the peer closes ${when}`, async () => {
      const { sink, outcome } = send([file("a", "1")]);
      if (when === "after a record") {
        await sink.say("\0");
        await sink.hear("C0644 1 a\n");
      }
      await sink.close();
      await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "unexpected-eof");
    });
  }

  it("abort rejects with its reason, cancels the open body and ends the caller's iterators", async () => {
    const ended: string[] = [];
    function* children(): Generator<ScpEntry> {
      try {
        yield file("a", "", { size: 1e9, open: () => body });
        yield file("b", "");
      } finally {
        ended.push("children");
      }
    }
    function* entries(): Generator<ScpEntry> {
      try {
        yield { ...directory("d", []), entries: children };
        yield file("c", "");
      } finally {
        ended.push("entries");
      }
    }
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      cancel() {
        ended.push("body");
      },
    });
    const abort = new AbortController();
    const { sink, outcome } = send(entries(), { signal: abort.signal });
    await sink.say("\0");
    await sink.hear("D0755 0 d\n");
    await sink.say("\0");
    await sink.hear("C0644 1000000000 a\n");
    await sink.say("\0");
    await sink.hear("\0\0\0");
    abort.abort(new Error("Changed my mind"));
    await assert.rejects(outcome, { message: "Changed my mind" });
    assert.deepEqual(ended.sort(), ["body", "children", "entries"]);
  });

  it("an aborted signal starts nothing", async () => {
    const { sink, outcome } = send([file("a", "1")], { signal: AbortSignal.abort(new Error("Too late")) });
    await assert.rejects(outcome, { message: "Too late" });
    assert.equal(await sink.rest(), "");
  });

  it("limits how long a peer may say nothing, and how many errors it may send", async () => {
    const silent = send([file("a", "1")], { limits: { firstByteMs: 30 } });
    await assert.rejects(
      silent.outcome,
      (error) => error instanceof ScpLimitError && error.code === "limit-first-byte",
    );
    const stalled = send([file("a", "1")], { limits: { stallMs: 30 } });
    await stalled.sink.say("\0");
    await assert.rejects(stalled.outcome, (error) => error instanceof ScpLimitError && error.code === "limit-stall");
    const noisy = send([directory("d", [])], { preserve: true, limits: { maxPeerErrors: 3 } });
    await noisy.sink.say("\0\x01a\n\x01a\n\x01a\n\x01a\n");
    await assert.rejects(
      noisy.outcome,
      (error) => error instanceof ScpLimitError && error.code === "limit-peer-errors",
    );
  });

  it("a sink that goes on answering for ever is cut", async () => {
    const { sink, outcome } = send([], { limits: { stallMs: 1000 } });
    await sink.say("\0");
    const answers = "\0".repeat(5_000);
    let settled = false;
    outcome
      .catch(() => {})
      .finally(() => {
        settled = true;
      });
    for (let turn = 0; turn < 100 && !settled; turn += 1) await sink.say(answers);
    await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "not-a-reply");
  });

  it("limits the length of a line", async () => {
    const { sink, outcome } = send([], { limits: { maxLineBytes: 100 } });
    await sink.say(`\x01${"x".repeat(200)}`);
    await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "line-too-long");
  });

  it("time spent opening an entry does not count as a stall", async () => {
    const slow = file("a", "1", {
      open: () => new Promise((resolve) => setTimeout(resolve, 80, new Uint8Array([49]))),
    });
    const { sink, outcome } = send([slow], { limits: { stallMs: 30 } });
    await sink.say("\0");
    await sink.hear("C0644 1 a\n");
    await sink.say("\0");
    await sink.hear("1\0");
    await sink.say("\0");
    await sink.close();
    assert.equal((await outcome).files, 1);
  });

  it("a server's source does not wait for its client to close", async () => {
    const { sink, outcome } = send([file("a", "1")], { waitForClose: false });
    await sink.say("\0\0\0");
    assert.equal(await sink.rest(), "C0644 1 a\n1\0");
    assert.equal((await outcome).files, 1);
  });
});

describe("Events", () => {
  it("tell start, progress and finish of each entry, with one label object for each", async () => {
    const events: ScpTransferEvent[] = [];
    const { sink, outcome } = send([directory("d", [file("a", "12")])], { onEvent: (event) => events.push(event) });
    await sink.say("\0\0\0\0\0");
    await sink.rest();
    await sink.close();
    await outcome;
    assert.deepEqual(
      events.map((event) => (event.type === "failure" ? "failure" : `${event.type} ${event.entry.path}`)),
      ["start d", "start d/a", "progress d/a", "finish d/a", "finish d"],
    );
    const labels = new Set(events.map((event) => (event.type === "failure" ? undefined : event.entry)));
    assert.equal(labels.size, 2);
  });

  it("an observer that throws ends the transfer with its error", async () => {
    const { sink, outcome } = send([file("a", "1", { times })], {
      onEvent: () => {
        throw new Error("Observer broke");
      },
    });
    await sink.say("\0\0\0");
    await assert.rejects(outcome, { message: "Observer broke" });
  });
});

describe("A sink that has answered everything ahead of time", () => {
  it("lets timers run in between", async () => {
    const files = 20_000;
    const readable = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent < 2 * files + 1; sent += 1000) controller.enqueue(new Uint8Array(1000));
        controller.close();
      },
    });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    });
    const entries = (function* (): Generator<ScpEntry> {
      for (let index = 0; index < files; index += 1) yield file(`f${index}`, "x");
    })();
    const outcome = await sendEntries({ readable, writable: new WritableStream() }, entries, { answersOnce: true });
    clearInterval(timer);
    assert.equal(outcome.files, files);
    assert.ok(turns > 2);
  });
});
