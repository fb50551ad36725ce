import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScriptedPeer } from "@scpkit/conformance";
import {
  createChannelPair,
  type ScpChannel,
  ScpFatalError,
  ScpIncompleteError,
  type ScpTransferEvent,
  type ScpTransferSummary,
} from "@scpkit/core";
import { receiveEntries, type ScpReceiveOptions, ScpSkipError, type ScpTarget } from "../src/index.ts";
import { createMemoryTarget, type MemoryTarget } from "../src/memory.ts";

function receive(
  options: ScpReceiveOptions = {},
  target: ScpTarget = createMemoryTarget(),
): { readonly source: ScriptedPeer; readonly outcome: Promise<ScpTransferSummary> } {
  const [ours, theirs] = createChannelPair();
  const outcome = receiveEntries(ours, target, options);
  outcome.catch(() => {});
  return { source: new ScriptedPeer(theirs), outcome };
}

async function incomplete(outcome: Promise<unknown>): Promise<ScpTransferSummary> {
  const error = await outcome.then(
    () => assert.fail("The transfer should have been incomplete"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ScpIncompleteError, String(error));
  return error.summary;
}

function texts(target: MemoryTarget): Record<string, string> {
  const decoder = new TextDecoder();
  return Object.fromEntries([...target.entries].map(([path, { bytes }]) => [path, decoder.decode(bytes)]));
}

/** A target that notes what is done to it. `refuse` and `fail` name paths. */
function notingTarget(
  notes: string[],
  trouble: { refuse?: string[]; failWrite?: string[]; failClose?: string[]; error?: Error } = {},
): ScpTarget {
  const error = trouble.error ?? new Error("No space left on device");
  const level = (own: string): ScpTarget => ({
    file(_, { path }) {
      if (trouble.refuse?.includes(path)) throw error;
      notes.push(`open ${path}`);
      return new WritableStream<Uint8Array>({
        write(chunk) {
          if (trouble.failWrite?.includes(path)) throw error;
          notes.push(`write ${path} ${new TextDecoder().decode(chunk)}`);
        },
        close() {
          if (trouble.failClose?.includes(path)) throw error;
          notes.push(`commit ${path}`);
        },
        abort() {
          notes.push(`abort ${path}`);
        },
      });
    },
    directory(_, { path }) {
      if (trouble.refuse?.includes(path)) throw error;
      notes.push(`enter ${path}`);
      return level(path);
    },
    close() {
      if (trouble.failClose?.includes(own)) throw error;
      notes.push(`leave ${own}`);
    },
    abort() {
      notes.push(`abandon ${own}`);
    },
  });
  return level("");
}

describe("The sink on the wire", () => {
  it("answers each record when it is due, in lockstep", async () => {
    const target = createMemoryTarget();
    const { source, outcome } = receive({}, target);
    await source.hear("\0");
    await source.say("T1000 0 2000 0\n");
    await source.hear("\0");
    await source.say("D0755 0 d\n");
    await source.hear("\0");
    await source.say("C0644 5 a\n");
    await source.hear("\0");
    await source.say("hello\0");
    await source.hear("\0");
    await source.say("E\n");
    await source.hear("\0");
    await source.close();
    assert.deepEqual(await outcome, { files: 1, directories: 1, bytes: 5, failures: [], failureCount: 0 });
    assert.deepEqual(target.entries.get("d")?.times, { type: "times", mtimeMs: 1_000_000, atimeMs: 2_000_000 });
    assert.equal(target.entries.get("d/a")?.times, undefined);
    assert.deepEqual(texts(target), { d: "", "d/a": "hello" });
  });

  it("commits a file before it answers for it", async () => {
    let commit: () => void = () => {};
    const target: ScpTarget = {
      file: () =>
        new WritableStream({
          close: () =>
            new Promise<void>((resolve) => {
              commit = resolve;
            }),
        }),
    };
    const { source, outcome } = receive({}, target);
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    await source.hear("\0");
    await source.say("x\0");
    assert.ok(await source.silent());
    commit();
    await source.hear("\0");
    await source.close();
    await outcome;
  });

  it("decides before anything of the body may come", async () => {
    let decide: (error: Error) => void = () => {};
    const target: ScpTarget = {
      file: () =>
        new Promise((_, reject) => {
          decide = reject;
        }),
    };
    const { source, outcome } = receive({ describeError: (error, path) => `${path}: ${String(error)}` }, target);
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    assert.ok(await source.silent());
    decide(new Error("Not today"));
    await source.hear("\x01scp: a: Error: Not today\n");
    await source.close();
    assert.equal((await incomplete(outcome)).failures[0]?.path, "a");
  });

  it("does not tell the peer local details unless asked to", async () => {
    const { source } = receive({}, notingTarget([], { refuse: ["a"], error: new Error("/srv/secret is full") }));
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    await source.hear("\x01scp: a: not stored\n");
    await source.close();
  });

  it("in eager mode sends ahead all replies but those to files and directories", async () => {
    const { source, outcome } = receive({ replies: "overlapped" }, notingTarget([], { refuse: ["b"] }));
    await source.hear("\0");
    assert.ok(await source.silent());
    await source.say("C0644 1 a\n");
    await source.hear("\0\0");
    assert.ok(await source.silent());
    await source.say("x\0C0644 1 b\n");
    await source.hear("\x01scp: b: not stored\n");
    await source.say("C0644 1 c\n");
    await source.hear("\0\0");
    await source.say("z\0");
    await source.close();
    const summary = await incomplete(outcome);
    assert.equal(summary.files, 2);
  });

  it("in eager mode with times is one reply ahead at all times", async () => {
    const { source, outcome } = receive({ replies: "overlapped", preserve: true });
    await source.hear("\0\0");
    await source.say("T1 0 1 0\nD0755 0 d\n");
    await source.hear("\0\0");
    await source.say("T1 0 1 0\nC0644 1 a\n");
    await source.hear("\0\0\0");
    await source.say("x\0E\n");
    await source.hear("\0");
    assert.ok(await source.silent());
    await source.close();
    assert.equal((await outcome).files, 1);
  });

  it("in window mode lets the source run far ahead, and tops up", async () => {
    const target = createMemoryTarget();
    const { source, outcome } = receive({ replies: "pipelined", preserve: true }, target);
    const ahead = await source.chunk();
    assert.match(ahead, /^\0+$/);
    let said = "";
    const files = 5000;
    for (let index = 0; index < files; index += 1) said += `T1 0 1 0\nC0644 1 f${index}\nx\0`;
    const more = source.rest();
    await source.say(said);
    await source.close();
    assert.equal((await outcome).files, files);
    assert.ok(ahead.length + (await more).length >= 1 + 3 * files, "fewer replies than records");
    assert.equal(target.entries.size, files);
  });

  it("in window mode drains and reports what it cannot store", async () => {
    const notes: string[] = [];
    const { source, outcome } = receive({ replies: "pipelined" }, notingTarget(notes, { refuse: ["bad", "dir"] }));
    await source.say("C0644 3 bad\nC06\0D0755 0 dir\nC0644 1 in\nx\0E\nC0644 1 good\ny\0");
    await source.close();
    const summary = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path }) => path),
      ["bad", "dir"],
    );
    assert.deepEqual(notes, ["open good", "write good y", "commit good"]);
  });
});

