import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { ScpConnectionError, type ScpConnectionErrorCode } from "@scpkit/core";
import { freePort } from "@scpkit/test-support/free-port";
import { skipWithout } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { readAll } from "@scpkit/test-support/streams";
import type { CipherAlgorithm } from "ssh2";
import { type ConnectOptions, connect, defaultAlgorithms, supportedAlgorithms } from "../src/index.ts";
import { openSocket } from "../src/socket.ts";
import { type EmbeddedServer, type EmbeddedServerOptions, startEmbedded } from "./support/embedded-server.ts";
import { startProxy } from "./support/proxy.ts";

function is(code: ScpConnectionErrorCode, ...words: readonly RegExp[]) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof ScpConnectionError, String(error));
    assert.equal(error.code, code, error.message);
    assert.notEqual(error.hint, "");
    for (const word of words) assert.match(error.message, word);
    return true;
  };
}

async function embedded(t: TestContext, options?: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const server = await startEmbedded(options);
  t.after(() => server.stop());
  return server;
}

function to(port: number, options: Partial<ConnectOptions> = {}): ConnectOptions {
  return { host: "127.0.0.1", port, username: "bob", verifyHostKey: () => true, ...options };
}

/** A server that does with each connection what it is told. */
async function rawServer(t: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  assert.ok(address !== null && typeof address !== "string");
  return address.port;
}

