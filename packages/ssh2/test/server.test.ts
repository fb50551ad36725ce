import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { ScpConnectionError, type ScpSessionChannel } from "@scpkit/core";
import { skipWithout } from "@scpkit/test-support/programs";
import { countBytes, patterned, readAll, readText } from "@scpkit/test-support/streams";
import ssh2, {
  type AcceptConnection,
  type Channel,
  type Client,
  type ExecInfo,
  type RejectConnection,
  type ServerChannel,
  type Session,
} from "ssh2";
import { connect, type Ssh2Connection } from "../src/index.ts";
import { acceptExec, type OnExecOptions, onExec } from "../src/server.ts";
import { startDelayProxy } from "./support/delay-proxy.ts";
import { type EmbeddedServer, startEmbedded } from "./support/embedded-server.ts";
import { startProxy } from "./support/proxy.ts";

interface Pair {
  readonly server: EmbeddedServer;
  readonly connection: Ssh2Connection;
}

/** A server that does with sessions what it is told, and a connection to it. */
async function pair(t: TestContext, onSession: (session: Session) => void): Promise<Pair> {
  const server = await startEmbedded({ onSession });
  const connection = await connect({
    host: "127.0.0.1",
    port: server.port,
    username: "bob",
    verifyHostKey: () => true,
  });
  t.after(async () => {
    await connection.close();
    await server.stop();
  });
  return { server, connection };
}

/** A server that runs every command with `handler`. */
function serving(
  t: TestContext,
  handler: (channel: ScpSessionChannel) => void | Promise<void>,
  options?: OnExecOptions,
): Promise<Pair> {
  return pair(t, (session) => onExec(session, () => handler, options));
}

/** A client without this package. */
async function rawClient(port: number): Promise<Client> {
  const client = new ssh2.Client();
  client.on("error", () => {});
  const ready = new Promise<void>((resolve) => {
    client.once("ready", resolve);
  });
  client.connect({ host: "127.0.0.1", port, username: "bob", hostVerifier: () => true });
  await ready;
  return client;
}

const skipSsh = skipWithout("ssh");

