import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { runRemoteCommand } from "../src/engine.ts";
import {
  createChannelPair,
  ScpConnectionError,
  type ScpExecChannel,
  type ScpExit,
  ScpFatalError,
  ScpIncompleteError,
  type ScpTransport,
} from "../src/index.ts";

interface Command {
  readonly transport: ScpTransport;
  readonly end: (exit: ScpExit) => void;
  closes: number;
}

/** A transport whose only command ends as told, when it is told or when it is closed. */
function endsWith(exit: ScpExit, stderr = "", runs = false): Command {
  let end = (_: ScpExit): void => {};
  const closed = new Promise<ScpExit>((resolve) => {
    end = resolve;
  });
  if (!runs) end(exit);
  const close = async (): Promise<void> => {
    state.closes += 1;
    end(exit);
    await closed;
  };
  const [{ readable, writable }] = createChannelPair();
  const channel: ScpExecChannel = {
    readable,
    writable,
    stderr: new Blob([stderr]).stream(),
    closed,
    close,
    [Symbol.asyncDispose]: close,
  };
  const state: Command = { closes: 0, end, transport: { exec: () => Promise.resolve(channel) } };
  return state;
}

async function run(
  exit: ScpExit,
  options: { stderr?: string; refused?: boolean; error?: unknown } = {},
): Promise<{ readonly outcome: unknown; readonly closes: number }> {
  const state = endsWith(exit, options.stderr);
  const outcome = await runRemoteCommand(state.transport, "scp -t x", {}, async () => {
    if ("error" in options) throw options.error;
    return { result: "done", refused: options.refused ?? false };
  }).catch((error: unknown) => error);
  return { outcome, closes: state.closes };
}

