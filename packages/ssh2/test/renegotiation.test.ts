import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, it, type TestContext } from "node:test";
import { skipWithout } from "@scpkit/test-support/programs";
import { startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { patterned } from "@scpkit/test-support/streams";
import { type ConnectOptions, connect, type Ssh2Connection, supportedAlgorithms } from "../src/index.ts";
import { startEmbedded } from "./support/embedded-server.ts";
import { changeHostKeyCheck, rekey, watchClients } from "./support/ssh2-client.ts";

const skip = skipWithout("sshd");
const runsOnDeno = "Deno" in globalThis;

/** Each channel sends and receives this much, so that keys are renegotiated about twice per MiB with {@link limit}. */
const bytes = 6 * 1024 * 1024;
const limit = "RekeyLimit 1M";
const chunkBytes = 64 * 1024;

/** Sends data through `cat` and returns the hashes of what was sent and of what came back. */
async function echo(connection: Ssh2Connection, seed: number, onChunk = (_sent: number) => {}): Promise<string[]> {
  const channel = await connection.exec("cat");
  const sent = createHash("sha256");
  const received = createHash("sha256");
  const send = async (): Promise<void> => {
    const writer = channel.writable.getWriter();
    const data = patterned(bytes, seed);
    for (let at = 0; at < bytes; at += chunkBytes) {
      const chunk = data.subarray(at, at + chunkBytes);
      sent.update(chunk);
      await writer.write(chunk);
      onChunk(at + chunk.byteLength);
    }
    await writer.close();
  };
  const receive = async (): Promise<void> => {
    const reader = channel.readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) received.update(next.value);
  };
  await Promise.all([send(), receive()]);
  assert.deepEqual(await channel.closed, { code: 0 });
  return [sent.digest("hex"), received.digest("hex")];
}

async function assertEchoes(connection: Ssh2Connection, channels: number, onChunk?: (sent: number) => void) {
  const all = await Promise.all(Array.from({ length: channels }, (_, index) => echo(connection, index + 1, onChunk)));
  for (const [sent, received] of all) assert.equal(received, sent);
}

describe("renegotiated keys while data flows both ways", { skip }, () => {
  let sshd: TestSshd;

  before(async () => {
    sshd = await startSshd({
      settings: [limit, "Ciphers +aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc", "Compression yes"],
    });
  });

  after(() => sshd.stop());

  /** Connects, and counts the key exchanges in the array's first element. */
  async function open(t: TestContext, options: Partial<ConnectOptions> = {}): Promise<[Ssh2Connection, () => number]> {
    let exchanges = 0;
    const connection = await connect({
      host: "127.0.0.1",
      port: sshd.port,
      username: sshd.username,
      auth: [{ type: "private-key", key: readFileSync(sshd.key) }],
      // As a program that asks a person does: the answer comes in a later turn of the event loop.
      verifyHostKey: () => new Promise((resolve) => setTimeout(resolve, 5, true)),
      onDebug: (line) => {
        if (line === "Handshake completed") exchanges += 1;
      },
      ...options,
    });
    t.after(() => connection.close());
    return [connection, () => exchanges];
  }

  for (const cipher of supportedAlgorithms.ciphers) {
    it(`${cipher}: the server starts it`, async (t) => {
      const [connection, exchanges] = await open(t, { ciphers: [cipher] });
      await assertEchoes(connection, 1);
      assert.ok(exchanges() > 3, `${exchanges()} key exchanges`);
    });
  }

  for (const channels of [4, 10]) {
    it(`${channels} channels at once`, async (t) => {
      const [connection, exchanges] = await open(t);
      await assertEchoes(connection, channels);
      assert.ok(exchanges() > 3, `${exchanges()} key exchanges`);
    });
  }

  it("compressed", { skip: runsOnDeno ? "Deno has no compression" : false }, async (t) => {
    const [connection, exchanges] = await open(t, { compression: true });
    await assertEchoes(connection, 4);
    assert.ok(exchanges() > 3, `${exchanges()} key exchanges`);
  });

  it("through a jump host, both connections", async (t) => {
    const [outer] = await open(t);
    const [inner, exchanges] = await open(t, { sock: await outer.forwardOut("127.0.0.1", sshd.port) });
    await assertEchoes(inner, 2);
    assert.ok(exchanges() > 3, `${exchanges()} key exchanges`);
  });

  it("this side starts it, at its own limit of data", async (t) => {
    const plain = await startSshd();
    t.after(() => plain.stop());
    for (const rekeyLimit of [undefined, { bytes: 1024 * 1024 }]) {
      const { port, username, key } = plain;
      const auth = [{ type: "private-key" as const, key: readFileSync(key) }];
      const [connection, exchanges] = await open(t, { port, username, auth, rekeyLimit });
      // What is in flight while keys are exchanged does not count for the next exchange, so it must end before the next round.
      for (let round = 0; round < 8; round += 1) await assertEchoes(connection, 2);
      if (rekeyLimit === undefined) assert.equal(exchanges(), 1);
      else assert.ok(exchanges() > 5, `${exchanges()} key exchanges`);
    }
  });

  it("this side starts it, at its own limit of time, and not after the end", async (t) => {
    let exchanged = (): void => {};
    const again = new Promise<void>((resolve) => {
      exchanged = resolve;
    });
    let completed = 0;
    const [connection] = await open(t, {
      rekeyLimit: { seconds: 0.05 },
      onDebug: (line) => {
        if (line === "Handshake completed") completed += 1;
        if (completed > 3) exchanged();
      },
    });
    await again;
    await assertEchoes(connection, 1);
    await connection.close();
    assert.equal(await connection.closed, undefined);
  });

  it("this side starts it too", async (t) => {
    const clients = watchClients(t);
    const [connection, exchanges] = await open(t);
    await assertEchoes(connection, 2, (sent) => {
      if (sent % (5 * chunkBytes) === 0) rekey(clients[0]);
    });
    assert.ok(exchanges() > 3, `${exchanges()} key exchanges`);
  });
});

describe("an error in a renegotiation", () => {
  async function open(t: TestContext) {
    const server = await startEmbedded();
    t.after(() => server.stop());
    const clients = watchClients(t);
    const connection = await connect({
      host: "127.0.0.1",
      port: server.port,
      username: "bob",
      verifyHostKey: () => true,
    });
    return { server, connection, client: clients[0] };
  }

  it("a different host key ends the connection and is reported", async (t) => {
    const { server, connection, client } = await open(t);
    changeHostKeyCheck(client, (key, verify) => {
      const other = Buffer.from(key);
      other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
      return [other, verify];
    });
    for (const peer of server.connections) peer.rekey();
    assert.equal((await connection.closed)?.code, "host-key-changed");
  });

  it("what ssh2 throws when the key is accepted ends the connection and is reported", async (t) => {
    const { server, connection, client } = await open(t);
    changeHostKeyCheck(client, (key) => [
      key,
      () => {
        throw new Error("The new keys cannot be used");
      },
    ]);
    for (const peer of server.connections) peer.rekey();
    const error = await connection.closed;
    assert.equal(error?.code, "lost");
    assert.match(error?.message ?? "", /The new keys cannot be used/);
  });
});