/** OpenSSH's client, running `command` on a server of this process. */
function runSsh(port: number, command: string): ChildProcessWithoutNullStreams {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
  const args = ["-F", "none", ...options.map((option) => `-o${option}`), "-p", String(port)];
  return spawn("ssh", [...args, "bob@127.0.0.1", command]);
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function write(stream: WritableStream<Uint8Array>, chunk: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(chunk);
  writer.releaseLock();
}

describe("a command answered by an ssh2 server", () => {
  it("sends output, standard error and the exit status", async (t) => {
    const { connection } = await serving(t, async (channel) => {
      const input = await readText(channel.readable);
      await write(channel.writable, bytesOf(`got ${input}`));
      await write(channel.stderr, bytesOf("a note"));
      await channel.exit(3);
      await channel.exit(4);
      assert.deepEqual(await channel.closed, { code: 3 });
    });
    const channel = await connection.exec("anything");
    await write(channel.writable, bytesOf("this"));
    await channel.writable.close();
    assert.equal(await readText(channel.readable), "got this");
    assert.deepEqual(await channel.closed, { code: 3 });
    assert.equal(await readText(channel.stderr), "a note");
  });

  it("sends everything that was written before the exit status", async (t) => {
    const sent = patterned(10_000_000);
    const { connection } = await serving(t, async (channel) => {
      const writer = channel.writable.getWriter();
      writer.write(sent).catch(() => {});
      writer.close().catch(() => {});
      await channel.exit(0);
    });
    const channel = await connection.exec("x");
    assert.equal(Buffer.compare(await readAll(channel.readable), sent), 0);
    assert.deepEqual(await channel.closed, { code: 0 });
  });

  it("sends both outputs whole although the client reads late", { skip: skipSsh }, async (t) => {
    const sent = patterned(6_000_000);
    const note = patterned(6_000_000, 2);
    const { server } = await serving(t, async (channel) => {
      const out = channel.writable.getWriter();
      const error = channel.stderr.getWriter();
      const writing: Promise<void>[] = [];
      for (let at = 0; at < sent.byteLength; at += 500_000) {
        writing.push(out.write(sent.subarray(at, at + 500_000)), error.write(note.subarray(at, at + 500_000)));
      }
      await Promise.all(writing);
      await channel.exit(0);
    });
    const child = runSsh(server.port, "x");
    child.stdin.end();
    const [output, notes]: [Buffer[], Buffer[]] = [[], []];
    await new Promise((resolve) => setTimeout(resolve, 50));
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    await new Promise((resolve) => setTimeout(resolve, 50));
    child.stderr.on("data", (chunk: Buffer) => notes.push(chunk));
    assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
    assert.equal(Buffer.compare(Buffer.concat(output), sent), 0);
    assert.equal(Buffer.compare(Buffer.concat(notes), note), 0);
  });

  it("can exit although input is unread or was cancelled", async (t) => {
    const { connection } = await serving(t, async (channel) => {
      await channel.readable.cancel();
      await write(channel.writable, bytesOf("enough"));
      await channel.exit(1);
    });
    const channel = await connection.exec("x");
    const writing = write(channel.writable, new Uint8Array(1_000_000)).catch(() => {});
    assert.equal(await readText(channel.readable), "enough");
    assert.deepEqual(await channel.closed, { code: 1 });
    await writing;
  });

  it("errors its streams after exit", async (t) => {
    let settled: Promise<void> | undefined;
    const { connection } = await serving(t, async (channel) => {
      const reading = channel.readable.getReader().read();
      await channel.exit(0);
      settled = assert.rejects(reading).then(() => assert.rejects(write(channel.writable, bytesOf("late"))));
    });
    const channel = await connection.exec("x");
    await readAll(channel.readable);
    await channel.closed;
    await settled;
  });

  it("notices that the client has gone while reading and while writing", async (t) => {
    const outcomes: Promise<void>[] = [];
    const server = await startEmbedded({
      onSession: (session) =>
        onExec(session, (command) => async (channel) => {
          const lost = (error: unknown): boolean => error instanceof ScpConnectionError && error.code === "lost";
          outcomes.push(
            command === "read"
              ? assert.rejects(readAll(channel.readable), lost)
              : assert.rejects(write(channel.writable, new Uint8Array(30_000_000)), lost),
            channel.closed.then((exit) => assert.deepEqual(exit, {})),
          );
          await write(channel.stderr, bytesOf("started")).catch(() => {});
        }),
    });
    const proxy = await startProxy(server.port);
    t.after(async () => {
      await proxy.stop();
      await server.stop();
    });
    const connection = await connect({
      host: "127.0.0.1",
      port: proxy.port,
      username: "bob",
      verifyHostKey: () => true,
    });
    const reading = await connection.exec("read");
    await reading.stderr.getReader().read();
    await connection.exec("write");
    while (outcomes.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    proxy.cut();
    await Promise.all(outcomes);
  });

  it("takes a client that closes the channel as the end of its input", async (t) => {
    let input: Promise<string> | undefined;
    const { connection } = await serving(t, async (channel) => {
      input = readText(channel.readable);
      await input;
      await channel.exit(0);
    });
    const channel = await connection.exec("x");
    await write(channel.writable, bytesOf("half"));
    await channel.close();
    while (input === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await input, "half");
  });

  it("wakes a writer when the client closes the channel", async (t) => {
    let written: Promise<void> | undefined;
    const { connection } = await serving(t, (channel) => {
      written = assert.rejects(write(channel.writable, new Uint8Array(30_000_000)));
    });
    const channel = await connection.exec("x");
    await channel.readable.getReader().read();
    await channel.close();
    await written;
  });

  it("ends the session with status 1 when the handler throws", async (t) => {
    const errors: unknown[] = [];
    const reason = new Error("broken");
    const handler = async (): Promise<void> => {
      throw reason;
    };
    const { connection } = await serving(t, handler, { onError: (error) => errors.push(error) });
    const channel = await connection.exec("x");
    await readAll(channel.readable);
    assert.deepEqual(await channel.closed, { code: 1 });
    assert.deepEqual(errors, [reason]);
  });

  it("serves OpenSSH's client", { skip: skipSsh }, async (t) => {
    const { server } = await serving(t, async (channel) => {
      await channel.readable.pipeTo(channel.writable);
      await channel.exit(9);
    });
    const child = runSsh(server.port, "cat");
    const sent = patterned(3_000_000);
    child.stdin.end(sent);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(code, 9);
    assert.equal(Buffer.compare(Buffer.concat(chunks), sent), 0);
  });
});

describe("beside an embedder's own handlers", () => {
  it("leaves what it does not want to them", async (t) => {
    const { connection } = await pair(t, (session) => {
      onExec(session, (command) => (command.startsWith("scp ") ? (channel) => channel.exit(1) : undefined));
      session.on("exec", (accept: AcceptConnection<ServerChannel>, reject: RejectConnection, info: ExecInfo) => {
        if (info.command === "uptime") {
          const channel = accept();
          channel.write("forever");
          channel.exit(0);
          channel.end();
        } else if (!info.command.startsWith("scp ")) {
          reject();
        }
      });
    });
    const channel = await connection.exec("uptime");
    assert.equal(await readText(channel.readable), "forever");
    assert.deepEqual(await channel.closed, { code: 0 });
    const scp = await connection.exec("scp -t x");
    await readAll(scp.readable);
    assert.deepEqual(await scp.closed, { code: 1 });
    await assert.rejects(
      connection.exec("reboot"),
      (error) => error instanceof ScpConnectionError && error.code === "channel-refused",
    );
  });

  it("refuses what nobody wants", async (t) => {
    const { connection } = await pair(t, (session) => onExec(session, () => undefined));
    await assert.rejects(
      connection.exec("anything"),
      (error) => error instanceof ScpConnectionError && error.code === "channel-refused",
    );
  });

  it("accepts a request in a handler of the embedder's, once", async (t) => {
    const { connection } = await pair(t, (session) => {
      session.on("exec", (accept: AcceptConnection<ServerChannel>, _reject: RejectConnection, info: ExecInfo) => {
        const { command, channel } = acceptExec(accept, info);
        assert.throws(() => acceptExec(accept, info), ScpConnectionError);
        void write(channel.writable, bytesOf(command)).then(() => channel.exit(0));
      });
    });
    const channel = await connection.exec("echo me");
    assert.equal(await readText(channel.readable), "echo me");
  });
});

describe("the receive window", () => {
  const sentBytes = 30_000_000;

  interface Downstream {
    readonly connection: Ssh2Connection;
    /** Bytes the server could not get rid of yet. */
    unsent(): number;
    /** The most the server was allowed to send ahead of {@link Downstream.readAll}. */
    widest(): number;
    /** Runs the command and reads all of its output. */
    readAll(): Promise<void>;
  }

  /** A server that has a lot to say, as far away as wanted. */
  async function downstream(t: TestContext, windowBytes: number | undefined, delayMs: number): Promise<Downstream> {
    let peer: ServerChannel | undefined;
    let widest = 0;
    let read = 0;
    const server = await startEmbedded({
      onSession: (session) =>
        session.on("exec", (accept: AcceptConnection<ServerChannel>) => {
          const channel = accept();
          peer = channel;
          const write = channel._write.bind(channel);
          channel._write = (chunk: Buffer, ...rest) => {
            const allowed = sentBytes - chunk.byteLength + Number(Reflect.get(channel.outgoing ?? {}, "window"));
            widest = Math.max(widest, allowed - read);
            write(chunk, ...rest);
          };
          channel.write(Buffer.alloc(sentBytes), () => {
            channel.exit(0);
            channel.end();
          });
        }),
    });
    const proxy = await startDelayProxy(server.port, delayMs);
    const options = { host: "127.0.0.1", port: proxy.port, username: "bob", verifyHostKey: () => true, windowBytes };
    const connection = await connect(options);
    t.after(async () => {
      await connection.close();
      await server.stop();
      await proxy.stop();
    });
    return {
      connection,
      unsent: () => {
        const chunk: unknown = peer === undefined ? undefined : Reflect.get(peer, "_chunk");
        return peer !== undefined && peer.writableLength > 0 && Buffer.isBuffer(chunk) ? chunk.byteLength : 0;
      },
      widest: () => widest,
      readAll: async () => {
        const channel = await connection.exec("x");
        const reader = channel.readable.getReader();
        for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) read += chunk.value.byteLength;
        assert.equal(read, sentBytes);
      },
    };
  }

  /** How much a server gets rid of towards a client that does not read, before the client reads all of it. */
  async function sentAhead(t: TestContext, windowBytes: number | undefined, delayMs: number): Promise<number> {
    const { connection, unsent } = await downstream(t, windowBytes, delayMs);
    const channel = await connection.exec("x");
    let before = -1;
    for (let now = 0; now !== before || now === 0; ) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      before = now;
      now = sentBytes - unsent();
    }
    assert.equal(await countBytes(channel.readable), sentBytes);
    assert.deepEqual(await channel.closed, { code: 0 });
    return before;
  }

  it("holds back a server that is not read", async (t) => {
    const ahead = await sentAhead(t, undefined, 0);
    assert.ok(ahead > 0 && ahead <= 16 * 1024 * 1024, `${ahead} bytes`);
    const small = await sentAhead(t, 1, 0);
    assert.ok(small > 0 && small <= 4.5 * 1024 * 1024, `${small} bytes`);
  });

  it("grows with the distance", async (t) => {
    const far = await downstream(t, undefined, 25);
    await far.readAll();
    assert.ok(far.widest() > 4 * 1024 * 1024, `${far.widest()} bytes`);
    assert.ok(far.widest() <= 16 * 1024 * 1024, `${far.widest()} bytes`);
  });

  it("grows no further than was asked", async (t) => {
    const limited = await downstream(t, 5_000_000, 100);
    await limited.readAll();
    assert.ok(limited.widest() > 4_000_000 && limited.widest() <= 5_000_000, `${limited.widest()} bytes`);
  });

  it("holds back a distant server that is not read", async (t) => {
    assert.ok((await sentAhead(t, 5_000_000, 50)) <= 5_000_000);
  });

  /** In odd portions: ssh2 drops what comes when the window is exactly empty, and takes all when it is less. */
  function flood(channel: Channel): void {
    Object.assign(channel.outgoing ?? {}, { window: 2 ** 31 });
    for (let count = 0; count < 4_000; count += 1) channel.write(Buffer.alloc(10_007));
  }

  it("cuts off a server that sends more than it was allowed", async (t) => {
    const { connection } = await pair(t, (session) => {
      session.on("exec", (accept: AcceptConnection<ServerChannel>) => {
        const channel = accept();
        flood(channel);
      });
    });
    const channel = await connection.exec("x");
    const lost = await connection.closed;
    assert.match(lost?.message ?? "", /more data than the window allowed/);
    await assert.rejects(readAll(channel.readable), ScpConnectionError);
  });

  it("cuts off a client that sends more than it was allowed", async (t) => {
    const { server } = await serving(t, () => {});
    const client = await rawClient(server.port);
    const closed = new Promise<void>((resolve) => {
      client.once("close", () => resolve());
    });
    client.exec("x", (_error, channel) => flood(channel));
    await closed;
  });
});