describe("A source that goes wrong", () => {
  const cases: [string, string, string][] = [
    ["noise before the first record", "Last login: yesterday\n", "not-a-record"],
    ["noise that begins with E", "Everything is fine\n", "unexpected-end"],
    ["noise that looks like a file", "Debian GNU/Linux\n", "bad-mode"],
    ["a name with a slash", "C0644 1 ../a\n", "bad-name"],
    ["a parent directory", "D0755 0 ..\n", "bad-name"],
    ["a body that ends early", "C0644 5 a\nhel", "unexpected-eof"],
    ["an end inside a directory", "D0755 0 d\n", "unexpected-eof"],
    ["an end inside a line", "C0644 5", "unexpected-eof"],
  ];
  for (const [what, said, code] of cases) {
    it(`rejects ${what}`, async () => {
      const notes: string[] = [];
      const { source, outcome } = receive({}, notingTarget(notes));
      await source.say(said);
      await source.close();
      await assert.rejects(outcome, (error) => {
        assert.ok(error instanceof ScpProtocolError, String(error));
        assert.equal(error.code, code);
        return true;
      });
      assert.ok(!notes.includes("commit a"));
      assert.equal(notes.filter((note) => note === "open a").length, notes.filter((note) => note === "abort a").length);
    });
  }

  const withoutStatus: readonly (readonly [string, string, readonly string[]])[] = [
    ["a file", "C0644 5 a\nhello", ["a"]],
    ["an empty file", "C0644 0 a\n", ["a"]],
    ["the second file", "C0644 1 a\nA\0C0644 1 b\nB", ["a", "b"]],
    ["a file in a directory", "D0755 0 d\nC0644 1 a\nA", ["d", "d/a"]],
  ];
  for (const replies of ["lockstep", "overlapped", "pipelined"] as const) {
    for (const [what, said, stored] of withoutStatus) {
      it(`keeps ${what} whose status is missing, and reports that (${replies})`, async () => {
        const target = createMemoryTarget();
        const failures: unknown[] = [];
        const { source, outcome } = receive(
          {
            replies,
            onEvent: (event) => {
              if (event.type === "failure") failures.push([event.failure.path, event.failure.error]);
            },
          },
          target,
        );
        await source.say(said);
        await source.close();
        await assert.rejects(outcome, { code: said.startsWith("D") ? "unexpected-eof" : "incomplete" });
        assert.deepEqual([...target.entries.keys()], stored);
        assert.equal(failures.length, 1);
        const [[path, error]] = failures as [[string, unknown]];
        assert.equal(path, stored.at(-1));
        assert.ok(error instanceof ScpProtocolError && error.code === "missing-status");
      });
    }
  }

  it("reports what could not be stored rather than its missing status", async () => {
    const { source, outcome } = receive({}, notingTarget([], { failClose: ["a"] }));
    await source.say("C0644 1 a\nA");
    await source.close();
    const { failures } = await incomplete(outcome);
    assert.deepEqual(
      failures.map(({ side }) => side),
      ["local"],
    );
  });

  it("takes an E at the top level, after an entry, for the end", async () => {
    const target = createMemoryTarget();
    const { source, outcome } = receive({}, target);
    await source.hear("\0");
    await source.say("D0755 0 d\n");
    await source.hear("\0");
    await source.say("E\n");
    await source.hear("\0");
    await source.say("E\n");
    await source.hear("\0");
    assert.deepEqual((await outcome).directories, 1);
  });

  it("takes an E before any entry for the end only where that is allowed", async () => {
    const { source, outcome } = receive({ allowLeadingEnd: true });
    await source.hear("\0");
    await source.say("E\n");
    await source.hear("\0");
    assert.equal((await outcome).files, 0);
  });

  it("hands the caller the noise", async () => {
    const { source, outcome } = receive();
    await source.say("Last login: yesterday\n");
    await source.close();
    await assert.rejects(
      outcome,
      (error) => error instanceof ScpProtocolError && error.line === "Last login: yesterday",
    );
  });

  it("tells a peer that breaks the protocol, so that it stops", async () => {
    const { source, outcome } = receive();
    await source.hear("\0");
    await source.say("C0644 1 ..\n");
    const last = await source.rest();
    assert.match(last, /^\x02scp: protocol error: .*\n$/);
    await assert.rejects(outcome);
  });

  it("rolls a padded file back, answers ok, and goes on", async () => {
    const notes: string[] = [];
    const { source, outcome } = receive({}, notingTarget(notes));
    await source.hear("\0");
    await source.say("C0644 3 a\n");
    await source.hear("\0");
    await source.say("a\0\0\x01scp: a: Broken pipe\n");
    await source.hear("\0");
    await source.say("C0644 1 b\n");
    await source.hear("\0");
    await source.say("x\0");
    await source.hear("\0");
    await source.close();
    const summary = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path, side }) => [path, side]),
      [["a", "peer"]],
    );
    assert.ok(notes.includes("abort a") && !notes.includes("commit a") && notes.includes("commit b"));
  });

  it("records error lines without answering them", async () => {
    const { source, outcome } = receive();
    await source.hear("\0");
    await source.say("\x01scp: x: No such file or directory\n\x01scp: y: Permission denied\n");
    assert.ok(await source.silent());
    await source.close();
    const { failures } = await incomplete(outcome);
    assert.deepEqual(
      failures.map(({ error }) => error instanceof ScpPeerError && error.peerMessage),
      ["scp: x: No such file or directory", "scp: y: Permission denied"],
    );
  });

  it("rejects when the source gives up", async () => {
    const notes: string[] = [];
    const { source, outcome } = receive({}, notingTarget(notes));
    await source.say("D0755 0 d\nC0644 3 a\nabc\x02scp: out of memory\n");
    await source.close();
    await assert.rejects(outcome, (error) => error instanceof ScpPeerError && error.severity === "fatal");
    assert.deepEqual(notes, ["enter d", "open d/a", "write d/a abc", "abort d/a", "abandon d"]);
  });
});