describe("runRemoteCommand: a transfer that looks complete", () => {
  it("is a success when it abandoned the command, which is closed, however that ends", async () => {
    const state = endsWith({ signal: "HUP" }, "", true);
    const transfer = async () => ({ result: "done", refused: false, abandoned: true });
    assert.equal(await runRemoteCommand(state.transport, "scp -f x", {}, transfer), "done");
    assert.equal(state.closes, 1);
  });

  it("is a success when the command ended with status 0", async () => {
    assert.deepEqual(await run({ code: 0 }), { outcome: "done", closes: 0 });
  });

  it("is a success with status 1 when this side refused something", async () => {
    assert.equal((await run({ code: 1 }, { refused: true })).outcome, "done");
  });

  const failures: [string, ScpExit, string, RegExp][] = [
    ["status 1 that nothing explains", { code: 1 }, "command-failed", /status 1/],
    ["another status", { code: 255 }, "command-failed", /status 255/],
    ["a signal", { signal: "KILL" }, "command-failed", /signal KILL/],
    ["no status at all", {}, "lost", /lost/],
  ];
  for (const [what, exit, code, words] of failures) {
    it(`is a failure with ${what}, with the words on standard error`, async () => {
      const { outcome, closes } = await run(exit, { stderr: "out of\u001b[31m memory\n" });
      assert.ok(outcome instanceof ScpConnectionError, String(outcome));
      assert.equal(outcome.code, code);
      assert.match(outcome.message, words);
      assert.match(outcome.message, /out of\\033\[31m memory/);
      assert.notEqual(outcome.hint, "");
      assert.equal(closes, 1);
    });
  }

  it("is a failure with a status above 1 also when this side refused something", async () => {
    const { outcome } = await run({ code: 2 }, { refused: true });
    assert.ok(outcome instanceof ScpConnectionError);
  });
});

describe("runRemoteCommand: a peer that takes its time", () => {
  const limits = { stallMs: 30, firstByteMs: 30 };
  const isLimit = (code: string) => (error: unknown) => error instanceof ScpLimitError && error.code === code;

  it("may not take for ever to end a command whose transfer is over", async () => {
    const state = endsWith({}, "", true);
    const done = async () => ({ result: "done", refused: false });
    await assert.rejects(runRemoteCommand(state.transport, "scp", { limits }, done), isLimit("limit-stall"));
    assert.equal(state.closes, 1);
  });

  it("may not take for ever to start one, which is ended when it starts after all", async () => {
    const state = endsWith({ code: 0 });
    let start = (): void => {};
    const late = new Promise<void>((resolve) => {
      start = resolve;
    });
    const transport: ScpTransport = { exec: (command) => late.then(() => state.transport.exec(command)) };
    const never = () => assert.fail("It has not started");
    await assert.rejects(runRemoteCommand(transport, "scp", { limits }, never), isLimit("limit-first-byte"));
    start();
    while (state.closes === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  });
});

describe("runRemoteCommand: a transfer that fails", () => {
  const early = new ScpProtocolError("unexpected-eof", "The peer closed the connection");

  it("closes the channel and passes the error on", async () => {
    for (const error of [
      new ScpPeerError("fatal", "scp: no"),
      new ScpFatalError("Quota used up"),
      new ScpIncompleteError({ files: 0, directories: 0, bytes: 0, failures: [], failureCount: 0 }),
      new ScpProtocolError("bad-name", "The name is bad"),
      new TypeError("Observer broke"),
    ]) {
      const { outcome, closes } = await run({ code: 1 }, { error, stderr: "noise" });
      assert.equal(outcome, error);
      assert.equal(closes, 1);
    }
  });

  it("is explained by the exit status where the input ended too early", async () => {
    const { outcome } = await run({ code: 127 }, { error: early, stderr: "sh: 1: scp: not found\n" });
    assert.ok(outcome instanceof ScpConnectionError, String(outcome));
    assert.equal(outcome.code, "no-remote-scp");
    assert.deepEqual([outcome.exitCode, outcome.stderr], [127, "sh: 1: scp: not found\n"]);
    assert.match(outcome.message, /127.*scp: not found/);
    assert.match(outcome.hint, /Install scp/);
    assert.equal(outcome.cause, early);
  });

  const missing = [
    ["bash: line 1: scp: command not found", "bash"],
    ["scp: Command not found.", "tcsh"],
    ["zsh:1: command not found: scp", "zsh"],
    ["fish: Unknown command: scp", "fish"],
    ["'scp' is not recognized as an internal or external command,", "cmd.exe"],
    ["This service allows sftp connections only.", "internal-sftp of OpenSSH"],
  ] as const;
  for (const [words, who] of missing) {
    it(`has a code of its own where there is no scp: ${who}`, async () => {
      const onStderr = await run({ code: 1 }, { error: early, stderr: words });
      assert.ok(onStderr.outcome instanceof ScpConnectionError && onStderr.outcome.code === "no-remote-scp");
      const error = new ScpProtocolError("not-a-record", "Expected a record", { line: words, noise: true });
      const onStdout = await run({ code: 1 }, { error });
      assert.ok(onStdout.outcome instanceof ScpConnectionError && onStdout.outcome.code === "no-remote-scp");
      assert.equal(onStdout.outcome.stderr, words);
    });
  }

  it("waits a moment for the exit status of a command whose output has ended, then closes it", async () => {
    const state = endsWith({ signal: "HUP" }, "", true);
    setTimeout(() => state.end({ code: 127 }), 50);
    const fails = (): Promise<never> => Promise.reject(early);
    await assert.rejects(runRemoteCommand(state.transport, "scp", {}, fails), /status 127/);
    const stubborn = endsWith({ signal: "HUP" }, "", true);
    await assert.rejects(runRemoteCommand(stubborn.transport, "scp", {}, fails), /signal HUP/);
  });

  it("is explained by the peer's own last words rather than by the exit status", async () => {
    const words = new ScpPeerError("warning", "scp: No space left on device");
    const error = new ScpProtocolError("unexpected-eof", "The peer closed", { cause: words });
    assert.equal((await run({ code: 1 }, { error })).outcome, error);
  });

  it("is told as it is when the command says that all is well", async () => {
    assert.equal((await run({ code: 0 }, { error: early })).outcome, early);
  });

  it("keeps only the end of what is on standard error", async () => {
    const stderr = `first${"x".repeat(100_000)}last`;
    const { outcome } = await run({ code: 1 }, { stderr });
    assert.ok(outcome instanceof Error);
    assert.ok(outcome.message.length < 10_000);
    assert.match(outcome.message, /last/);
    assert.doesNotMatch(outcome.message, /first/);
  });
});

describe("runRemoteCommand", () => {
  it("passes standard error on as it comes", async () => {
    const heard: Uint8Array[] = [];
    const { transport } = endsWith({ code: 0 }, "debug1: hello\n");
    const options = { onStderr: (chunk: Uint8Array) => void heard.push(chunk) };
    await runRemoteCommand(transport, "scp -t x", options, async () => ({ result: 1, refused: false }));
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(heard.map((chunk) => new TextDecoder().decode(chunk)).join(""), "debug1: hello\n");
  });

  it("rejects with the signal's reason when it is aborted, and closes the channel", async () => {
    const abort = new AbortController();
    const state = endsWith({ signal: "HUP" }, "", true);
    const outcome = runRemoteCommand(
      state.transport,
      "scp -t x",
      { signal: abort.signal },
      () => new Promise((_, reject) => abort.signal.addEventListener("abort", () => reject(new Error("other")))),
    );
    setTimeout(() => abort.abort(new Error("Changed my mind")), 10);
    await assert.rejects(outcome, { message: "Changed my mind" });
    assert.equal(state.closes, 1);
  });

  it("does not wait for a command that goes on after its transfer was over, once it is aborted", async () => {
    const abort = new AbortController();
    const state = endsWith({ signal: "HUP" }, "", true);
    const outcome = runRemoteCommand(state.transport, "scp -f x", { signal: abort.signal }, async () => ({
      result: "done",
      refused: false,
    }));
    setTimeout(() => abort.abort(new Error("Changed my mind")), 10);
    await assert.rejects(outcome, { message: "Changed my mind" });
    assert.equal(state.closes, 1);
  });

  it("passes on why a command could not be started", async () => {
    const refused = new ScpConnectionError("channel-refused", "No more sessions", "Wait");
    const transport: ScpTransport = { exec: () => Promise.reject(refused) };
    await assert.rejects(
      runRemoteCommand(transport, "scp -t x", {}, async () => ({ result: 1, refused: false })),
      (error) => error === refused,
    );
  });
});
