import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it, type TestContext } from "node:test";
import ssh2, { type Client } from "ssh2";
import { type ConnectOptions, connect, type Ssh2Connection, supportedAlgorithms } from "../src/index.ts";
import { startEmbedded } from "./support/embedded-server.ts";
import { hasSshd, startSshd, type TestSshd } from "./support/sshd.ts";
import { patterned } from "./support/streams.ts";

const skip = hasSshd ? false : "peer missing: sshd";
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
    sshd = await startSshd([limit, "Ciphers +aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc", "Compression yes"]);
  });

  after(() => sshd.stop());

  /** Connects, and counts the key exchanges in the array's first element. */
  async function open(t: TestContext, options: Partial<ConnectOptions> = {}): Promise<[Ssh2Connection, () => number]> {
    let exchanges = 0;
    const connection = await connect({
      host: "127.0.0.1",
      port: sshd.port,
      username: sshd.username,
      auth: [{ type: "private-key", key: sshd.clientKey }],
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

  it("this side starts it too", async (t) => {
    const clients = watchClients(t);
    const [connection, exchanges] = await open(t);
    const [client] = clients;
    assert.ok(client !== undefined);
    await assertEchoes(connection, 2, (sent) => {
      if (sent % (5 * chunkBytes) === 0) rekey(client);
    });
    assert.ok(exchanges() > 3, `${exchanges()} key exchanges`);
  });
});

describe("a server that renegotiates", () => {
  it("is cut off when it shows a different host key, and the reason is reported", async (t) => {
    const server = await startEmbedded();
    t.after(() => server.stop());
    const clients = watchClients(t);
    const connection = await connect({
      host: "127.0.0.1",
      port: server.port,
      username: "bob",
      verifyHostKey: () => true,
    });
    const [client] = clients;
    assert.ok(client !== undefined);
    showOtherKey(client);
    for (const peer of server.connections) peer.rekey();
    const error = await connection.closed;
    assert.equal(error?.code, "host-key-changed");
  });
});

/** The ssh2 clients that are connected from now on. */
function watchClients(t: TestContext): readonly Client[] {
  const clients: Client[] = [];
  const { connect: original } = ssh2.Client.prototype;
  ssh2.Client.prototype.connect = function (this: Client, config) {
    clients.push(this);
    return original.call(this, config);
  };
  t.after(() => {
    ssh2.Client.prototype.connect = original;
  });
  return clients;
}

function protocolOf(client: Client): object {
  const protocol: unknown = Reflect.get(client, "_protocol");
  assert.ok(typeof protocol === "object" && protocol !== null);
  return protocol;
}

/** Starts a key exchange; ssh2 has no public method for it. */
function rekey(client: Client): void {
  const protocol = protocolOf(client);
  const start: unknown = Reflect.get(protocol, "rekey");
  assert.ok(typeof start === "function");
  Reflect.apply(start, protocol, []);
}

/** Changes one byte of each host key that the client receives from now on. */
function showOtherKey(client: Client): void {
  const protocol = protocolOf(client);
  const verify: unknown = Reflect.get(protocol, "_hostVerifier");
  assert.ok(typeof verify === "function");
  Reflect.set(protocol, "_hostVerifier", (key: Buffer, callback: unknown) => {
    const other = Buffer.from(key);
    other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
    return Reflect.apply(verify, undefined, [other, callback]);
  });
}
