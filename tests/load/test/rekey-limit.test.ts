// More data than servers encrypt with one key by default.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { download } from "@scpkit/sink";
import { upload } from "@scpkit/source";
import { connect, defaultAlgorithms, type Ssh2Connection } from "@scpkit/ssh2";
import { generateHostKey } from "@scpkit/ssh2/server";
import { freePort } from "@scpkit/test-support/free-port";
import { findProgram, needProgram } from "@scpkit/test-support/programs";
import { waitForGreeting } from "@scpkit/test-support/ssh-greeting";

const bytes = 1_200_000_000;
const chunkBytes = 1024 * 1024;
const chacha = "chacha20-poly1305@openssh.com";

/** A server of another program: its arguments, given its folder with keys, and a port. */
interface Server {
  readonly name: string;
  readonly peer: string;
  readonly isPresent: () => boolean;
  readonly command: (folder: string, port: number) => readonly [string, ...string[]];
  readonly ciphers?: readonly string[];
}

function sshd(name: string, settings: readonly string[], ciphers?: readonly string[]): Server {
  return {
    name,
    peer: "sshd",
    isPresent: () => findProgram("sshd") !== undefined,
    command: (folder, port) => {
      const lines = [
        ...settings,
        `Port ${port}`,
        "ListenAddress 127.0.0.1",
        `HostKey ${join(folder, "host_key")}`,
        `AuthorizedKeysFile ${join(folder, ".ssh", "authorized_keys")}`,
        `PidFile ${join(folder, "pid")}`,
        "PermitRootLogin yes",
        "StrictModes no",
        "UsePAM no",
      ];
      writeFileSync(join(folder, "sshd_config"), `${lines.join("\n")}\n`);
      if (userInfo().username === "root") mkdirSync("/run/sshd", { recursive: true });
      return [needProgram("sshd"), "-D", "-e", "-f", join(folder, "sshd_config")];
    },
    ...(ciphers === undefined ? {} : { ciphers }),
  };
}

const servers: readonly Server[] = [
  sshd("sshd with RekeyLimit 512M 1h", ["RekeyLimit 512M 1h"]),
  ...(defaultAlgorithms.ciphers.includes(chacha) ? [sshd("sshd with its defaults and ChaCha20", [], [chacha])] : []),
  {
    name: "dropbear with its defaults",
    peer: "dropbear (root and unshare)",
    isPresent: () =>
      process.getuid?.() === 0 &&
      spawnSync("dropbear", ["-V"]).error === undefined &&
      spawnSync("unshare", ["--mount", "true"]).status === 0,
    command: (folder, port) => {
      const key = join(folder, "dropbear_key");
      execFileSync("dropbearkey", ["-t", "ed25519", "-f", key], { stdio: "ignore" });
      // dropbear reads the keys in the home of the account, whatever HOME is: a mount namespace has the folder in its
      // place.
      const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
      const dropbear = ["dropbear", "-F", "-E", "-s", "-r", key, "-p", `127.0.0.1:${port}`];
      const elsewhere = join(folder, "home");
      mkdirSync(join(elsewhere, ".ssh"), { recursive: true, mode: 0o700 });
      writeFileSync(join(elsewhere, ".ssh", "authorized_keys"), readFileSync(join(folder, ".ssh", "authorized_keys")), {
        mode: 0o600,
      });
      return ["unshare", "--mount", "sh", "-c", script, "sh", elsewhere, userInfo().homedir, ...dropbear];
    },
  },
];

/** Starts the server, and connects to it. */
async function open(t: TestContext, server: Server) {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-rekey-"));
  const [hostKey, clientKey] = [generateHostKey(), generateHostKey()];
  writeFileSync(join(folder, "host_key"), hostKey.privateKey, { mode: 0o600 });
  mkdirSync(join(folder, ".ssh"), { mode: 0o700 });
  writeFileSync(join(folder, ".ssh", "authorized_keys"), `${clientKey.publicKey}\n`, { mode: 0o600 });
  const port = await freePort();
  const [program, ...argv] = server.command(folder, port);
  const child = spawn(program, argv, { stdio: ["ignore", "ignore", "pipe"] });
  const gone = new Promise((resolve) => child.once("close", resolve));
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  let connection: Ssh2Connection | undefined;
  t.after(async () => {
    // The processes of its sessions keep the server's output open.
    await connection?.close();
    await stop();
  });
  await waitForGreeting(port, child, () => log);
  let exchanges = 0;
  connection = await connect({
    host: "127.0.0.1",
    port,
    username: userInfo().username,
    auth: [{ type: "private-key", key: clientKey.privateKey }],
    verifyHostKey: async () => true,
    onDebug: (line) => {
      if (line === "Handshake completed") exchanges += 1;
    },
    ...(server.ciphers === undefined ? {} : { ciphers: server.ciphers }),
  });
  return { folder, connection, exchanges: () => exchanges };
}

/** Bytes that differ from chunk to chunk, as they are sent, and their hash. */
function makeBody(): { readonly stream: ReadableStream<Uint8Array>; readonly digest: () => string } {
  const hash = createHash("sha256");
  let left = bytes;
  let round = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = new Uint8Array(Math.min(chunkBytes, left)).fill(round);
        new DataView(chunk.buffer).setUint32(0, round);
        round += 1;
        left -= chunk.byteLength;
        hash.update(chunk);
        controller.enqueue(chunk);
        if (left === 0) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, digest: () => hash.digest("hex") };
}

/** Uploads into a named pipe, so that nothing is stored. */
async function uploadAll(connection: Ssh2Connection, folder: string): Promise<void> {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const received = createHash("sha256");
  const reading = (async () => {
    for await (const chunk of createReadStream(pipe)) received.update(chunk);
  })();
  const body = makeBody();
  const summary = await upload(connection, pipe, [
    { type: "file", name: "large", size: bytes, mode: 0o644, open: () => body.stream },
  ]);
  await reading;
  assert.equal(summary.bytes, bytes);
  assert.equal(received.digest("hex"), body.digest());
}

/** Downloads a file with holes, which takes no room, and a few bytes between them. */
async function downloadAll(connection: Ssh2Connection, folder: string): Promise<void> {
  const path = join(folder, "holes");
  const script =
    'for at in 0 300 600 900 1100; do echo "$at" | dd of="$1" bs=1M seek="$at" conv=notrunc status=none; done; truncate -s "$2" "$1"';
  execFileSync("sh", ["-c", script, "sh", path, `${bytes}`]);
  const sent = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) sent.update(chunk);
  const received = createHash("sha256");
  const summary = await download(connection, path, {
    file: () => new WritableStream<Uint8Array>({ write: (chunk) => void received.update(chunk) }),
    directory: () => assert.fail("A directory was sent"),
  });
  assert.equal(summary.bytes, bytes);
  assert.equal(received.digest("hex"), sent.digest("hex"));
}

describe("1.2 GB", () => {
  for (const server of servers) {
    it(`up to ${server.name}, and down`, async (t) => {
      if (!server.isPresent()) return t.skip(`peer missing: ${server.peer}`);
      const { folder, connection, exchanges } = await open(t, server);
      await uploadAll(connection, folder);
      const afterUpload = exchanges();
      assert.ok(afterUpload > 1, "No keys were renegotiated during the upload");
      await downloadAll(connection, folder);
      assert.ok(exchanges() > afterUpload, "No keys were renegotiated during the download");
    });
  }
});