describe("What was asked for", () => {
  it("ends at a name that was not", async () => {
    const notes: string[] = [];
    const { source, outcome } = receive({ acceptName: ({ text }) => text === "a" }, notingTarget(notes));
    await source.say("C0644 1 .bashrc\n");
    await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "unrequested-name");
    assert.deepEqual(notes, []);
  });

  it("escapes the name in the words of the error", async () => {
    const { source, outcome } = receive({ acceptName: () => false });
    await source.say("C0644 1 \u202Etxt\x7f\n");
    await assert.rejects(
      outcome,
      /^ScpProtocolError: The peer sent "\\342\\200\\256txt\\177", which was not asked for$/,
    );
  });

  it("asks once for each name at the top, so that the same name can be refused a second time, and never below", async () => {
    const asked: string[] = [];
    const acceptName = ({ text }: { readonly text: string }): boolean => asked.push(text) === 1;
    const { source, outcome } = receive({ acceptName });
    await source.say("D0755 0 d\nC0644 0 other\n\0E\nD0755 0 d\n");
    await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "unrequested-name");
    assert.deepEqual(asked, ["d", "d"]);
  });

  it("ends at a directory where only files were asked for", async () => {
    const { source, outcome } = receive({ recursive: false });
    await source.say("D0755 0 d\n");
    await assert.rejects(
      outcome,
      (error) => error instanceof ScpProtocolError && error.code === "unrequested-directory",
    );
  });
});

