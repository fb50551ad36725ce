import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { ScpConnectionError } from "@scpkit/core";
import { skipWithout } from "@scpkit/test-support/programs";
import { startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { countBytes, patterned, readAll, readText } from "@scpkit/test-support/streams";
import type { ServerChannel, Session } from "ssh2";
import { connect, type Ssh2Connection } from "../src/index.ts";
import { startEmbedded } from "./support/embedded-server.ts";
import { type CutProxy, startProxy } from "./support/proxy.ts";

const skip = skipWithout("sshd");

describe("a command on a real sshd", { skip }, () => {
  let sshd: TestSshd;
  let proxy: CutProxy;
  let connection: Ssh2Connection;

  function open(port: number): Promise<Ssh2Connection> {
    return connect({
      host: "127.0.0.1",
      port,
      username: sshd.username,
      auth: [{ type: "private-key", key: readFileSync(sshd.key) }],
      verifyHostKey: ({ blob }) => Buffer.from(blob).toString("base64") === sshd.hostKey.split(" ")[1],
    });
  }

  before(async () => {
    if (skip) return;
    sshd = await startSshd();
    proxy = await startProxy(sshd.port);
    connection = await open(sshd.port);
  });
  after(async () => {
    await connection?.close();
    await proxy?.stop();
    await sshd?.stop();
  });

  it("tells the server's identification", () => {
    assert.match(connection.peerIdentification ?? "", /^SSH-2\.0-OpenSSH_\S+/);
  });

  it("gives output, standard error and exit status", async () => {
    const channel = await connection.exec("echo out; echo err >&2; exit 3");
    assert.equal(await readText(channel.readable), "out\n");
    assert.deepEqual(await channel.closed, { code: 3 });
    assert.equal(await readText(channel.stderr), "err\n");
  });

  it("names the signal that killed the command", async () => {
    const channel = await connection.exec("kill -KILL $$");
    await readAll(channel.readable);
    assert.deepEqual(await channel.closed, { signal: "KILL" });
  });

  it("delivers 100 MB whole", async () => {
    const bytes = 100_000_000;
    const channel = await connection.exec(`head -c ${bytes} /dev/zero`);
    assert.equal(await countBytes(channel.readable), bytes);
    assert.deepEqual(await channel.closed, { code: 0 });
  });

  it("sends and receives at once", async () => {
    const sent = patterned(20_000_000);
    const channel = await connection.exec("cat");
    const writer = channel.writable.getWriter();
    const writing = (async () => {
      for (let at = 0; at < sent.byteLength; at += 100_000) await writer.write(sent.subarray(at, at + 100_000));
      await writer.close();
    })();
    const received = await readAll(channel.readable);
    await writing;
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    assert.equal(digest(received), digest(sent));
    assert.deepEqual(await channel.closed, { code: 0 });
  });

  it("has sent everything when closing the writable resolves", async () => {
    const channel = await connection.exec("wc -c");
    const writer = channel.writable.getWriter();
    await writer.write(new Uint8Array(5_000_000));
    await writer.close();
    assert.equal((await readText(channel.readable)).trim(), "5000000");
  });

  it("takes one write larger than every window", async () => {
    const channel = await connection.exec("wc -c");
    const writer = channel.writable.getWriter();
    const writing = writer.write(new Uint8Array(50_000_000)).then(() => writer.close());
    assert.equal((await readText(channel.readable)).trim(), "50000000");
    await writing;
  });

  it("is not blocked by unread standard error and keeps its end", async () => {
    const channel = await connection.exec("head -c 10000000 /dev/zero >&2; echo done; echo last >&2");
    assert.equal(await readText(channel.readable), "done\n");
    await channel.closed;
    const kept = await readText(channel.stderr);
    assert.equal(kept.length, 65_536);
    assert.equal(kept.slice(-5), "last\n");
  });

  it("rejects a write when the command ended before it took everything", async () => {
    const channel = await connection.exec("head -c 10 >/dev/null; exit 5");
    const writer = channel.writable.getWriter();
    await assert.rejects(
      async () => {
        for (;;) await writer.write(new Uint8Array(1_000_000));
      },
      (error) => error instanceof ScpConnectionError && error.code === "lost",
    );
    await readAll(channel.readable);
    assert.deepEqual(await channel.closed, { code: 5 });
  });

  it("wakes a waiting writer although the output is unread", async () => {
    const channel = await connection.exec("head -c 4000000 /dev/zero; head -c 10 >/dev/null; exit 5");
    const writer = channel.writable.getWriter();
    await assert.rejects(async () => {
      for (;;) await writer.write(new Uint8Array(1_000_000));
    });
    assert.equal(await countBytes(channel.readable), 4_000_000);
    assert.deepEqual(await channel.closed, { code: 5 });
  });

  it("closing the writable of a command that has ended is no error", async () => {
    const channel = await connection.exec("true");
    await readAll(channel.readable);
    await channel.writable.close();
    assert.deepEqual(await channel.closed, { code: 0 });
  });

  it("errors instead of ending when the connection is cut while reading", async () => {
    const cut = await open(proxy.port);
    const channel = await cut.exec("echo first; sleep 5");
    const reader = channel.readable.getReader();
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "first\n");
    proxy.cut();
    await assert.rejects(reader.read(), (error) => error instanceof ScpConnectionError && error.code === "lost");
    assert.deepEqual(await channel.closed, {});
    assert.equal((await cut.closed)?.code, "lost");
    await readAll(channel.stderr);
  });

  it("delivers what arrived before the connection was cut, then errors", async () => {
    const cut = await open(proxy.port);
    const channel = await cut.exec("head -c 3000000 /dev/zero; echo end >&2; sleep 5");
    // sshd reads the two outputs from two pipes: the end of one says little about the other.
    await channel.stderr.getReader().read();
    await proxy.idle();
    proxy.cut();
    await cut.closed;
    let bytes = 0;
    const reader = channel.readable.getReader();
    await assert.rejects(
      async () => {
        for (;;) bytes += (await reader.read()).value?.byteLength ?? 0;
      },
      (error) => error instanceof ScpConnectionError,
    );
    assert.equal(bytes, 3_000_000);
  });

  it("errors when the connection is cut while writing", async () => {
    const cut = await open(proxy.port);
    const channel = await cut.exec("sleep 5");
    const writer = channel.writable.getWriter();
    const writing = (async () => {
      for (let written = 0; ; written += 1) {
        await writer.write(new Uint8Array(1_000_000));
        if (written === 1) setTimeout(() => proxy.cut(), 50);
      }
    })();
    await assert.rejects(writing, (error) => error instanceof ScpConnectionError && error.code === "lost");
    assert.deepEqual(await channel.closed, {});
  });

  it("ends the command when its output is cancelled", async () => {
    const channel = await connection.exec("yes");
    const reader = channel.readable.getReader();
    await reader.read();
    await reader.cancel();
    await channel.closed;
    assert.equal(await readText((await connection.exec("echo alive")).readable), "alive\n");
  });

  it("close() ends a command and errors its streams", async () => {
    const channel = await connection.exec("cat");
    const reading = channel.readable.getReader().read();
    const rejected = assert.rejects(reading, { name: "AbortError" });
    await channel.close();
    await channel.close();
    await rejected;
    await assert.rejects(channel.writable.getWriter().write(new Uint8Array(1)), { name: "AbortError" });
    await readAll(channel.stderr);
  });

  it("close() keeps the exit status of a command that had ended", async () => {
    const channel = await connection.exec("exit 7");
    await readAll(channel.readable);
    await channel.close();
    assert.deepEqual(await channel.closed, { code: 7 });
  });

  it("an aborted signal ends the command with its reason", async () => {
    const controller = new AbortController();
    const channel = await connection.exec("cat", { signal: controller.signal });
    const writer = channel.writable.getWriter();
    const reading = channel.readable.getReader().read();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(reading, reason);
    await assert.rejects(writer.write(new Uint8Array(1)), reason);
    await channel.closed;
    await assert.rejects(connection.exec("true", { signal: controller.signal }), reason);
  });

  it("aborting the writable ends a write that is stuck", async () => {
    const channel = await connection.exec("sleep 5");
    const writer = channel.writable.getWriter();
    const writing = writer.write(new Uint8Array(20_000_000));
    const rejected = assert.rejects(writing);
    await writer.abort(new Error("no more"));
    await rejected;
    await channel.closed;
  });

  it("an error of one command leaves the others alone", async () => {
    const steady = await connection.exec("cat");
    const other = await connection.exec("cat");
    await other.close();
    const writer = steady.writable.getWriter();
    await writer.write(new TextEncoder().encode("still here"));
    await writer.close();
    assert.equal(await readText(steady.readable), "still here");
  });
});

