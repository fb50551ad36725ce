import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { ScpConnectionError } from "@scpkit/core";
import { skipWithout } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { readText } from "@scpkit/test-support/streams";
import { connect, type Ssh2Connection } from "../src/index.ts";

const skip = skipWithout("sshd");

async function open(t: TestContext, maxSessions: number): Promise<Ssh2Connection> {
  const sshd = await startSshd({ settings: [`MaxSessions ${maxSessions}`], env: { HOME: "/" } });
  const connection = await connect({
    host: "127.0.0.1",
    port: sshd.port,
    username: sshd.username,
    auth: [{ type: "private-key", key: readFileSync(sshd.key) }],
    verifyHostKey: () => true,
  });
  t.after(async () => {
    await connection.close();
    await sshd.stop();
  });
  return connection;
}

async function output(connection: Ssh2Connection, command: string): Promise<string> {
  const channel = await connection.exec(command, { queue: true });
  const text = await readText(channel.readable);
  await channel.closed;
  return text;
}

const isRefused = (error: unknown): boolean => error instanceof ScpConnectionError && error.code === "channel-refused";

describe("more commands than the server allows at a time", { skip }, () => {
  for (const [maxSessions, commands] of [
    [1, 6],
    [2, 8],
    [10, 30],
  ] as const) {
    it(`wait for a place: ${commands} at once with MaxSessions ${maxSessions}`, async (t) => {
      const connection = await open(t, maxSessions);
      const words = Array.from({ length: commands }, (_, index) => `word${index}\n`);
      const got = await Promise.all(words.map((word) => output(connection, `echo ${word}`)));
      assert.deepEqual(got, words);
      // Again, with what was learned.
      assert.deepEqual(await Promise.all(words.map((word) => output(connection, `echo ${word}`))), words);
    });
  }

  it("one right behind the other, with MaxSessions 1", async (t) => {
    const connection = await open(t, 1);
    for (let round = 0; round < 8; round += 1) assert.equal(await output(connection, `echo ${round}`), `${round}\n`);
  });

  it("are rejected without `queue`, or when no command is allowed at all", async (t) => {
    const connection = await open(t, 1);
    const first = await connection.exec("cat");
    await assert.rejects(connection.exec("true"), isRefused);
    await first.close();
    const none = await open(t, 0);
    await assert.rejects(output(none, "true"), isRefused);
  });

  it("stop waiting when their signal aborts, and when the connection ends", async (t) => {
    const connection = await open(t, 1);
    await connection.exec("cat");
    const controller = new AbortController();
    const reason = new Error("no longer needed");
    const aborted = connection.exec("true", { queue: true, signal: controller.signal });
    const waitingExec = connection.exec("true", { queue: true });
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(aborted, (error) => error === reason);
    const waiting = assert.rejects(
      waitingExec,
      (error) => error instanceof ScpConnectionError && error.code === "closed",
    );
    await connection.close();
    await waiting;
  });
});