describe("Times", () => {
  it("are taken without -p, the last of two wins, and they do not leak to the next entry", async () => {
    const target = createMemoryTarget();
    const { source, outcome } = receive({}, target);
    await source.say("T1 0 1 0\nT2 0 2 0\nC0644 0 a\n\0C0644 0 b\n\0");
    await source.close();
    await outcome;
    assert.equal(target.entries.get("a")?.times?.mtimeMs, 2000);
    assert.equal(target.entries.get("b")?.times, undefined);
  });

  it("too large for any clock are acknowledged, not handed on, and forget those before them", async () => {
    const target = createMemoryTarget();
    const { source, outcome } = receive({}, target);
    await source.hear("\0");
    await source.say(`T1 0 1 0\nT${"9".repeat(20)} 0 1 0\n`);
    await source.hear("\0\0");
    await source.say("C0644 0 a\n\0");
    await source.close();
    await outcome;
    assert.equal(target.entries.get("a")?.times, undefined);
  });

  it("of a refused file do not reach the next, unlike in OpenSSH", async () => {
    const seen: (number | undefined)[] = [];
    const target: ScpTarget = {
      file({ name, times }) {
        seen.push(times?.mtimeMs);
        if (name.text === "a") throw new Error("No");
        return new WritableStream();
      },
    };
    const { source, outcome } = receive({}, target);
    await source.say("T1 0 1 0\nC0644 0 a\nC0644 0 b\n\0");
    await source.close();
    await incomplete(outcome);
    assert.deepEqual(seen, [1000, undefined]);
  });
});