describe("a server's limits", { skip }, () => {
  it("refuses channels beyond MaxSessions and keeps the others", async () => {
    const sshd = await startSshd({ settings: ["MaxSessions 2"] });
    const connection = await connect({
      host: "127.0.0.1",
      port: sshd.port,
      username: sshd.username,
      auth: [{ type: "private-key", key: readFileSync(sshd.key) }],
      verifyHostKey: () => true,
    });
    const first = await connection.exec("cat");
    const second = await connection.exec("cat");
    await assert.rejects(
      connection.exec("cat"),
      (error) => error instanceof ScpConnectionError && error.code === "channel-refused" && error.hint !== "",
    );
    await first.writable.close();
    assert.equal((await readAll(first.readable)).byteLength, 0);
    assert.deepEqual(await first.closed, { code: 0 });
    await connection.close();
    await assert.rejects(readAll(second.readable));
    await assert.rejects(
      connection.exec("true"),
      (error) => error instanceof ScpConnectionError && error.code === "closed",
    );
    await sshd.stop();
  });
});

describe("an exit status that comes before the end", () => {
  it("stops neither what is written nor what is read", async (t) => {
    const received: Buffer[] = [];
    const server = await startEmbedded({
      onSession: (session: Session) => {
        session.on("exec", (accept: () => ServerChannel) => {
          const channel = accept();
          channel.exit(0);
          channel.on("data", (chunk: Buffer) => received.push(chunk));
          channel.once("end", () => {
            channel.write("all read");
            channel.close();
          });
        });
      },
    });
    t.after(() => server.stop());
    const connection = await connect({
      host: "127.0.0.1",
      port: server.port,
      username: "bob",
      verifyHostKey: () => true,
    });
    t.after(() => connection.close());
    const channel = await connection.exec("a command");
    // The status has arrived by then.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const data = patterned(3_000_000);
    const writer = channel.writable.getWriter();
    await writer.write(data);
    await writer.close();
    assert.equal(await readText(channel.readable), "all read");
    assert.deepEqual(await channel.closed, { code: 0 });
    assert.ok(Buffer.concat(received).equals(data));
  });
});
