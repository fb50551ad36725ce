import assert from "node:assert/strict";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { ScpConnectionError } from "@scpkit/core";
import { patterned } from "@scpkit/test-support/streams";
import type { ServerChannel, Session } from "ssh2";
import { type ConnectOptions, connect, type Ssh2Connection } from "../src/index.ts";
import { type EmbeddedServer, startEmbedded } from "./support/embedded-server.ts";
import { watchClients } from "./support/ssh2-client.ts";

const runsOnDeno = "Deno" in globalThis;

/** A server whose commands neither read nor write, and a proxy before it. */
interface Network {
  readonly server: EmbeddedServer;
  readonly port: number;
  /** The client's connection at the proxy. */
  near(): Socket;
}

async function startNetwork(t: TestContext): Promise<Network> {
  const server = await startEmbedded({
    algorithms: { compress: ["none", "zlib@openssh.com"] },
    onSession: (session: Session) => {
      session.on("exec", (accept: () => ServerChannel) => void accept());
    },
  });
  const sockets: Socket[] = [];
  const proxy = createServer({ allowHalfOpen: true }, (near) => {
    const far = connectTcp(server.port, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far);
    far.pipe(near);
    sockets.push(near, far);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
    await server.stop();
  });
  const address = proxy.address();
  assert.ok(address !== null && typeof address !== "string");
  const near = (): Socket => {
    const [socket] = sockets;
    assert.ok(socket !== undefined);
    return socket;
  };
  return { server, port: address.port, near };
}

function open(port: number, options: Partial<ConnectOptions> = {}): Promise<Ssh2Connection> {
  return connect({ host: "127.0.0.1", port, username: "bob", verifyHostKey: () => true, ...options });
}

function isLost(error: unknown): true {
  assert.ok(error instanceof ScpConnectionError, String(error));
  assert.equal(error.code, "lost", error.message);
  return true;
}

describe("a connection that is lost", () => {
  it("is looked for by default: a keepalive after 15 s of silence, three without a reply", async (t) => {
    const { port } = await startNetwork(t);
    const clients = watchClients(t);
    const connection = await open(port);
    t.after(() => connection.close());
    const config: unknown = clients[0] === undefined ? undefined : Reflect.get(clients[0], "config");
    assert.ok(typeof config === "object" && config !== null);
    assert.equal(Reflect.get(config, "keepaliveInterval"), 15_000);
    assert.equal(Reflect.get(config, "keepaliveCountMax"), 3);
  });

  it("is noticed by keepalives while an upload waits for a silent network", async (t) => {
    const { port, near } = await startNetwork(t);
    const connection = await open(port, { keepaliveIntervalMs: 30, keepaliveCountMax: 2 });
    const channel = await connection.exec("a command");
    near().unpipe();
    near().pause();
    near().removeAllListeners("data");
    const writer = channel.writable.getWriter();
    await assert.rejects(async () => {
      for (;;) await writer.write(patterned(256 * 1024));
    }, isLost);
    isLost(await connection.closed);
  });

  it("is not assumed while data arrives, although keepalives get no reply", async (t) => {
    const { server, port } = await startNetwork(t);
    const connection = await open(port, { keepaliveIntervalMs: 60, keepaliveCountMax: 1 });
    t.after(() => connection.close());
    // The peer answers nothing, but sends messages of its own for many keepalive intervals.
    const [peer] = server.connections;
    assert.ok(peer !== undefined);
    muteReplies(peer);
    const ends: unknown[] = [];
    void connection.closed.then((end) => ends.push(end));
    for (let round = 0; round < 60; round += 1) {
      ping(peer);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual(ends, []);
  });

  const compressions = runsOnDeno ? [false] : [false, true];
  for (const compression of compressions) {
    it(`ends although the peer no longer reads what is left to send${compression ? ", compressed" : ""}`, async (t) => {
      const { port, near } = await startNetwork(t);
      const connection = await open(port, { compression });
      const channels = await Promise.all(Array.from({ length: 8 }, () => connection.exec("a command")));
      near().unpipe();
      near().pause();
      const results = channels.map(async (channel, index) => {
        const writer = channel.writable.getWriter();
        const written = writer.write(patterned(2 * 1024 * 1024, index + 1));
        // These come when ssh2 has given the connection up and the socket still has data to send.
        setTimeout(() => void writer.write(patterned(1024)).catch(() => {}), 50);
        setTimeout(() => void writer.close().catch(() => {}), 60);
        setTimeout(() => void channel.close(), 70);
        await written.catch(() => {});
        await channel.closed;
      });
      setTimeout(() => near().end(), 20);
      isLost(await connection.closed);
      await Promise.all(results);
    });
  }

  it("is reported when a callback of the caller throws after the login", async (t) => {
    const { port } = await startNetwork(t);
    let loggedIn = false;
    const connection = await open(port, {
      onDebug: () => {
        if (loggedIn) throw new Error("The log is full");
      },
    });
    loggedIn = true;
    await assert.rejects(connection.exec("a command"), isLost);
    const error = await connection.closed;
    isLost(error);
    assert.match(error?.message ?? "", /The log is full/);
  });
});

/** Makes the server ignore requests for a reply, as some devices do. */
function muteReplies(peer: object): void {
  const protocol: unknown = Reflect.get(peer, "_protocol");
  assert.ok(typeof protocol === "object" && protocol !== null);
  for (const reply of ["requestSuccess", "requestFailure"]) Reflect.set(protocol, reply, () => {});
}

/** Sends a message that needs no reply. */
function ping(peer: object): void {
  const protocol: unknown = Reflect.get(peer, "_protocol");
  assert.ok(typeof protocol === "object" && protocol !== null);
  const send: unknown = Reflect.get(protocol, "ping");
  assert.ok(typeof send === "function");
  Reflect.apply(send, protocol, []);
}
