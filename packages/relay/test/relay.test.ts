import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import {
  ScpConnectionError,
  ScpIncompleteError,
  type ScpTransferEvent,
  type ScpTransferSummary,
  summaryOf,
} from "@scpkit/core";
import { type ScriptedCommand, scriptedTransport } from "@scpkit/test-support/memory/scripted-command";
import { relay, relaySideOf, type ScpRelayOptions } from "../src/index.ts";

interface Run {
  readonly source: ScriptedCommand;
  readonly target: ScriptedCommand;
  readonly commands: string[];
  readonly outcome: Promise<ScpTransferSummary>;
}

/** Starts a relay of `dir/a` to `to` between two scripted commands. */
function start(options: ScpRelayOptions = {}, identification?: string): Run {
  const from = scriptedTransport(identification);
  const to = scriptedTransport(identification);
  const outcome = relay({ transport: from.transport, path: "dir/a" }, { transport: to.transport, path: "to" }, options);
  outcome.catch(() => {});
  return { source: from.peer, target: to.peer, commands: [from.commands, to.commands].flat(), outcome };
}

async function failures(outcome: Promise<unknown>): Promise<(string | undefined)[][]> {
  const error = await outcome.then(
    () => assert.fail("The relay should have been incomplete"),
    (reason: unknown) => reason,
  );
  const summary = summaryOf(error);
  assert.ok(summary !== undefined, String(error));
  // A copy of one thing rejects with its own error, everything else with all failures.
  const { files, directories, failures, failureCount } = summary;
  if (failureCount === 1 && files + directories === 0) assert.equal(error, failures[0]?.error);
  else assert.ok(error instanceof ScpIncompleteError, String(error));
  return failures.map((failure) => {
    const words = failure.error instanceof ScpPeerError ? failure.error.peerMessage : String(failure.error);
    return [failure.path, failure.side, relaySideOf(failure.error), words];
  });
}

/** Sends one whole file through, from the C-line on, towards peers that are ready. */
async function passFile({ source, target }: Run, name: string, body: string): Promise<void> {
  await source.say(`C0644 ${body.length} ${name}\n`);
  await target.hear(`C0644 ${body.length} ${name}\n`);
  await target.say("\0");
  await source.hear("\0");
  await source.say(`${body}\0`);
  await target.hear(`${body}\0`);
  await source.hear("\0");
  await target.say("\0");
}

async function ready({ source, target }: Run): Promise<void> {
  await target.say("\0");
  await source.hear("\0");
}

