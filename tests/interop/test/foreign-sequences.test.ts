// What clients that do not run here send, byte for byte: SSH.NET (and Posh-SSH, which is built on it), libssh2's
// examples, and WinSCP in SCP mode. Each sequence is also played to OpenSSH's scp.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { ScriptedSsh } from "../src/scripted-ssh.ts";
import { startServeCommand } from "../src/serve-command.ts";
import type { InteropServer } from "../src/workplace.ts";

type Start = (t: TestContext) => Promise<InteropServer | undefined>;

const serve: readonly [string, Start] = ["scpkit serve", startServeCommand];
const sshds: readonly (readonly [string, Start])[] = [
  ["an sshd whose scp is scpkit", (t) => startOpensshServer(t, "scpkit")],
  ["an sshd with its own scp", (t) => startOpensshServer(t, "openssh")],
];
const servers: readonly (readonly [string, Start])[] = [["an embedded server", startEmbeddedServer], serve, ...sshds];

const times = "T1500000000 0 1500000000 0\n";

/** One case: what is sent, each step followed by one reply, unless it is the last and the client just closes. */
interface Sequence {
  readonly name: string;
  readonly command: (path: string) => string;
  readonly steps: readonly string[];
  /** The last step gets no reply that the client waits for: it closes its side. */
  readonly closes?: boolean;
  readonly exitCode: number;
  /** Files below the target, with their contents. */
  readonly stored: Readonly<Record<string, string>>;
}

const sequences: readonly Sequence[] = [
  {
    name: "SSH.NET Upload(FileInfo)",
    command: (path) => `scp -t "${path}"`,
    steps: [times, "C0644 5 f\n", "hello\0"],
    exitCode: 0,
    stored: { f: "hello" },
  },
  {
    name: "SSH.NET Upload(DirectoryInfo): the contents of a directory, then an E at the top level",
    command: (path) => `scp -r -p -d -t "${path}"`,
    steps: [times, "C0644 5 f\n", "hello\0", times, "D0755 0 sub\n", times, "C0644 1 g\n", "x\0", "E\n", "E\n"],
    exitCode: 0,
    stored: { f: "hello", "sub/g": "x" },
  },
  {
    name: "libssh2: a body without the byte that closes it",
    command: (path) => `scp -pt '${path}'`,
    steps: [times, "C0644 5 f\n", "hello"],
    closes: true,
    exitCode: 1,
    stored: { f: "hello" },
  },
  {
    name: "libssh2: an empty file without the byte that closes it",
    command: (path) => `scp -t '${path}'`,
    steps: ["C0644 0 f\n", ""],
    closes: true,
    exitCode: 1,
    stored: { f: "" },
  },
  {
    name: "libssh2: the second file without the byte that closes it",
    command: (path) => `scp -t '${path}'`,
    steps: ["C0644 1 a\n", "a\0", "C0644 5 f\n", "hello"],
    closes: true,
    exitCode: 1,
    stored: { a: "a", f: "hello" },
  },
  {
    name: "libssh2: a file inside a directory without the byte that closes it",
    command: (path) => `scp -r -t '${path}'`,
    steps: ["D0755 0 d\n", "C0644 5 f\n", "hello"],
    closes: true,
    exitCode: 1,
    stored: { "d/f": "hello" },
  },
];

describe("sequences of foreign clients are stored", { concurrency: 3 }, () => {
  for (const { name, command, steps, closes, exitCode, stored } of sequences) {
    for (const [serverName, start] of servers) {
      it(`${name}; ${serverName}`, async (t) => {
        if (isMissing(t, "ssh", "ssh")) return;
        const server = await start(t);
        if (server === undefined) return;
        mkdirSync(join(server.place.remote, "target"));
        const client = new ScriptedSsh(t, server, command(server.path("target")));
        assert.equal(await client.reply(), "ok");
        for (const [index, step] of steps.entries()) {
          client.send(step);
          if (closes && index === steps.length - 1) break;
          assert.equal(await client.reply(), "ok", JSON.stringify(step));
        }
        assert.equal(await client.finish(), exitCode);
        for (const [path, content] of Object.entries(stored)) {
          assert.equal(readFileSync(join(server.place.remote, "target", path), "utf8"), content, path);
        }
      });
    }
  }
});

describe("WinSCP in SCP mode", { concurrency: 3 }, () => {
  const begin = "WinSCP: this is begin-of-file";
  const end = "WinSCP: this is end-of-file";
  for (const [serverName, start] of [serve, ...sshds]) {
    it(`stores and fetches through the shell of ${serverName}`, async (t) => {
      if (isMissing(t, "ssh", "ssh")) return;
      const server = await start(t);
      if (server === undefined) return;
      mkdirSync(join(server.place.remote, "target"));
      writeFileSync(join(server.place.remote, "target", "old"), "stored before");
      const client = new ScriptedSsh(t, server);
      const target = server.path("target");
      // The start files of a login shell set PATH: what stands for scp there comes first again.
      if (serverName !== serve[0]) client.send(`PATH="${join(server.place.folder, "bin")}:$PATH"\n`);

      client.send(`echo "${begin}" ; scp -r -p -d -t "${target}" ; echo "${end}:$?"\n`);
      assert.equal(await client.readThrough("\n"), `${begin}\n`);
      assert.equal(await client.reply(), "ok");
      const upload = [
        times,
        "C0644 5 f\n",
        "hello\0",
        times,
        "D0755 0 sub\n",
        times,
        "C0600 1 g\n",
        "x\0",
        "E\n",
        "E\n",
      ];
      for (const step of upload) {
        client.send(step);
        assert.equal(await client.reply(), "ok", JSON.stringify(step));
      }
      assert.equal(await client.readThrough("\n"), `${end}:0\n`);

      client.send(`echo "${begin}" ; scp -r -p -d -f "${target}/old" ; echo "${end}:$?"\n`);
      assert.equal(await client.readThrough("\n"), `${begin}\n`);
      client.send("\0");
      assert.match(await client.readThrough("\n"), /^T\d+ 0 \d+ 0\n$/);
      client.send("\0");
      assert.match(await client.readThrough("\n"), /^C0644 13 old\n$/);
      client.send("\0");
      assert.equal(await client.readThrough("\0"), "stored before\0");
      client.send("\0");
      assert.equal(await client.readThrough("\n"), `${end}:0\n`);

      client.send("exit\n");
      await client.finish();
      const read = (path: string): string => readFileSync(join(server.place.remote, "target", path), "utf8");
      assert.deepEqual([read("f"), read("sub/g")], ["hello", "x"]);
    });
  }
});
