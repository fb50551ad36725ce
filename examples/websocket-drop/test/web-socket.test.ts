import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ScpConnectionError, type ScpExecChannel } from "@scpkit/core";
import { readAll, readText } from "@scpkit/test-support/streams";
import { WebSocket, WebSocketServer } from "ws";
import { windowBytes } from "../src/websocket/message.ts";
import { acceptSession, type WebSocketSession } from "../src/websocket/session.ts";
import { createWebSocketTransport } from "../src/websocket/transport.ts";

let server: WebSocketServer;
let url: string;
/** The server's end of the last WebSocket. */
let socket: WebSocket;
let receivedBytes = 0;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  receivedBytes = 0;
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** Opens a command, seen from both sides. */
async function open(): Promise<{ client: ScpExecChannel; session: WebSocketSession; clientSocket: WebSocket }> {
  const accepted = new Promise<WebSocketSession>((resolve) => {
    server.once("connection", (opened) => {
      socket = opened;
      opened.on("message", (data: ArrayBuffer, isBinary) => {
        if (isBinary) receivedBytes += data.byteLength;
      });
      acceptSession(opened, resolve);
    });
  });
  const clientSocket = new WebSocket(url);
  const client = await createWebSocketTransport(() => clientSocket).exec("scp -t .");
  return { client, session: await accepted, clientSocket };
}

/** Writes until the stream holds its writer back and nothing moves any more; returns how much it took. */
async function fill(
  writable: WritableStream<Uint8Array>,
): Promise<{ writer: WritableStreamDefaultWriter; bytes: number }> {
  const writer = writable.getWriter();
  let bytes = 0;
  for (let quiet = 0; quiet < 20; ) {
    if ((writer.desiredSize ?? 0) > 0) {
      writer.write(new Uint8Array(100_000)).catch(() => {});
      bytes += 100_000;
      quiet = 0;
    } else {
      await new Promise((resolve) => setTimeout(resolve, 5));
      quiet += 1;
    }
    assert.ok(bytes < 20 * windowBytes, "Nothing held the writer back");
  }
  return { writer, bytes };
}

const lost = (error: unknown): boolean => error instanceof ScpConnectionError && error.code === "lost";

describe("a command over a WebSocket", () => {
  it("carries the command, bytes both ways, standard error and the exit status", async () => {
    const { client, session } = await open();
    assert.equal(session.command, "scp -t .");
    const sent = Buffer.alloc(3_000_000, "abcdefg");
    const [received, echoed, stderr] = await Promise.all([
      readAll(session.channel.readable).then(async (bytes) => {
        const writer = session.channel.writable.getWriter();
        await writer.write(bytes);
        await writer.close();
        const errors = session.channel.stderr.getWriter();
        await errors.write(Buffer.from("scp: not so fast\n"));
        await session.channel.exit(3);
        return bytes;
      }),
      readAll(client.readable),
      readText(client.stderr),
      new Blob([sent]).stream().pipeTo(client.writable),
    ]);
    assert.ok(sent.equals(received));
    assert.ok(sent.equals(echoed));
    assert.equal(stderr, "scp: not so fast\n");
    assert.deepEqual(await client.closed, { code: 3 });
    assert.deepEqual(await session.channel.closed, { code: 3 });
  });

  it("ends in one direction while the other goes on", async () => {
    const { client, session } = await open();
    await client.writable.close();
    assert.equal((await readAll(session.channel.readable)).length, 0);
    const writer = session.channel.writable.getWriter();
    await writer.write(Buffer.from("still here"));
    await session.channel.exit(0);
    assert.equal(await readText(client.readable), "still here");
  });

  it("sends the exit status after what was written before it, however slowly that is read", async () => {
    const { client, session } = await open();
    const writer = session.channel.writable.getWriter();
    const bytes = Buffer.alloc(3 * windowBytes, "x");
    writer.write(bytes).catch(() => {});
    const exited = session.channel.exit(0);
    assert.equal((await readAll(client.readable)).length, bytes.length);
    await exited;
    assert.deepEqual(await client.closed, { code: 0 });
  });

  it("holds the client back when the server does not read", async () => {
    const { client, session } = await open();
    const { writer, bytes } = await fill(client.writable);
    assert.ok(receivedBytes <= windowBytes, `${receivedBytes} bytes have arrived`);
    void writer.close();
    assert.equal((await readAll(session.channel.readable)).length, bytes);
  });

  it("holds the server back when the client does not read", async () => {
    const { client, session } = await open();
    const { writer, bytes } = await fill(session.channel.writable);
    assert.equal(socket.bufferedAmount, 0);
    void writer.close();
    assert.equal((await readAll(client.readable)).length, bytes);
  });

  it("ends with a client that sends more than it may", async () => {
    const { session } = await new Promise<{ session: WebSocketSession }>((resolve) => {
      server.once("connection", (opened) => acceptSession(opened, (session) => resolve({ session })));
      const rude = new WebSocket(url);
      rude.on("open", () => {
        rude.send(JSON.stringify({ type: "exec", command: "scp -t ." }));
        for (let sent = 0; sent <= windowBytes; sent += 65_536) rude.send(new Uint8Array(65_536));
      });
    });
    // Reading would be to allow more.
    assert.deepEqual(await session.channel.closed, {});
    await assert.rejects(readAll(session.channel.readable), lost);
  });

  it("ends with a peer that speaks something else", async () => {
    const { client } = await open();
    socket.send("hello?");
    await assert.rejects(readAll(client.readable), lost);
    assert.deepEqual(await client.closed, {});
  });
});