describe("A target that fails", () => {
  it("drains after a write error, reports once and goes on", async () => {
    const notes: string[] = [];
    const { source, outcome } = receive({}, notingTarget(notes, { failWrite: ["a"] }));
    await source.hear("\0");
    await source.say("C0644 200000 a\n");
    await source.hear("\0");
    for (let index = 0; index < 20; index += 1) await source.say(new Uint8Array(10_000));
    await source.say("\0");
    await source.hear("\x01scp: a: not stored\n");
    await source.say("C0644 1 b\n");
    await source.hear("\0");
    await source.say("x\0");
    await source.hear("\0");
    await source.close();
    const summary = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path, side }) => [path, side]),
      [["a", "local"]],
    );
    assert.equal(summary.files, 1);
  });

  it("reports a commit that fails", async () => {
    const { source, outcome } = receive({}, notingTarget([], { failClose: ["a"] }));
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    await source.hear("\0");
    await source.say("x\0");
    await source.hear("\x01scp: a: not stored\n");
    await source.close();
    await incomplete(outcome);
  });

  it("never answers an E with an error: sources would blame the entry before", async () => {
    const { source, outcome } = receive({}, notingTarget([], { failClose: ["d"] }));
    await source.hear("\0");
    await source.say("D0755 0 d\n");
    await source.hear("\0");
    await source.say("E\n");
    await source.hear("\0");
    await source.close();
    assert.equal((await incomplete(outcome)).failures[0]?.path, "d");
  });

  it("leaves an entry out on purpose without counting it as a failure", async () => {
    const target: ScpTarget = {
      file() {
        throw new ScpSkipError("a: unchanged");
      },
    };
    const { source, outcome } = receive({}, target);
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    await source.hear("\x01scp: a: unchanged\n");
    await source.close();
    assert.deepEqual((await outcome).failures, []);
  });

  for (const replies of ["overlapped", "pipelined"] as const) {
    it(`tells that the target ended the transfer at its last file, replies ${replies}`, async () => {
      const target: ScpTarget = {
        file: () =>
          new WritableStream({
            close() {
              throw new ScpFatalError("Quota used up");
            },
          }),
      };
      const { source, outcome } = receive({ replies }, target);
      await source.say("C0644 1 a\nx\0");
      await source.close();
      await assert.rejects(outcome, { message: "Quota used up" });
    });
  }

  it("tells that the target refused the last file for good, although that was accepted ahead of time", async () => {
    const target: ScpTarget = {
      file() {
        throw new ScpFatalError("Quota used up");
      },
    };
    const { source, outcome } = receive({ replies: "pipelined" }, target);
    await source.say("C0644 1 a\nx\0");
    await source.close();
    await assert.rejects(outcome, { message: "Quota used up" });
  });

  it("answers the E that encloses an upload, and is done although the source goes on", async () => {
    const target = createMemoryTarget();
    const { source, outcome } = receive({ endsWithDirectoryEnd: true }, target);
    await source.hear("\0");
    await source.say("D0755 0 d\n");
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    await source.hear("\0");
    await source.say("x\0");
    await source.hear("\0");
    await source.say("E\nE\nls\n");
    assert.equal(await source.rest(), "\0\0");
    assert.equal((await outcome).files, 1);
    assert.deepEqual(texts(target), { d: "", "d/a": "x" });
  });

  it("takes an enclosed upload without its E for one that was cut", async () => {
    const { source, outcome } = receive({ endsWithDirectoryEnd: true });
    await source.hear("\0");
    await source.close();
    await assert.rejects(outcome, { code: "unexpected-eof" });
  });

  it("ends the transfer when the target says so", async () => {
    const target: ScpTarget = {
      file() {
        throw new ScpFatalError("Quota used up");
      },
    };
    const { source, outcome } = receive({}, target);
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    assert.equal(await source.rest(), "\x02scp: transfer ended by the receiving side\n");
    await assert.rejects(outcome, { message: "Quota used up" });
  });

  it("refuses directories where the target takes none", async () => {
    const { source, outcome } = receive({}, { file: () => new WritableStream() });
    await source.hear("\0");
    await source.say("D0755 0 d\n");
    await source.hear("\x01scp: d: not stored\n");
    await source.close();
    await incomplete(outcome);
  });

  it("is told after its children that a directory is done", async () => {
    const notes: string[] = [];
    const { source, outcome } = receive({ replies: "pipelined" }, notingTarget(notes));
    await source.say("D0755 0 d\nC0644 1 a\nx\0D0755 0 e\nC0644 1 b\ny\0E\nE\n");
    await source.close();
    await outcome;
    assert.deepEqual(notes.indexOf("leave d"), notes.length - 1);
    assert.ok(notes.indexOf("commit d/e/b") < notes.indexOf("leave d/e"));
    assert.ok(notes.indexOf("commit d/a") < notes.indexOf("leave d"));
  });
});

