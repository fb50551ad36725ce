import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ScpConnectionError, type ScpSessionChannel } from "@scpkit/core";
import { isMissing } from "@scpkit/test-support/programs";
import { readText } from "@scpkit/test-support/streams";
import ssh2, { type AuthHandlerMiddleware, BaseAgent, type Client, type ParsedKey } from "ssh2";
import { type ConnectOptions, connect, type Ssh2Connection } from "../src/index.ts";
import {
  generateHostKey,
  isAuthorizedKey,
  type RunningSshServer,
  type Ssh2LoginAttempt,
  type SshServerOptions,
  startSshServer,
} from "../src/server.ts";

interface User {
  readonly name: string;
}

const hostKey = generateHostKey();
const clientKey = generateHostKey();
const otherKey = generateHostKey();

async function start(t: TestContext, options: Partial<SshServerOptions<User>> = {}): Promise<RunningSshServer> {
  const server = await startSshServer<User>({
    hostKeys: [hostKey.privateKey],
    authenticate: (attempt) =>
      attempt.method === "publickey" && isAuthorizedKey(attempt.publicKey, clientKey.publicKey)
        ? { name: attempt.username }
        : undefined,
    exec: (request) => (channel) => say(channel, `${request.session.name} runs ${request.command}`),
    ...options,
  });
  t.after(() => server.close({ deadlineMs: 0 }));
  return server;
}

/** Closes `one` after the test: `await using`, which Node 22 does not know. */
function closing<T extends AsyncDisposable>(t: TestContext, one: T): T {
  t.after(() => one[Symbol.asyncDispose]());
  return one;
}

async function say(channel: ScpSessionChannel, text: string): Promise<void> {
  const writer = channel.writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await channel.exit(0);
}

function login(server: RunningSshServer, options: Partial<ConnectOptions> = {}): Promise<Ssh2Connection> {
  return connect({
    host: server.host,
    port: server.port,
    username: "ann",
    auth: [{ type: "private-key", key: clientKey.privateKey }],
    verifyHostKey: (key) => key.fingerprint === server.hostKeys[0]?.fingerprint,
    ...options,
  });
}

async function output(connection: Ssh2Connection, command: string): Promise<string> {
  const channel = await connection.exec(command);
  try {
    const text = await readText(channel.readable);
    await channel.closed;
    return text;
  } finally {
    await channel.close();
  }
}

/** An ssh2 client whose agent claims any key and signs with another. */
class ForgingAgent extends BaseAgent {
  getIdentities(callback: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    callback(null, [parsed(clientKey.publicKey)]);
  }
  sign(_key: unknown, data: Buffer, options: unknown, callback?: (error?: Error | null, signature?: Buffer) => void) {
    const done = typeof options === "function" ? options : callback;
    done?.(null, parsed(otherKey.privateKey).sign(data));
  }
}

function parsed(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error || Array.isArray(key)) throw new Error("No key");
  return key;
}

function rawClient(server: RunningSshServer, options: object): Promise<Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on("error", reject);
    client.on("ready", () => resolve(client));
    client.connect({ host: server.host, port: server.port, username: "ann", hostVerifier: () => true, ...options });
  });
}

const gone = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Runs a program; resolves to its exit status and all it wrote. */
async function run(program: string, argv: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(program, argv, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      text += chunk;
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, text };
}

