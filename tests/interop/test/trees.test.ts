import assert from "node:assert/strict";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { type InteropClient, openssh, scpkit } from "../src/clients.ts";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { run, scpkitProgram } from "../src/program.ts";
import { snapshot } from "../src/tree.ts";
import { type InteropServer, makeWorkplace } from "../src/workplace.ts";

/** How OpenSSH and scpkit send a name with a newline: as vis(3) writes it. */
const sentAs = new Map([["new\nline", "new\\^Jline"]]);

const names: readonly (string | Buffer)[] = [
  "with space",
  " leading and trailing ",
  'it\'s "quoted"',
  "$(touch pwned)",
  "`touch pwned`; #",
  "-rf",
  "*?[a-z]{x,y}",
  "back\\slash",
  "grüße-日本語-🎈",
  Buffer.from("latin1-\xe9\xff", "latin1"),
  "escape-\x1b[31mred",
  "bell\x07-cr\r-tab\t",
  "new\nline",
  "...",
  "n".repeat(255),
];

const servers: readonly (readonly [string, Parameters<typeof startWith>[1]])[] = [
  ["the embedded server", "embedded"],
  ["an sshd whose scp is scpkit", "scpkit"],
  ["an sshd with its own scp", "openssh"],
];

function startWith(t: Parameters<typeof startEmbeddedServer>[0], kind: "embedded" | "scpkit" | "openssh") {
  return kind === "embedded" ? startEmbeddedServer(t) : startOpensshServer(t, kind);
}

/** A folder as it arrives: names with newlines are sent encoded. */
function arrives(lines: readonly string[]): string[] {
  return lines
    .map((line) => {
      let changed = line;
      for (const [name, sent] of sentAs) {
        changed = changed.replace(JSON.stringify(name).slice(1, -1), JSON.stringify(sent).slice(1, -1));
      }
      return changed;
    })
    .sort();
}

async function there(
  t: Parameters<typeof startEmbeddedServer>[0],
  client: InteropClient,
  server: InteropServer,
): Promise<string[]> {
  const { local, remote } = server.place;
  const expected = arrives(snapshot(join(local, "tree"), client.keeps));
  const up = await client.put(t, server, join(local, "tree"), "copy");
  assert.equal(up.stderr, "");
  assert.equal(up.code, 0);
  assert.deepEqual(snapshot(join(remote, "copy"), client.keeps), expected);
  return expected;
}

async function thereAndBack(
  t: Parameters<typeof startEmbeddedServer>[0],
  client: InteropClient,
  server: InteropServer,
): Promise<void> {
  const { local } = server.place;
  const expected = await there(t, client, server);
  const down = await client.get(t, server, "copy", join(local, "back"));
  assert.equal(down.stderr, "");
  assert.equal(down.code, 0);
  assert.deepEqual(snapshot(join(local, "back"), client.keeps), expected);
}

describe("any name a Linux file can have", { concurrency: 3 }, () => {
  for (const [name, kind] of servers) {
    for (const client of kind === "openssh" ? [scpkit] : [openssh, scpkit]) {
      it(`${client.name} and ${name}`, async (t) => {
        if (client.missing(t)) return;
        const server = await startWith(t, kind);
        if (server === undefined) return;
        const tree = join(server.place.local, "tree");
        mkdirSync(tree);
        for (const [index, file] of names.entries()) {
          const path = Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(file)]);
          writeFileSync(path, `contents ${index}`);
        }
        mkdirSync(join(tree, "a directory $HOME 'x'"));
        writeFileSync(join(tree, "a directory $HOME 'x'", "-t"), "");
        await thereAndBack(t, client, server);
      });
    }
  }
});

// Ten times as many as a process may hold open (see `runScpkit`), and several directories for the lanes; larger trees are for bench/.
describe("many files", () => {
  for (const [client, name, kind, folders] of [
    [openssh, "the embedded server", "embedded", 5],
    [scpkit, "an sshd with its own scp", "openssh", 5],
    [scpkit, "an sshd whose scp is scpkit", "scpkit", 2],
  ] as const) {
    it(`${folders * 500}: ${client.name} and ${name}`, async (t) => {
      if (client.missing(t)) return;
      const server = await startWith(t, kind);
      if (server === undefined) return;
      const tree = join(server.place.local, "tree");
      for (let folder = 0; folder < folders; folder += 1) {
        mkdirSync(join(tree, `${folder}`), { recursive: true });
        for (let file = 0; file < 500; file += 1) {
          writeFileSync(join(tree, `${folder}`, `file-${file}`), "x".repeat(file % 100));
        }
      }
      // scp waits for every answer: one direction takes long enough.
      await (client === openssh ? there : thereAndBack)(t, client, server);
    });
  }
});

describe("a file of more than 4 GiB", () => {
  it("scpkit and OpenSSH's scp, over pipes", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    const { folder, local, remote } = makeWorkplace(t);
    const { bavail, bsize } = statfsSync(local);
    if (bavail * bsize < 10 * 2 ** 30) return t.skip("peer missing: disk space");
    const size = 2 ** 32 + 2 ** 20 + 1;
    const marks = [0, 2 ** 31 - 3, 2 ** 32 - 3, size - 8];
    const file = openSync(join(local, "large"), "w");
    ftruncateSync(file, size);
    for (const mark of marks) writeSync(file, Buffer.from(`@${mark}`.padEnd(8).slice(0, 8)), 0, 8, mark);
    closeSync(file);
    // In the place of ssh: runs the remote command here. Encrypting 8 GiB would take most of the time.
    const program = join(folder, "no-ssh");
    writeFileSync(program, '#!/bin/sh\nfor command; do :; done\nexec sh -c "$command"\n', { mode: 0o755 });
    const copy = (from: string, to: string) => run(t, process.execPath, [scpkitProgram, "-S", program, from, to]);
    const up = await copy(join(local, "large"), `peer:${join(remote, "copy")}`);
    assert.equal(up.code, 0, up.stderr);
    const expected = sample(join(local, "large"), size, marks);
    assert.deepEqual(sample(join(remote, "copy"), size, marks), expected);
    rmSync(join(remote, "copy"));
    const down = await copy(`peer:${join(local, "large")}`, join(remote, "back"));
    assert.equal(down.code, 0, down.stderr);
    assert.deepEqual(sample(join(remote, "back"), size, marks), expected);
  });
});

/** The size, the marked places, and a look at every 16 MiB. */
function sample(path: string, size: number, marks: readonly number[]): string[] {
  const file = openSync(path, "r");
  const bytes = Buffer.alloc(4096);
  const read = (at: number): string => {
    const length = readSync(file, bytes, 0, bytes.byteLength, at);
    return `${at} ${bytes.subarray(0, length).toString("latin1").replaceAll("\0", "")} ${length}`;
  };
  const places = [...marks, ...Array.from({ length: Math.floor(size / 2 ** 24) }, (_, index) => index * 2 ** 24)];
  const lines = [`${statSync(path).size}`, ...places.map(read)];
  closeSync(file);
  return lines;
}