describe("Ends", () => {
  for (const replies of ["lockstep", "overlapped", "pipelined"] as const) {
    it(`abort rolls back what is open and rejects with its reason (${replies})`, async () => {
      const notes: string[] = [];
      const abort = new AbortController();
      const { source, outcome } = receive({ replies, signal: abort.signal }, notingTarget(notes));
      await source.say("D0755 0 d\nC0644 10 a\nabc");
      await source.hear("\0");
      while (!notes.includes("write d/a abc")) await new Promise((resolve) => setTimeout(resolve, 1));
      abort.abort(new Error("Changed my mind"));
      await assert.rejects(outcome, { message: "Changed my mind" });
      assert.deepEqual(notes, ["enter d", "open d/a", "write d/a abc", "abort d/a", "abandon d"]);
    });

    it(`a connection that breaks rolls back (${replies})`, async () => {
      const notes: string[] = [];
      const { source, outcome } = receive({ replies }, notingTarget(notes));
      await source.say("C0644 10 a\nabc");
      while (!notes.includes("write a abc")) await new Promise((resolve) => setTimeout(resolve, 1));
      await source.cut(new Error("Connection reset"));
      await assert.rejects(outcome);
      assert.deepEqual(notes, ["open a", "write a abc", "abort a"]);
    });
  }

  it("a directory that is being closed when the transfer ends is not aborted as well", async () => {
    const notes: string[] = [];
    const abort = new AbortController();
    const target: ScpTarget = {
      ...createMemoryTarget(),
      directory: () => ({
        ...createMemoryTarget(),
        close() {
          notes.push("close");
          return new Promise(() => {});
        },
        abort: () => void notes.push("abort"),
      }),
    };
    const { source, outcome } = receive({ signal: abort.signal }, target);
    await source.say("D0755 0 d\nE\n");
    while (notes.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    abort.abort(new Error("Changed my mind"));
    await assert.rejects(outcome, { message: "Changed my mind" });
    assert.deepEqual(notes, ["close"]);
  });

  it("what had already arrived when the transfer ended is not opened", async () => {
    const opened: string[] = [];
    const abort = new AbortController();
    const target: ScpTarget = {
      file: (_, { path }) => {
        opened.push(path);
        return new WritableStream({
          async close() {
            abort.abort("gone");
          },
        });
      },
    };
    const { source, outcome } = receive({ signal: abort.signal }, target);
    await source.say("C0644 0 a\n\0C0644 0 b\n\0");
    await assert.rejects(outcome, (reason) => reason === "gone");
    assert.deepEqual(opened, ["a"]);
  });

  it("a target that opens only after the abort is still rolled back", async () => {
    let open: () => void = () => {};
    let aborted: unknown;
    const target: ScpTarget = {
      file: () =>
        new Promise((resolve) => {
          open = () =>
            resolve(
              new WritableStream({
                abort(reason) {
                  aborted = reason;
                },
              }),
            );
        }),
    };
    const abort = new AbortController();
    const { source, outcome } = receive({ signal: abort.signal }, target);
    await source.hear("\0");
    await source.say("C0644 10 a\n");
    assert.ok(await source.silent());
    abort.abort("gone");
    await assert.rejects(outcome, (reason) => reason === "gone");
    open();
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(aborted, "gone");
  });
});

/** A channel whose peer has sent everything before the transfer begins, and takes what is written. */
function bufferedChannel(text: string, repeat: number): ScpChannel {
  const chunk = new TextEncoder().encode(text.repeat(1000));
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let sent = 0; sent < repeat; sent += 1000) controller.enqueue(chunk);
      controller.close();
    },
  });
  return { readable, writable: new WritableStream() };
}

