import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { createDelayProxy, type DelayProxyOptions } from "../src/environment/delay-proxy.ts";
import { measureRoundTrip } from "../src/environment/round-trip.ts";

type Setting = Omit<DelayProxyOptions, "targetPort">;

/** A proxy in front of a server that treats every connection with `serve`; the port to connect to. */
async function proxyTo(t: TestContext, setting: Setting, serve: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const proxy = await createDelayProxy({ ...setting, targetPort: address.port });
  t.after(async () => {
    await proxy.close();
    server.close();
  });
  return proxy.port;
}

const echo = (socket: Socket): void => {
  socket.pipe(socket);
};

/** Not `for await`, which destroys a socket that could still be written to. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // It may have been paused on purpose.
  socket.resume();
  await once(socket, "end");
  return Buffer.concat(chunks);
}

describe("createDelayProxy", () => {
  for (const roundTripMs of [0, 10]) {
    it(`passes every byte both ways, then the end of the stream, at ${roundTripMs} ms`, async (t) => {
      const port = await proxyTo(t, { roundTripMs }, echo);
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      const sent = randomBytes(8 * 1024 * 1024 + 17);
      socket.end(sent);
      assert.ok((await readAll(socket)).equals(sent));
    });
  }

  it("passes the end of one direction while the other goes on", async (t) => {
    const port = await proxyTo(t, { roundTripMs: 4 }, async (socket) => {
      const question = await readAll(socket);
      socket.end(`answer to ${question}`);
    });
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.end("question");
    assert.equal((await readAll(socket)).toString(), "answer to question");
  });

  it("lets nothing pass early, and more delay takes longer", async (t) => {
    const near = await measureRoundTrip(await proxyTo(t, { roundTripMs: 6 }, echo), 7);
    const far = await measureRoundTrip(await proxyTo(t, { roundTripMs: 60 }, echo), 7);
    assert.ok(near >= 5 && far >= 59, `${near} ms and ${far} ms`);
    assert.ok(far > near, `${near} ms and ${far} ms`);
  });

  it("counts the TCP handshake: the first answer takes two round trips", async (t) => {
    const roundTripMs = 40;
    const port = await proxyTo(t, { roundTripMs }, echo);
    const start = performance.now();
    const socket = connect({ port, host: "127.0.0.1" });
    socket.write("x");
    await once(socket, "data");
    const elapsed = performance.now() - start;
    socket.destroy();
    assert.ok(elapsed >= 2 * roundTripMs - 2, `${elapsed} ms`);
  });

  it("holds the sender back when it is full, and loses nothing", async (t) => {
    const served: Socket[] = [];
    const total = 96 * 1024 * 1024;
    const port = await proxyTo(t, { roundTripMs: 2, capacity: 256 * 1024 }, (socket) => {
      socket.pause();
      served.push(socket);
    });
    const socket = connect({ port, host: "127.0.0.1" });
    const chunk = randomBytes(1024 * 1024);
    let sent = 0;
    let open = true;
    while (open && sent < total) {
      sent += chunk.length;
      // The kernel's buffers take some megabytes; when nothing drains for so long, it is the proxy that does not read.
      if (!socket.write(chunk)) open = await Promise.race([once(socket, "drain").then(() => true), pause(500)]);
    }
    assert.ok(sent < total, `${sent} bytes went into a proxy that may hold 256 KiB`);
    const [server] = served;
    assert.ok(server !== undefined);
    socket.end();
    assert.equal((await readAll(server)).length, sent);
  });

  it("passes on that the server has gone", async (t) => {
    const port = await proxyTo(t, { roundTripMs: 4 }, (socket) => {
      socket.once("data", () => socket.destroy());
    });
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.write("x");
    await once(socket, "close");
  });
});

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