describe("a lost connection", () => {
  it("is told to both streams and to closed, after what had arrived", async () => {
    const { client, session } = await open();
    await session.channel.writable.getWriter().write(Buffer.from("last words"));
    // However politely: no exit status was sent.
    socket.close(1000);
    assert.deepEqual(await client.closed, {});
    const reader = client.readable.getReader();
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "last words");
    await assert.rejects(reader.read(), lost);
    await assert.rejects(client.writable.getWriter().write(Buffer.from("x")), lost);
    await assert.rejects(readAll(session.channel.readable), lost);
    assert.deepEqual(await session.channel.closed, {});
  });

  it("ends a write that waits for the peer", async () => {
    const { client } = await open();
    const { writer } = await fill(client.writable);
    const waiting = writer.write(new Uint8Array(1));
    socket.terminate();
    await assert.rejects(waiting, lost);
  });

  it("is how a server sees a client that aborts or leaves", async () => {
    for (const leave of [
      (client: ScpExecChannel) => client.writable.abort(new Error("enough")),
      (client: ScpExecChannel) => client.close(),
    ]) {
      const { client, session } = await open();
      await leave(client);
      await assert.rejects(readAll(session.channel.readable), lost);
      assert.deepEqual(await session.channel.closed, {});
      assert.deepEqual(await client.closed, {});
    }
  });

  it("sends nothing while it closes, which a browser would log as an error", async (t) => {
    const { client, session, clientSocket } = await open();
    const writer = session.channel.writable.getWriter();
    await writer.write(new Uint8Array(windowBytes));
    const reader = client.readable.getReader();
    // What is read from here on is worth a message that grants as much again.
    await reader.read();
    const send = t.mock.method(clientSocket, "send");
    clientSocket.close(1000);
    assert.equal(clientSocket.readyState, WebSocket.CLOSING);
    const upload = client.writable.getWriter();
    upload.write(new Uint8Array(10)).catch(() => {});
    upload.close().catch(() => {});
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    }, lost);
    assert.deepEqual(send.mock.calls, []);
  });
});

describe("exec", () => {
  it("rejects where nobody listens", async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const transport = createWebSocketTransport(() => new WebSocket(`ws://127.0.0.1:${port}`));
    await assert.rejects(transport.exec("scp -t ."), { name: "ScpConnectionError", code: "unreachable" });
  });

  it("rejects with the signal's reason", async () => {
    const reason = new Error("changed my mind");
    const transport = createWebSocketTransport(() => new WebSocket(url));
    await assert.rejects(transport.exec("scp -t .", { signal: AbortSignal.abort(reason) }), reason);
    const later = new AbortController();
    const channel = await transport.exec("scp -t .", { signal: later.signal });
    later.abort(reason);
    await assert.rejects(readAll(channel.readable), reason);
    assert.deepEqual(await channel.closed, {});
  });
});