describe("startSshServer", () => {
  it("lets a listed key in and hands the command over", async (t) => {
    const server = await start(t);
    assert.equal(server.host, "127.0.0.1");
    const connection = closing(t, await login(server));
    assert.match(connection.peerIdentification ?? "", /^SSH-2\.0-scpkit/);
    assert.equal(await output(connection, "scp -t x"), "ann runs scp -t x");
    assert.equal(server.connections, 1);
  });

  it("tells what the client calls itself", async (t) => {
    const server = await start(t, {
      exec:
        ({ peerIdentification }) =>
        (channel) =>
          say(channel, peerIdentification),
    });
    const connection = closing(t, await login(server));
    assert.match(await output(connection, "who"), /^SSH-2\.0-ssh2js/);
  });

  it("refuses a key that is not listed, and one whose owner does not hold it", async (t) => {
    const server = await start(t);
    await assert.rejects(login(server, { auth: [{ type: "private-key", key: otherKey.privateKey }] }), {
      code: "authentication",
    });
    await assert.rejects(rawClient(server, { agent: new ForgingAgent() }), /authentication methods failed/);
  });

  it("asks about a key once", async (t) => {
    const asked: string[] = [];
    const server = await start(t, {
      authenticate: (attempt) => {
        asked.push(attempt.method);
        return { name: attempt.username };
      },
    });
    const connection = closing(t, await login(server));
    assert.equal(await output(connection, "x"), "ann runs x");
    assert.deepEqual(asked, ["publickey"]);
  });

  it("takes passwords only when told to", async (t) => {
    const authenticate: SshServerOptions<User>["authenticate"] = (attempt) =>
      attempt.method === "password" && attempt.password === "secret" ? { name: attempt.username } : undefined;
    const auth = [{ type: "password", password: "secret" }] as const;
    await assert.rejects(login(await start(t, { authenticate }), { auth }), { code: "authentication" });
    const server = await start(t, { authenticate, methods: ["password"] });
    const connection = closing(t, await login(server, { auth }));
    assert.equal(await output(connection, "x"), "ann runs x");
    await assert.rejects(login(server, { auth: [{ type: "password", password: "wrong" }] }), {
      code: "authentication",
    });
  });

  it("refuses a login when authenticate throws", async (t) => {
    const errors: unknown[] = [];
    const server = await start(t, {
      authenticate: () => {
        throw new Error("The database is away");
      },
      onError: (error) => errors.push(error),
    });
    await assert.rejects(login(server), { code: "authentication" });
    assert.match(String(errors[0]), /database is away/);
  });

  it("refuses commands nobody wants, SFTP, shells, terminals and forwarding", async (t) => {
    const server = await start(t, { exec: () => undefined });
    const connection = closing(t, await login(server));
    await assert.rejects(connection.exec("rm"), { code: "channel-refused" });
    const client = await rawClient(server, { privateKey: clientKey.privateKey });
    t.after(() => client.end());
    const failed = (run: (done: (error?: Error) => void) => void) =>
      new Promise<Error | undefined>((resolve) => run(resolve));
    assert.ok(await failed((done) => client.sftp((error) => done(error))));
    assert.ok(await failed((done) => client.shell((error) => done(error))));
    assert.ok(await failed((done) => client.exec("x", { pty: true }, (error) => done(error))));
    assert.ok(
      await failed((done) => client.forwardOut("127.0.0.1", 1, "127.0.0.1", server.port, (error) => done(error))),
    );
    assert.ok(await failed((done) => client.forwardIn("127.0.0.1", 0, (error) => done(error))));
  });

  it("runs a shell where there is one", async (t) => {
    const server = await start(t, { shell: (request) => (channel) => say(channel, `hello ${request.session.name}`) });
    const client = await rawClient(server, { privateKey: clientKey.privateKey });
    t.after(() => client.end());
    const text = await new Promise((resolve, reject) => {
      client.shell(false, (error, channel) => {
        if (error) reject(error);
        let all = "";
        channel.on("data", (chunk: Buffer) => {
          all += chunk.toString();
        });
        channel.on("close", () => resolve(all));
      });
    });
    assert.equal(text, "hello ann");
  });

  it("ends a session with status 1 when its handler throws, and serves on", async (t) => {
    const errors: unknown[] = [];
    const server = await start(t, {
      exec:
        ({ command }) =>
        async (channel) => {
          if (command === "bad") throw new Error("A bug");
          await say(channel, "fine");
        },
      onError: (error) => errors.push(error),
    });
    const connection = closing(t, await login(server));
    const bad = closing(t, await connection.exec("bad"));
    await bad.readable.cancel();
    assert.deepEqual(await bad.closed, { code: 1 });
    assert.equal(await output(connection, "good"), "fine");
    assert.match(String(errors[0]), /A bug/);
  });

  it("does not let what one client sends reach another", async (t) => {
    const server = await start(t);
    const connection = closing(t, await login(server));
    const socket = connectTcp(server.port, server.host);
    const end = gone(socket);
    socket.write(`SSH-2.0-bad\r\n${"\0".repeat(100)}`);
    socket.resume();
    await end;
    assert.equal(await output(connection, "x"), "ann runs x");
  });

  it("bounds sessions of a connection, connections, tries and the time to log in", async (t) => {
    const server = await start(t, {
      exec: () => () => new Promise<void>(() => {}),
      maxSessionsPerConnection: 1,
      maxConnections: 2,
    });
    const connection = closing(t, await login(server));
    closing(t, await connection.exec("wait"));
    await assert.rejects(connection.exec("one more"), { code: "channel-refused" });
    // A server of its own: on a busy machine an honest login takes longer than this.
    const impatient = await start(t, { loginGraceMs: 50 });
    const silent = connectTcp(impatient.port, impatient.host);
    silent.resume();
    await gone(silent);
    const strict = await start(t, { maxAuthTries: 2 });
    const auth = [otherKey, generateHostKey(), clientKey].map(
      ({ privateKey }) => ({ type: "private-key", key: privateKey }) as const,
    );
    await assert.rejects(login(strict, { auth }), ScpConnectionError);
    const third = closing(t, await login(strict, { auth: auth.slice(1) }));
    assert.equal(await output(third, "x"), "ann runs x");
  });

  it("cuts a connection more than it takes", async (t) => {
    const server = await start(t, { maxConnections: 1 });
    const connection = closing(t, await login(server));
    const socket = connectTcp(server.port, server.host);
    socket.resume();
    await gone(socket);
    assert.equal(await output(connection, "x"), "ann runs x");
  });

  it("has only so many connections of one address that have not logged in, and reports those it drops", async (t) => {
    const dropped: unknown[] = [];
    const server = await start(t, { maxStartupsPerAddress: 2, onDrop: (one) => dropped.push(one) });
    const silent = [connectTcp(server.port, server.host), connectTcp(server.port, server.host)];
    for (const socket of silent) socket.once("error", () => {}).resume();
    t.after(() => {
      for (const socket of silent) socket.destroy();
    });
    await until(() => server.connections === 2);
    const third = connectTcp(server.port, server.host);
    third.resume();
    await gone(third);
    assert.deepEqual(dropped, [{ remoteAddress: "127.0.0.1", reason: "maxStartupsPerAddress" }]);
    silent[0]?.destroy();
    await until(() => server.connections === 1);
    // One that has logged in no longer counts.
    const connections = [closing(t, await login(server)), closing(t, await login(server))];
    for (const connection of connections) assert.equal(await output(connection, "x"), "ann runs x");
  });

  it("asks nobody once the tries are used up, also when attempts were sent ahead", async (t) => {
    const asked: string[] = [];
    const server = await start(t, {
      methods: ["password"],
      maxAuthTries: 3,
      authenticate: async (attempt) => {
        asked.push(attempt.method);
        await new Promise((resolve) => setTimeout(resolve));
        return undefined;
      },
    });
    const client = new ssh2.Client();
    const ended = new Promise<void>((resolve) => client.once("close", () => resolve()).on("error", () => {}));
    let sent = false;
    const sendAhead: AuthHandlerMiddleware = (_methods, _partial, next): void => {
      if (sent) return;
      sent = true;
      const protocol: unknown = Reflect.get(client, "_protocol");
      assert.ok(protocol instanceof Object && "authPassword" in protocol);
      const { authPassword } = protocol;
      assert.ok(authPassword instanceof Function);
      for (let attempt = 1; attempt < 10; attempt++) Reflect.apply(authPassword, protocol, ["ann", `guess ${attempt}`]);
      next({ type: "password", username: "ann", password: "guess 10" });
    };
    client.connect({ host: server.host, port: server.port, username: "ann", authHandler: sendAhead });
    await ended;
    assert.equal(asked.length, 3);
  });

  it("ends a connection that has no session for too long, and none that has one", async (t) => {
    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const exec: SshServerOptions<User>["exec"] = () => async (channel) => {
      await finished;
      await say(channel, "finished");
    };
    const server = await start(t, { exec, unusedConnectionMs: 100 });
    const busy = await login(server);
    const running = output(busy, "x");
    const idle = await login(server);
    await idle.closed;
    await until(() => server.connections === 1);
    finish();
    assert.equal(await running, "finished");
    await busy.closed;
  });

  it("asks a silent client whether it is still there, and ends the connection when there is no answer", async (t) => {
    const server = await start(t, { keepaliveIntervalMs: 20, keepaliveCountMax: 2 });
    const client = await rawClient(server, { privateKey: clientKey.privateKey });
    t.after(() => client.destroy());
    const socket: unknown = Reflect.get(client, "_sock");
    assert.ok(socket instanceof Socket);
    socket.pause();
    await until(() => server.connections === 0);
  });

  it("lets TCP look for clients that have vanished", async (t) => {
    if (process.platform !== "linux") return t.skip("/proc/net/tcp is Linux's");
    const server = await start(t);
    const socket = connectTcp(server.port, server.host);
    t.after(() => socket.destroy());
    await until(() => server.connections === 1);
    const port = server.port.toString(16).toUpperCase().padStart(4, "0");
    const rows = readFileSync("/proc/net/tcp", "utf8").split("\n");
    // Fields: number, local address, remote address, state (01: established), queues, timer (02: keepalive).
    const timers = rows.flatMap((row) => {
      const [, local, , state, , timer] = row.trim().split(/\s+/);
      return local?.endsWith(`:${port}`) && state === "01" ? [timer?.slice(0, 2)] : [];
    });
    assert.deepEqual(timers, ["02"]);
  });

  it("offers the algorithms it is given, to old clients of OpenSSH and dropbear too", async (t) => {
    if (isMissing(t, "ssh")) return;
    if (isMissing(t, "dbclient")) return;
    const folder = mkdtempSync(join(tmpdir(), "scpkit-old-client-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const rsa = (): string =>
      generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ type: "pkcs1", format: "pem" })
        .toString();
    const userKey = rsa();
    const old = {
      hostKeys: [rsa()],
      authenticate: (attempt: Ssh2LoginAttempt) =>
        attempt.method === "publickey" && Buffer.from(attempt.publicKey).equals(parsed(userKey).getPublicSSH())
          ? { name: "old" }
          : undefined,
    };
    const server = await start(t, {
      ...old,
      algorithms: { kex: ["diffie-hellman-group14-sha1"], hostKey: ["ssh-rsa"], ciphers: ["aes128-ctr"] },
      publicKeyAlgorithms: ["rsa-sha2-256", "ssh-rsa"],
    });
    const usual = await start(t, old);
    writeFileSync(join(folder, "id"), userKey, { mode: 0o600 });
    const options = [
      "-F",
      "none",
      "-i",
      join(folder, "id"),
      "-oStrictHostKeyChecking=no",
      "-oUserKnownHostsFile=/dev/null",
    ];
    const ancient = ["-oKexAlgorithms=diffie-hellman-group14-sha1", "-oHostKeyAlgorithms=ssh-rsa"];
    const sha1 = "-oPubkeyAcceptedAlgorithms=ssh-rsa";
    const ssh = (port: number, ...more: string[]) =>
      run("ssh", [
        ...options,
        ...more,
        "-oBatchMode=yes",
        "-oLogLevel=ERROR",
        "-p",
        `${port}`,
        "ann@127.0.0.1",
        "do it",
      ]);
    assert.deepEqual(await ssh(server.port, ...ancient, sha1), { code: 0, text: "old runs do it" });
    for (const options of [[...ancient, sha1], [sha1]]) assert.equal((await ssh(usual.port, ...options)).code, 255);
    assert.equal((await ssh(usual.port)).text, "old runs do it");

    spawnSync("dropbearconvert", ["openssh", "dropbear", join(folder, "id"), join(folder, "id.dropbear")]);
    const dropbear = ["-y", "-y", "-i", join(folder, "id.dropbear"), "-p", `${server.port}`, "ann@127.0.0.1", "do it"];
    const { code, text } = await run("dbclient", dropbear);
    assert.equal(code, 0, text);
    assert.match(text, /old runs do it/);
  });

  it("waits on close for sessions under way, and cuts them at the deadline", async (t) => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const exec: SshServerOptions<User>["exec"] = () => async (channel) => {
      await released;
      await say(channel, "finished");
    };
    const server = await start(t, { exec });
    const idle = await login(server);
    const busy = await login(server);
    const running = output(busy, "x");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closed = server.close({ deadlineMs: 60_000 });
    await idle.closed;
    await assert.rejects(login(server));
    release();
    assert.equal(await running, "finished");
    await closed;
    assert.equal(server.connections, 0);

    const other = await start(t, { exec: () => () => new Promise<void>(() => {}) });
    const stuck = await login(other);
    const channel = closing(t, await stuck.exec("x"));
    await other.close({ deadlineMs: 0 });
    assert.deepEqual(await channel.closed, {});
    await stuck.close();
  });

  it("needs a host key that can be read", async () => {
    const options = { authenticate: () => undefined, exec: () => undefined };
    await assert.rejects(startSshServer({ ...options, hostKeys: [] }), /hostKeys is empty/);
    await assert.rejects(startSshServer({ ...options, hostKeys: ["nonsense"] }), /host key cannot be read/);
  });

  it("says which address is taken", async (t) => {
    const { port } = await start(t);
    await assert.rejects(start(t, { port }), { code: "EADDRINUSE" });
  });

  const preferences: readonly (readonly [string, readonly string[]])[] = [
    ["OpenSSH's client", []],
    // libssh 0.8, older PuTTY and clients of hardened systems prefer it; ssh2 cannot do it as a server.
    [
      "an OpenSSH client that prefers group exchange",
      ["-o", "KexAlgorithms=diffie-hellman-group-exchange-sha256,curve25519-sha256"],
    ],
  ];
  for (const [name, preference] of preferences) {
    it(`serves ${name}`, async (t) => {
      if (isMissing(t, "ssh")) return;
      const folder = mkdtempSync(join(tmpdir(), "scpkit-ssh-server-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const server = await start(t);
      writeFileSync(join(folder, "id"), clientKey.privateKey, { mode: 0o600 });
      writeFileSync(join(folder, "known_hosts"), `[127.0.0.1]:${server.port} ${hostKey.publicKey}\n`);
      const options = [
        "-F",
        "none",
        "-i",
        join(folder, "id"),
        "-o",
        `UserKnownHostsFile=${join(folder, "known_hosts")}`,
      ];
      const { code, text } = await run("ssh", [
        ...options,
        ...preference,
        "-o",
        "BatchMode=yes",
        "-p",
        `${server.port}`,
        "ann@127.0.0.1",
        "do it",
      ]);
      assert.equal(text, "ann runs do it");
      assert.equal(code, 0);
    });
  }
});

describe("generateHostKey", () => {
  it("makes keys that can be read and sign", () => {
    for (let index = 0; index < 600; index += 1) {
      const pair = generateHostKey();
      const [type, base64] = pair.publicKey.split(" ");
      const key = parsed(pair.privateKey);
      assert.equal(type, key.type);
      assert.equal(key.getPublicSSH().toString("base64"), base64);
    }
    assert.notEqual(clientKey.publicKey, otherKey.publicKey);
  });
});

describe("isAuthorizedKey", () => {
  const blob = Buffer.from(clientKey.publicKey.split(" ")[1] ?? "", "base64");
  it("finds a key among comments and others", () => {
    const text = `# mine\r\n\r\n${otherKey.publicKey} other\r\n\t${clientKey.publicKey}  me@home\r\n`;
    assert.equal(isAuthorizedKey(blob, text), true);
  });
  it("does not take a line with options, a commented line, or a part", () => {
    assert.equal(isAuthorizedKey(blob, `restrict ${clientKey.publicKey}`), false);
    assert.equal(isAuthorizedKey(blob, `command="a b" ${clientKey.publicKey}`), false);
    assert.equal(isAuthorizedKey(blob, `#${clientKey.publicKey}`), false);
    assert.equal(isAuthorizedKey(blob, clientKey.publicKey.slice(0, -4)), false);
    assert.equal(isAuthorizedKey(blob.subarray(0, 10), clientKey.publicKey), false);
    assert.equal(isAuthorizedKey(new Uint8Array(0), "ssh-ed25519"), false);
    assert.equal(isAuthorizedKey(blob, ""), false);
  });
});