describe("host keys", () => {
  it("shows type, blob and fingerprint of the server's key", async (t) => {
    const server = await embedded(t);
    const connection = await connect(
      to(server.port, {
        verifyHostKey: ({ type, blob, fingerprint }) => {
          assert.equal(type, "ecdsa-sha2-nistp256");
          assert.equal(Buffer.from(blob).toString("base64"), server.hostKey);
          assert.match(fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
          return Promise.resolve(true);
        },
      }),
    );
    await connection.close();
  });

  it("needs a decision: without one nothing is opened", async (t) => {
    let connections = 0;
    const port = await rawServer(t, () => {
      connections += 1;
    });
    const { verifyHostKey: _, ...rest } = to(port);
    await assert.rejects(Reflect.apply(connect, undefined, [rest]), TypeError);
    await assert.rejects(Reflect.apply(connect, undefined, [{ ...rest, verifyHostKey: true }]), TypeError);
    assert.equal(connections, 0);
  });

  const refusals: readonly (readonly [string, () => unknown])[] = [
    ["false", () => false],
    ["a promise of false", () => Promise.resolve(false)],
    ["undefined", () => undefined],
    ["a promise of something true", () => Promise.resolve(1)],
    [
      "an error",
      () => {
        throw new Error("no");
      },
    ],
    ["a rejection", () => Promise.reject(new Error("no"))],
  ];
  for (const [name, verdict] of refusals) {
    it(`refuses the key on ${name}, before anything is told to the server`, async (t) => {
      const server = await embedded(t, { onAuth: () => assert.fail("asked for a login") });
      const options = to(server.port, { auth: [{ type: "password", password: "secret" }] });
      await assert.rejects(
        Reflect.apply(connect, undefined, [{ ...options, verifyHostKey: verdict }]),
        is("host-key-unknown", /SHA256:/),
      );
    });
  }

  it("rejects with the ScpConnectionError the decision threw", async (t) => {
    const server = await embedded(t);
    const changed = new ScpConnectionError("host-key-changed", "Changed", "Look");
    const verifyHostKey = (): never => {
      throw changed;
    };
    await assert.rejects(connect(to(server.port, { verifyHostKey })), changed);
  });

  it("asks once, also when the server renews the session keys", async (t) => {
    let asked = 0;
    const server = await embedded(t);
    const connection = await connect(
      to(server.port, {
        verifyHostKey: () => {
          asked += 1;
          return true;
        },
      }),
    );
    const [peer] = server.connections;
    assert.ok(peer !== undefined);
    await new Promise<void>((resolve) => peer.rekey(() => resolve()));
    assert.equal(asked, 1);
    await connection.close();
    assert.equal(await connection.closed, undefined);
  });
});

describe("connection errors", () => {
  it("refused", async () => {
    const port = await freePort();
    await assert.rejects(connect(to(port)), is("refused", new RegExp(`"127.0.0.1" port ${port}`)));
  });

  it("name not found", async () => {
    await assert.rejects(connect(to(22, { host: "no-such-host.invalid" })), is("name-not-found", /no-such-host/));
  });

  it("timed out: a server that says nothing", async (t) => {
    const port = await rawServer(t, () => {});
    await assert.rejects(connect(to(port, { connectTimeoutMs: 100 })), is("timed-out"));
  });

  it("lost: a server that closes at once", async (t) => {
    const port = await rawServer(t, (socket) => socket.destroy());
    await assert.rejects(connect(to(port)), is("lost"));
  });

  it("handshake: no SSH server", async (t) => {
    const port = await rawServer(t, (socket) => socket.end("SSH-1.5-old\r\n"));
    await assert.rejects(connect(to(port)), is("handshake"));
  });

  it("handshake: no common algorithm, both sides' named", async (t) => {
    const server = await embedded(t, { algorithms: { cipher: ["aes256-ctr"], hmac: ["hmac-sha2-512"] } });
    await assert.rejects(
      connect(to(server.port, { ciphers: ["aes128-ctr", "aes192-ctr"] })),
      is("handshake", /no common cipher .* this side offers "aes128-ctr, aes192-ctr", the server "aes256-ctr"/),
    );
    await assert.rejects(
      connect(to(server.port, { ciphers: ["aes256-ctr"], macs: ["hmac-sha2-256"] })),
      is("handshake", /no common MAC/),
    );
  });

  it("handshake: none of the algorithms asked for exists", async () => {
    await assert.rejects(
      connect(to(1, { kex: ["sntrup761x25519-sha512"] })),
      is("handshake", /"sntrup761x25519-sha512"/),
    );
  });

  it("authentication: the server ends the connection during the login", async (t) => {
    const server = await embedded(t, { onAuth: (_context, connection) => connection.end() });
    await assert.rejects(connect(to(server.port)), is("authentication", /closed the connection/));
  });

  it("tells a lost connection as `closed`", async (t) => {
    const server = await embedded(t);
    const proxy = await startProxy(server.port);
    t.after(() => proxy.stop());
    const connection = await connect(to(proxy.port));
    proxy.cut();
    is("lost")(await connection.closed);
    await connection.close();
  });

  it("notices a silent peer by keepalives", async (t) => {
    const server = await embedded(t);
    const sockets: Socket[] = [];
    const port = await rawServer(t, (near) => {
      sockets.push(near);
    });
    const relay = await import("node:net").then(({ connect: open }) => open(server.port, "127.0.0.1"));
    t.after(() => relay.destroy());
    const connecting = connect(to(port, { keepaliveIntervalMs: 20, keepaliveCountMax: 2 }));
    while (sockets[0] === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    const near = sockets[0];
    near.pipe(relay);
    relay.pipe(near);
    const connection = await connecting;
    relay.unpipe(near);
    is("lost", /Keepalive/)(await connection.closed);
  });
});

describe("aborting connect", () => {
  const reason = new Error("changed my mind");

  it("before it starts", async () => {
    await assert.rejects(connect(to(1, { signal: AbortSignal.abort(reason) })), reason);
  });

  it("while the server is silent", async (t) => {
    const controller = new AbortController();
    let gone: () => void = () => {};
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const port = await rawServer(t, (socket) => {
      socket.on("close", gone);
      socket.resume();
      setTimeout(() => controller.abort(reason), 20);
    });
    await assert.rejects(connect(to(port, { signal: controller.signal })), reason);
    await closed;
  });

  it("while a person looks at the host key", async (t) => {
    const server = await embedded(t);
    const controller = new AbortController();
    const verifyHostKey = async (): Promise<boolean> => {
      controller.abort(reason);
      return true;
    };
    await assert.rejects(connect(to(server.port, { signal: controller.signal, verifyHostKey })), reason);
    while (server.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("has no effect afterwards", async (t) => {
    const server = await embedded(t);
    const controller = new AbortController();
    const connection = await connect(to(server.port, { signal: controller.signal }));
    controller.abort(reason);
    await connection.close();
    assert.equal(await connection.closed, undefined);
  });
});

const serverCiphers: readonly CipherAlgorithm[] = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "chacha20-poly1305@openssh.com",
  "aes128-cbc",
];

describe("algorithms and other options", () => {
  it("connects with each cipher of this runtime, by default with the first", async (t) => {
    const ciphers = serverCiphers.filter((name) => supportedAlgorithms.ciphers.includes(name));
    const server = await embedded(t, { algorithms: { cipher: ciphers } });
    for (const cipher of [undefined, ...ciphers]) {
      const lines: string[] = [];
      const options = cipher === undefined ? {} : { ciphers: ["unknown@example.org", cipher] };
      const connection = await connect(to(server.port, { ...options, onDebug: (line) => lines.push(line) }));
      await connection.close();
      const chosen = lines.find((line) => line.startsWith("Handshake: C->S Cipher: "));
      assert.equal(chosen, `Handshake: C->S Cipher: ${cipher ?? defaultAlgorithms.ciphers[0]}`);
    }
  });

  it("knows more than it offers by default", () => {
    for (const list of ["ciphers", "macs", "kex", "hostKey"] as const) {
      assert.deepEqual(supportedAlgorithms[list].slice(0, defaultAlgorithms[list].length), defaultAlgorithms[list]);
    }
    assert.ok(!defaultAlgorithms.hostKey.includes("ssh-rsa"));
    const groupExchange = "diffie-hellman-group-exchange-sha256";
    assert.ok(supportedAlgorithms.kex.includes(groupExchange) && !defaultAlgorithms.kex.includes(groupExchange));
  });

  it("compresses, or says that this runtime cannot", async (t) => {
    const server = await embedded(t);
    const connecting = connect(to(server.port, { compression: true }));
    if ("Deno" in globalThis) {
      await assert.rejects(connecting, is("handshake", /Deno/));
    } else {
      await (await connecting).close();
    }
  });

  it("hands on the banner", async (t) => {
    const server = await embedded(t, { banner: "Welcome" });
    let banner = "";
    const onBanner = (text: string): void => {
      banner += text;
    };
    const connection = await connect(to(server.port, { onBanner }));
    await connection.close();
    assert.match(banner, /^Welcome/);
  });

  it("connects from a given address and family", async (t) => {
    const server = await embedded(t);
    const connection = await connect(to(server.port, { localAddress: "127.0.0.1", addressFamily: 4 }));
    await connection[Symbol.asyncDispose]();
  });
});

describe("a socket of the caller's", () => {
  it("goes through a socket that is still being opened", async (t) => {
    const server = await embedded(t);
    const answers: number[] = [];
    const sock = openSocket({ host: "127.0.0.1", port: server.port }, new AbortController().signal);
    const connection = await connect(to(server.port, { sock, onServerHello: (ms) => answers.push(ms) }));
    await connection.close();
    assert.equal(answers.length, 1);
    assert.ok((answers[0] ?? -1) >= 0);

    const refused = openSocket({ host: "127.0.0.1", port: await freePort() }, new AbortController().signal);
    await assert.rejects(connect(to(22, { sock: refused })), is("refused"));
  });

  it("lets go of a socket that comes too late", async (t) => {
    const port = await rawServer(t, () => {});
    let give: (socket: Socket) => void = () => {};
    const sock = new Promise<Socket>((resolve) => {
      give = resolve;
    });
    await assert.rejects(connect(to(port, { sock, connectTimeoutMs: 50 })), is("timed-out"));
    const late = await openSocket({ host: "127.0.0.1", port }, new AbortController().signal);
    give(late);
    await new Promise((resolve) => late.once("close", resolve));
  });

  it("names the host when it has ended before its turn", async (t) => {
    const port = await rawServer(t, (socket) => socket.end());
    const sock = await openSocket({ host: "127.0.0.1", port }, new AbortController().signal);
    sock.resume();
    await new Promise((resolve) => sock.once("close", resolve));
    await assert.rejects(connect(to(port, { sock })), is("lost", new RegExp(`"127.0.0.1" port ${port}`)));
  });
});

describe("ProxyJump", () => {
  it("goes through one server to the next", { skip: skipWithout("sshd") }, async (t) => {
    const outer = await startSshd();
    t.after(() => outer.stop());
    const inner = await startSshd();
    t.after(() => inner.stop());
    const open = (sshd: typeof outer, more: Partial<ConnectOptions>) =>
      connect({
        host: "127.0.0.1",
        port: sshd.port,
        username: sshd.username,
        auth: [{ type: "private-key", key: readFileSync(sshd.key) }],
        verifyHostKey: ({ blob }) => Buffer.from(blob).toString("base64") === sshd.hostKey.split(" ")[1],
        ...more,
      });
    const jump = await open(outer, {});
    const connection = await open(inner, { sock: await jump.forwardOut("127.0.0.1", inner.port) });
    const channel = await connection.exec("head -c 50000000 /dev/zero");
    assert.equal((await readAll(channel.readable)).byteLength, 50_000_000);

    const lost = await connection.exec("sleep 5");
    await assert.rejects(jump.forwardOut("127.0.0.1", await freePort()), is("channel-refused"));
    await jump.close();
    await assert.rejects(readAll(lost.readable), is("lost"));
    is("lost")(await connection.closed);
  });
});