describe("A flood of records that are refused", () => {
  // As many as take several times the 5 ms of a turn.
  const records = { "C0644 1 f\n": 50_000, "D0755 0 d\n": 50_000, "T1 0 1 0\n": 1_000_000, "\x01no\n": 200_000 };
  for (const [record, count] of Object.entries(records)) {
    it(`lets timers run in between: ${JSON.stringify(record)}`, async () => {
      const limits = { maxPeerErrors: Number.POSITIVE_INFINITY };
      const target: ScpTarget = {
        file() {
          throw new ScpSkipError("not wanted");
        },
      };
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      });
      const outcome = receiveEntries(bufferedChannel(record, count), target, { limits });
      await outcome.catch((error: unknown) => assert.ok(error instanceof ScpIncompleteError, String(error)));
      clearInterval(timer);
      assert.ok(turns > 2);
    });
  }

  it("is remembered in part, and counted", async () => {
    const target: ScpTarget = {
      file() {
        throw new Error("Permission denied");
      },
    };
    const summary = await incomplete(receiveEntries(bufferedChannel("C0644 1 f\n", 20_000), target));
    assert.deepEqual([summary.failures.length, summary.failureCount], [1000, 20_000]);
  });
});

describe("Limits", () => {
  const cases: [string, ScpReceiveOptions["limits"], string, string][] = [
    ["depth", { maxDepth: 2 }, "D0755 0 a\nD0755 0 b\nD0755 0 c\n", "limit-depth"],
    ["entries", { maxEntries: 2 }, "C0644 0 a\n\0C0644 0 b\n\0C0644 0 c\n\0", "limit-entries"],
    ["times", { maxEntries: 2 }, "T1 0 1 0\nT1 0 1 0\nT1 0 1 0\n", "limit-entries"],
    ["bytes in all", { maxTotalBytes: 5 }, "C0644 3 a\nabc\0C0644 3 b\nabc\0", "limit-total-bytes"],
    ["refusals", { maxRefusals: 2, maxFileBytes: 0 }, "C0644 1 a\nC0644 1 b\nC0644 1 c\n", "limit-refusals"],
    ["peer errors", { maxPeerErrors: 1 }, "\x01a\n\x01b\n", "limit-peer-errors"],
  ];
  for (const [what, limits, said, code] of cases) {
    it(`${what}`, async () => {
      const { source, outcome } = receive({ limits });
      await source.say(said);
      await source.close();
      await assert.rejects(outcome, (error) => {
        assert.ok(error instanceof ScpLimitError, String(error));
        assert.equal(error.code, code);
        return true;
      });
    });
  }

  it("length of a line", async () => {
    const { source, outcome } = receive({ limits: { maxLineBytes: 100 } });
    await source.say(`C0644 0 ${"x".repeat(200)}`);
    await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "line-too-long");
  });

  it("bytes of one file: that file is refused and the transfer goes on", async () => {
    const notes: string[] = [];
    const { source, outcome } = receive({ limits: { maxFileBytes: 2 } }, notingTarget(notes));
    await source.say("C0644 3 a\nC0644 2 b\nxy\0");
    await source.close();
    const { failures, files } = await incomplete(outcome);
    assert.ok(failures[0]?.error instanceof ScpLimitError);
    assert.equal(files, 1);
    assert.ok(!notes.includes("open a"));
  });

  it("stall and first byte", async () => {
    const silent = receive({ limits: { firstByteMs: 30 } });
    await assert.rejects(
      silent.outcome,
      (error) => error instanceof ScpLimitError && error.code === "limit-first-byte",
    );
    const stalled = receive({ limits: { stallMs: 30 } });
    await stalled.source.say("C0644 3 a\n");
    await assert.rejects(stalled.outcome, (error) => error instanceof ScpLimitError && error.code === "limit-stall");
  });

  it("an announced size of 2^53-1 allocates nothing", async () => {
    const { source, outcome } = receive();
    await source.say("C0644 9007199254740991 a\nabc");
    await source.close();
    await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "unexpected-eof");
  });
});

describe("Events", () => {
  it("tell start, progress and finish of each entry", async () => {
    const events: ScpTransferEvent[] = [];
    const { source, outcome } = receive({ onEvent: (event) => events.push(event) });
    await source.say("D0755 0 d\nC0644 2 a\nxy\0E\n");
    await source.close();
    await outcome;
    assert.deepEqual(
      events.map((event) => (event.type === "failure" ? "failure" : `${event.type} ${event.entry.path}`)),
      ["start d", "start d/a", "progress d/a", "finish d/a", "finish d"],
    );
  });
});