describe("A relay on the wire", () => {
  it("passes a file on, asking the target before it answers the source", async () => {
    const events: ScpTransferEvent[] = [];
    const run = start({ onEvent: (event) => events.push(event) });
    const { source, target, outcome } = run;
    await source.hear("\0");
    await source.say("C0640 5 a\n");
    assert.ok(await target.silent(), "the target is not ready yet");
    await target.say("\0");
    await target.hear("C0640 5 a\n");
    assert.ok(await source.silent(), "the target has not decided yet");
    await target.say("\0");
    await source.hear("\0");
    await source.say("hello\0");
    await target.hear("hello\0");
    await source.hear("\0");
    await target.say("\0");
    await source.end();
    await target.end();
    assert.deepEqual(await outcome, { files: 1, directories: 0, bytes: 5, failures: [], failureCount: 0 });
    assert.deepEqual(
      events.map((event) => event.type),
      ["start", "progress", "finish"],
    );
  });

  it("runs scp -f on one peer and scp -t on the other, with the same options", () => {
    const plain = scriptedTransport();
    relay({ transport: plain.transport, path: "it's" }, { transport: plain.transport, path: "-x" }).catch(() => {});
    assert.deepEqual(plain.commands, [`scp -f 'it'\\''s'`, "scp -t -- -x"]);
    const full = scriptedTransport();
    const all = { recursive: true, preserve: true, verbose: true, targetIsDirectory: true, quote: "none" } as const;
    relay({ transport: full.transport, path: "~/a*" }, { transport: full.transport, path: "b" }, all).catch(() => {});
    assert.deepEqual(full.commands, ["scp -v -r -p -f ~/a*", "scp -v -r -p -d -t b"]);
  });

  it("passes on modes, times and nesting as they are", async () => {
    const run = start({ recursive: true, preserve: true });
    const { source, target, outcome } = run;
    await ready(run);
    await source.say("T5 0 6 0\n");
    await source.hear("\0");
    await source.say("D0755 0 a\n");
    await target.hear("T5 0 6 0\nD0755 0 a\n");
    await target.say("\0\0");
    await source.hear("\0");
    await source.say("T7 0 8 0\n");
    await source.hear("\0");
    await source.say("C4755 0 empty\n");
    await target.hear("T7 0 8 0\nC4755 0 empty\n");
    await target.say("\0\0");
    await source.hear("\0");
    await source.say("\0");
    await source.hear("\0");
    await source.say("E\n");
    await source.hear("\0");
    await target.hear("\0E\n");
    await target.say("\0\0");
    await source.end();
    await target.end();
    assert.deepEqual(await outcome, { files: 1, directories: 1, bytes: 0, failures: [], failureCount: 0 });
  });

  it("does not pass on times no sink would apply", async () => {
    const run = start({ preserve: true });
    await ready(run);
    await run.source.say(`T${"9".repeat(19)} 0 1 0\n`);
    await run.source.hear("\0");
    await run.source.say("C0644 0 a\n");
    await run.target.hear("C0644 0 a\n");
    await run.target.say("\0\0");
    await run.source.hear("\0");
    await run.source.say("\0");
    await run.source.end();
    // The target may only close once it has everything.
    await run.target.hear("\0");
    await run.target.end();
    assert.equal((await run.outcome).files, 1);
  });

  it("does not hold back the end of a file while the source thinks about the next one", async () => {
    const run = start();
    await ready(run);
    await run.source.say("C0644 1 a\n");
    await run.target.hear("C0644 1 a\n");
    await run.target.say("\0");
    await run.source.hear("\0");
    await run.source.say("x\0");
    await run.target.hear("x\0");
    await run.target.say("\0");
    await run.source.end();
    await run.target.end();
    await run.outcome;
  });

  it("sends replies ahead to a source that is known to take them", async () => {
    const run = start({ recursive: true, preserve: true }, "SSH-2.0-OpenSSH_9.2p1 Debian-2");
    await run.source.hear("\0\0");
    await run.target.say("\0");
    await run.source.say("T1 0 1 0\nD0755 0 a\n");
    await run.target.hear("T1 0 1 0\nD0755 0 a\n");
    await run.target.say("\0\0");
    await run.source.hear("\0\0");
    await run.source.say("T1 0 1 0\nC0644 1 b\n");
    await run.target.hear("T1 0 1 0\nC0644 1 b\n");
    await run.target.say("\0\0");
    await run.source.hear("\0\0\0");
    await run.source.say("xT1 0 1 0\nC0644 1 c\n".replace("x", "x\0"));
    await run.target.hear("x\0T1 0 1 0\nC0644 1 c\n");
    await run.target.say("\0\0\0");
    await run.source.say("y\0E\n");
    await run.target.hear("y\0E\n");
    await run.target.say("\0\0");
    await run.source.end();
    await run.target.end();
    assert.equal((await run.outcome).files, 2);
  });

  it("holds the source back while the target does not read", async () => {
    const run = start();
    await ready(run);
    await run.source.say("C0644 50000000 a\n");
    await run.target.hear("C0644 50000000 a\n");
    await run.target.say("\0");
    await run.source.hear("\0");
    let taken = 0;
    const pushing = (async () => {
      for (let index = 0; index < 500; index += 1) {
        await run.source.say(new Uint8Array(100_000));
        taken += 100_000;
      }
      await run.source.say("\0");
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(taken > 0 && taken < 2_000_000, `${taken} bytes were taken`);
    let passed = 0;
    while (passed < 50_000_001) passed += (await run.target.chunk()).length;
    await pushing;
    await run.source.hear("\0");
    await run.target.say("\0");
    await run.source.end();
    await run.target.end();
    assert.equal((await run.outcome).bytes, 50_000_000);
  });
});

describe("What one end refuses or lacks", () => {
  it("a file the target refuses: the source hears the target's words, the summary has them once", async () => {
    const run = start({ acceptName: () => true });
    const { source, target, outcome } = run;
    await ready(run);
    await source.say("C0644 5 a\n");
    await target.hear("C0644 5 a\n");
    await target.say("\x01scp: to/a: Permission denied\n");
    await source.hear("\x01scp: to/a: Permission denied\n");
    await passFile(run, "b", "x");
    await source.end({ code: 1 });
    await target.end({ code: 1 });
    assert.deepEqual(await failures(outcome), [["a", "peer", "target", "scp: to/a: Permission denied"]]);
  });

  it("a directory the target refuses", async () => {
    const run = start({ recursive: true });
    await ready(run);
    await run.source.say("D0755 0 a\n");
    await run.target.hear("D0755 0 a\n");
    await run.target.say("\x01scp: to: Not a directory\n");
    await run.source.hear("\x01scp: to: Not a directory\n");
    await run.source.end({ code: 1 });
    await run.target.end({ code: 1 });
    assert.deepEqual(await failures(run.outcome), [["a", "peer", "target", "scp: to: Not a directory"]]);
  });

  it("a file the target could not store after all", async () => {
    const run = start();
    await ready(run);
    await run.source.say("C0644 1 a\n");
    await run.target.hear("C0644 1 a\n");
    await run.target.say("\0");
    await run.source.hear("\0");
    await run.source.say("x\0");
    await run.target.hear("x\0");
    await run.target.say("\x01scp: to: No space left on device\n");
    await run.source.hear("\0");
    await run.source.end();
    await run.target.end({ code: 1 });
    assert.deepEqual(await failures(run.outcome), [["a", "peer", "target", "scp: to: No space left on device"]]);
  });

  it("what the source cannot send is told to the target in its place", async () => {
    const run = start({ acceptName: () => true });
    const { source, target, outcome } = run;
    await ready(run);
    await passFile(run, "a", "1");
    await source.say("\x01scp: x: No such file or directory\n");
    await target.hear("\x01scp: x: No such file or directory\n");
    await passFile(run, "b", "2");
    await source.end({ code: 1 });
    await target.end({ code: 1 });
    assert.deepEqual(await failures(outcome), [["", "peer", "source", "scp: x: No such file or directory"]]);
  });

  it("ends when the source reports more errors than the target reads", async () => {
    const { source, outcome } = start();
    const line = `\x01scp: ${"x".repeat(8000)}\n`;
    await source.say(line.repeat(200));
    await assert.rejects(outcome, (error) => {
      assert.ok(error instanceof ScpLimitError, String(error));
      assert.deepEqual([error.code, relaySideOf(error)], ["limit-peer-errors", "source"]);
      return true;
    });
  });

  it("a file whose source closes in place of its status reaches the target, and that is reported", async () => {
    const run = start();
    const { source, target, outcome } = run;
    await ready(run);
    await source.say("C0644 5 a\n");
    await target.hear("C0644 5 a\n");
    await target.say("\0");
    await source.hear("\0");
    await source.say("hello");
    await source.end({ code: 1 });
    await target.hear("hello\0");
    await target.say("\0");
    await target.end();
    const [failure, ...others] = await failures(outcome);
    assert.deepEqual(others, []);
    assert.deepEqual(failure?.slice(0, 3), ["a", "peer", "source"]);
    assert.match(failure?.[3] ?? "", /without confirming/);
  });

  it("nothing but an error line", async () => {
    const run = start();
    await ready(run);
    await run.source.say("\x01scp: dir/a: No such file or directory\n");
    await run.source.end({ code: 1 });
    await run.target.hear("\x01scp: dir/a: No such file or directory\n");
    await run.target.end({ code: 1 });
    assert.deepEqual(await failures(run.outcome), [["", "peer", "source", "scp: dir/a: No such file or directory"]]);
  });

  for (const identification of [undefined, "SSH-2.0-OpenSSH_9.2"]) {
    it(`a body the source could not read whole (${identification ?? "lockstep"})`, async () => {
      const run = start({ acceptName: () => true }, identification);
      const { source, target, outcome } = run;
      await ready(run);
      await source.say("C0644 3 a\n");
      await target.hear("C0644 3 a\n");
      await target.say("\0");
      await source.hear("\0");
      await source.say("x\0\0\x01scp: dir/a: Broken pipe\n");
      await target.hear("x\0\0\x01scp: dir/a: Broken pipe\n");
      await source.hear("\0");
      await target.say("\0");
      await source.end({ code: 1 });
      await target.end({ code: 1 });
      assert.deepEqual(await failures(outcome), [["a", "peer", "source", "scp: dir/a: Broken pipe"]]);
    });
  }

  it("a file above the limit is refused at the source and never offered", async () => {
    const run = start({ limits: { maxFileBytes: 4 } });
    await ready(run);
    await run.source.say("C0644 5 a\n");
    await run.source.hear("\x01scp: a: not stored\n");
    await run.source.end({ code: 1 });
    assert.equal(await run.target.rest(), "");
    await run.target.end();
    const [failure, ...more] = await failures(run.outcome);
    assert.deepEqual(more, []);
    assert.deepEqual(failure?.slice(0, 3), ["a", "local", undefined]);
  });

  it("a name too long for one line is left out, and does not reach the target", async () => {
    const run = start({ acceptName: () => true });
    await ready(run);
    await run.source.say(`C0644 1 ${"n".repeat(3000)}\n`);
    assert.match(await run.source.chunk(), /^\x01/);
    await passFile(run, "b", "x");
    await run.source.end({ code: 1 });
    await run.target.end();
    const [failure, ...more] = await failures(run.outcome);
    assert.deepEqual(more, []);
    assert.match(failure?.[3] ?? "", /2047/);
  });
});

describe("Names", () => {
  const evil = ["../a", "..", ".", "", "b", ".bashrc", "a/b"];
  for (const name of evil) {
    it(`${JSON.stringify(name)} ends the relay and never reaches the target`, async () => {
      const run = start();
      await ready(run);
      await run.source.say(`C0644 1 ${name}\nx\0`);
      await assert.rejects(run.outcome, (error) => {
        assert.ok(error instanceof ScpProtocolError, String(error));
        assert.match(error.message, /^At the source: /);
        assert.equal(relaySideOf(error), "source");
        return true;
      });
      assert.equal(await run.target.rest(), "");
      assert.ok(run.source.abandoned && run.target.abandoned);
    });
  }

  it("a directory nobody asked for ends it too", async () => {
    const run = start();
    await ready(run);
    await run.source.say("D0755 0 a\n");
    await assert.rejects(run.outcome, { code: "unrequested-directory" });
    assert.equal(await run.target.rest(), "");
  });

  it("bytes that are not UTF-8 pass unchanged", async () => {
    const run = start({ acceptName: () => true });
    await ready(run);
    const record = Uint8Array.from([...new TextEncoder().encode("C0644 0 "), 0xff, 0xfe, 0x0a]);
    await run.source.say(record);
    assert.equal(await run.target.chunk(), String.fromCharCode(...record));
    await run.target.end();
    await run.outcome.catch(() => {});
  });
});

describe("Losing one end ends both", () => {
  async function midBody(): Promise<Run> {
    const run = start();
    await ready(run);
    await run.source.say("C0644 10 a\n");
    await run.target.hear("C0644 10 a\n");
    await run.target.say("\0");
    await run.source.hear("\0");
    await run.source.say("abc");
    await run.target.hear("abc");
    return run;
  }

  async function lost(run: Run, end: string, code: string): Promise<ScpConnectionError> {
    const error = await run.outcome.then(
      () => assert.fail("The relay should have failed"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ScpConnectionError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, new RegExp(`^At the ${end}: `));
    assert.equal(relaySideOf(error), end);
    assert.ok(run.source.abandoned && run.target.abandoned, "a command was left running");
    return error;
  }

  it("the source, in the middle of a body: the target does not take the file for whole", async () => {
    const run = await midBody();
    await run.source.end({});
    await lost(run, "source", "lost");
    assert.equal(await run.target.rest(), "");
  });

  it("the target, in the middle of a body", async () => {
    const run = await midBody();
    await run.target.end({ signal: "KILL" });
    await lost(run, "target", "command-failed");
  });

  it("the target, while the source says nothing", async () => {
    const run = start();
    await ready(run);
    await run.target.end({});
    await lost(run, "target", "lost");
  });

  it("the source, between two files: its status tells", async () => {
    const run = start({ acceptName: () => true });
    await ready(run);
    await passFile(run, "a", "1");
    await run.source.end({});
    await lost(run, "source", "lost");
  });

  it("the source, after it reported a failure: that does not explain the loss", async () => {
    const run = start({ acceptName: () => true });
    await ready(run);
    await run.source.say("\x01scp: x: No such file or directory\n");
    await run.source.end({});
    await lost(run, "source", "lost");
  });

  it("the source while the target does not read", async () => {
    const run = start();
    await ready(run);
    await run.source.say("C0644 50000000 a\n");
    await run.target.hear("C0644 50000000 a\n");
    await run.target.say("\0");
    await run.source.hear("\0");
    for (let index = 0; index < 3; index += 1) await run.source.say(new Uint8Array(100_000));
    await run.source.cut(new Error("Connection reset"));
    await assert.rejects(run.outcome);
    assert.ok(run.source.abandoned && run.target.abandoned);
  });

  it("scp is not there: the words on standard error, and at which end", async () => {
    const heard: string[] = [];
    const run = start({ onStderr: (chunk, end) => heard.push(`${end}: ${new TextDecoder().decode(chunk)}`) });
    await run.target.mutter("sh: scp: not found\n");
    await run.target.end({ code: 127 });
    const error = await lost(run, "target", "no-remote-scp");
    assert.match(error.message, /127.*not found/);
    assert.match(error.hint, /Install scp/);
    assert.deepEqual(heard, ["target: sh: scp: not found\n"]);
  });

  it("a target that is not ready", async () => {
    const run = start({ targetIsDirectory: true });
    await run.target.say("\x01scp: to: Not a directory\n");
    await run.target.end({ code: 1 });
    await assert.rejects(run.outcome, (error) => {
      assert.ok(error instanceof ScpPeerError, String(error));
      assert.equal(error.peerMessage, "scp: to: Not a directory");
      assert.equal(relaySideOf(error), "target");
      assert.match(error.message, /^At the target: /);
      return true;
    });
    assert.ok(run.source.abandoned);
  });

  it("a source that ends well and has sent nothing", async () => {
    const run = start();
    await ready(run);
    await run.source.end();
    await assert.rejects(run.outcome, { code: "unexpected-eof" });
    assert.ok(run.target.abandoned);
  });

  it("a status of 1 that nothing explains", async () => {
    const run = start({ acceptName: () => true });
    await ready(run);
    await passFile(run, "a", "1");
    await run.source.end({ code: 1 });
    await lost(run, "source", "command-failed");
  });

  for (const end of ["source", "target"] as const) {
    it(`a channel that is refused at the ${end}`, async () => {
      const good = scriptedTransport();
      const bad = {
        exec: () => Promise.reject(new ScpConnectionError("channel-refused", "No more sessions", "Wait")),
      };
      const [from, to] = end === "source" ? [bad, good.transport] : [good.transport, bad];
      await assert.rejects(relay({ transport: from, path: "a" }, { transport: to, path: "b" }), (error) => {
        assert.ok(error instanceof ScpConnectionError, String(error));
        assert.equal(error.code, "channel-refused");
        assert.equal(relaySideOf(error), end);
        return true;
      });
      assert.ok(good.peer.abandoned);
    });

    it(`a stall of the ${end}`, async () => {
      const run = start({ limits: { stallMs: 40 } });
      await ready(run);
      await run.source.say(end === "source" ? "C0644 1" : "C0644 1 a\n");
      await assert.rejects(run.outcome, (error) => error instanceof ScpLimitError && relaySideOf(error) === end);
      assert.ok(run.source.abandoned && run.target.abandoned);
    });
  }

  it("abort rejects with its reason and closes both", async () => {
    const abort = new AbortController();
    const run = start({ signal: abort.signal });
    await ready(run);
    await run.source.say("C0644 10 a\n");
    await run.target.hear("C0644 10 a\n");
    abort.abort(new Error("Changed my mind"));
    await assert.rejects(run.outcome, { message: "Changed my mind" });
    assert.ok(run.source.abandoned && run.target.abandoned);
  });

  it("an observer that throws ends it with its error", async () => {
    const run = start({
      onEvent: () => {
        throw new Error("Observer broke");
      },
    });
    await ready(run);
    await run.source.say("C0644 1 a\n");
    await run.target.hear("C0644 1 a\n");
    await run.target.say("\0");
    await assert.rejects(run.outcome, { message: "Observer broke" });
    assert.ok(run.source.abandoned && run.target.abandoned);
  });
});
