import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { type ForeignClient, foreignClients } from "../src/foreign-clients.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { startServeCommand } from "../src/serve-command.ts";
import { makeTree, snapshot } from "../src/tree.ts";
import type { InteropServer } from "../src/workplace.ts";

/** The last one is the reference: what a client makes of OpenSSH is what it has to make of scpkit. */
const servers: readonly (readonly [string, (t: TestContext) => Promise<InteropServer | undefined>])[] = [
  ["an embedded server", (t) => startEmbeddedServer(t, "ecdsa")],
  ["scpkit serve", (t) => startServeCommand(t, "ecdsa")],
  ["an sshd whose scp is scpkit", (t) => startOpensshServer(t, "scpkit", "ecdsa")],
  ["an sshd with its own scp", (t) => startOpensshServer(t, "openssh", "ecdsa")],
];

/** Sizes around the borders of packets and of libssh2's buffers; curl uploads no empty file by SCP. */
const sizes = [0, 1, 29_999, 100_000];

function content(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
}

async function copiesFiles(t: TestContext, client: ForeignClient, server: InteropServer): Promise<void> {
  const { local, remote } = server.place;
  for (const size of sizes) {
    const [name, bytes] = [`of-${size}`, content(size)];
    writeFileSync(join(local, name), bytes);
    const up = { direction: "put", kind: "file", from: join(local, name), to: server.path(name) } as const;
    const stored = await client.copy(t, server, up);
    assert.equal(stored.code, 0, `${name}: ${stored.stderr}`);
    assert.deepEqual(readFileSync(join(remote, name)), bytes, `${name} is stored whole`);

    const down = { direction: "get", kind: "file", from: server.path(name), to: join(local, `${name}.back`) } as const;
    const fetched = await client.copy(t, server, down);
    assert.equal(fetched.code, 0, `${name}: ${fetched.stderr}`);
    if (size > 0) assert.deepEqual(readFileSync(join(local, `${name}.back`)), bytes, `${name} is fetched whole`);
  }
}

async function reportsFailures(t: TestContext, client: ForeignClient, server: InteropServer): Promise<void> {
  const { local, remote } = server.place;
  const missing = { direction: "get", kind: "file", from: server.path("nothing"), to: join(local, "nothing") } as const;
  assert.notEqual((await client.copy(t, server, missing)).code, 0, "a file that does not exist");

  writeFileSync(join(local, "f"), "content");
  const nowhere = { direction: "put", kind: "file", from: join(local, "f"), to: server.path("none/f") } as const;
  assert.notEqual((await client.copy(t, server, nowhere)).code, 0, "a directory that does not exist");
  assert.equal(existsSync(join(remote, "none")), false);
}

async function copiesTrees(t: TestContext, client: ForeignClient, server: InteropServer): Promise<void> {
  const { local, remote } = server.place;
  makeTree(join(local, "tree"));
  const expected = snapshot(join(local, "tree"));
  const up = { direction: "put", kind: "tree", from: join(local, "tree"), to: server.path("copy") } as const;
  const stored = await client.copy(t, server, up);
  assert.equal(stored.code, 0, stored.stderr);
  assert.deepEqual(snapshot(join(remote, "copy")), expected);

  mkdirSync(join(local, "into"));
  const down = { direction: "get", kind: "tree", from: server.path("copy"), to: join(local, "into") } as const;
  const fetched = await client.copy(t, server, down);
  assert.equal(fetched.code, 0, fetched.stderr);
  assert.deepEqual(snapshot(join(local, "into", "copy")), expected);
}

describe("foreign clients store and fetch", { concurrency: 3 }, () => {
  for (const client of foreignClients) {
    for (const [name, start] of servers) {
      it(`${client.name} and ${name}`, async (t) => {
        if (client.missing(t)) return;
        const server = await start(t);
        if (server === undefined) return;
        await copiesFiles(t, client, server);
        await reportsFailures(t, client, server);
        if (client.trees) await copiesTrees(t, client, server);
      });
    }
  }
});
