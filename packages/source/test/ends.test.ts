import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpProtocolError } from "@scpkit/codec";
import { ScriptedPeer } from "@scpkit/conformance";
import { createChannelPair, type ScpExit, ScpIncompleteError, type ScpTransport } from "@scpkit/core";
import { allowsHalfClose, type ScpEntry, upload } from "../src/index.ts";
import { directory, file } from "./support.ts";

/** Starts an upload to a command that a test plays, and ends when the test says so. */
function play(peerIdentification?: string, entries: ScpEntry[] = [file("a", "hello")]) {
  const [ours, theirs] = createChannelPair();
  let end: (exit: ScpExit) => void = () => {};
  const closed = new Promise<ScpExit>((resolve) => {
    end = resolve;
  });
  const close = async (): Promise<void> => end({});
  const stderr = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  const transport: ScpTransport = {
    peerIdentification,
    exec: async () => ({ ...ours, stderr, closed, close, [Symbol.asyncDispose]: close }),
  };
  const outcome = upload(transport, "to", entries);
  outcome.catch(() => {});
  return { sink: new ScriptedPeer(theirs), outcome, end };
}

async function failures(outcome: Promise<unknown>): Promise<string[]> {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ScpIncompleteError, String(error));
  return error.summary.failures.map(
    ({ path, error: cause }) => `${path} ${cause instanceof Error ? cause.message : ""}`,
  );
}

async function sendOneFile(sink: ScriptedPeer): Promise<void> {
  await sink.say("\0");
  await sink.hear("C0644 5 a\n");
  await sink.say("\0");
  await sink.hear("hello\0");
}

describe("the end of the input of an upload", () => {
  const others = ["SSH-2.0-Cisco-2.0", "SSH-2.0-OpenSSH_for_Windows_9.5", "SSH-2.0-dropbear_2022.83", undefined];
  for (const identification of others) {
    it(`leaves after the last reply towards ${identification ?? "an unknown peer, as behind -S"}`, async () => {
      const { sink, outcome, end } = play(identification);
      await sendOneFile(sink);
      assert.ok(await sink.silent());
      await sink.say("\0");
      await hearEnd(sink);
      await sink.close();
      end({ code: 0 });
      assert.equal((await outcome).files, 1);
    });
  }

  for (const identification of ["SSH-2.0-OpenSSH_9.2p1 Debian-2", "SSH-2.0-scpkit_ssh2"]) {
    it(`leaves with the last record towards ${identification}`, async () => {
      assert.ok(allowsHalfClose({ peerIdentification: identification }));
      const { sink, outcome, end } = play(identification);
      await sendOneFile(sink);
      await hearEnd(sink);
      await sink.say("\0");
      await sink.close();
      end({ code: 0 });
      assert.equal((await outcome).files, 1);
    });
  }
});

describe("what the peer says after its last reply", () => {
  const words: readonly (readonly [string, string])[] = [
    ["a farewell", "Connection to device closed.\r\n"],
    ["a prompt without a line end", "router#"],
    ["a surplus reply", "\0"],
    ["an error line", "\x01scp: disk nearly full\n"],
    ["a fatal error line", "\x02logged out\n"],
    ["a part of an error line", "\x01scp: dis"],
    ["much of it", "bye ".repeat(50_000)],
  ];
  for (const [name, text] of words) {
    it(`${name} is no failure when the command ends with status 0`, async () => {
      const { sink, outcome, end } = play();
      await sendOneFile(sink);
      await sink.say(`\0${text}`);
      await hearEnd(sink);
      await sink.close();
      end({ code: 0 });
      assert.deepEqual((await outcome).failures, []);
    });
  }

  it("an error line explains a command that ends with status 1", async () => {
    const { sink, outcome, end } = play(undefined, [directory("d", [])]);
    await sink.say("\0");
    await sink.hear("D0755 0 d\n");
    await sink.say("\0");
    await sink.hear("E\n");
    await sink.say("\0\x01scp: d: set times: Operation not permitted\n");
    await hearEnd(sink);
    await sink.close();
    end({ code: 1 });
    assert.deepEqual(await failures(outcome), ['d The peer reported "scp: d: set times: Operation not permitted"']);
  });

  it("is not read for ever", async () => {
    const { sink, outcome } = play();
    await sendOneFile(sink);
    await sink.say("\0noise");
    const noise = "n".repeat(64 * 1024);
    const settled: unknown[] = [];
    void outcome.catch((error: unknown) => settled.push(error));
    for (let turn = 0; turn < 200 && settled.length === 0; turn += 1) await sink.say(noise);
    await assert.rejects(outcome, (error) => error instanceof ScpProtocolError && error.code === "not-a-reply");
  });
});

/** Waits for the end of the upload's output, with nothing before it. */
async function hearEnd(sink: ScriptedPeer): Promise<void> {
  assert.equal(await sink.rest(), "");
}
