// The text of a known-hosts file: its lines, and what they make of a key that a server shows.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkHostKey,
  hashHostName,
  type KnownHostEntry,
  knownHostsName,
  parseKnownHosts,
} from "@scpkit/openssh/known-hosts";
import type { FuzzTarget } from "../target.ts";

const keyType = "ssh-ed25519";
const mine = wireKey(1);
const other = wireKey(2);
const myLine = `${keyType} ${Buffer.from(mine).toString("base64")}`;
const otherLine = `${keyType} ${Buffer.from(other).toString("base64")}`;
const hashed = hashHostName("host.example", new Uint8Array(20));
const file = join(process.env.SCPKIT_FUZZ_FOLDER ?? tmpdir(), "known_hosts");

export const target: FuzzTarget = {
  dictionary: [
    myLine,
    otherLine,
    hashed,
    "host.example ",
    "@revoked ",
    "@cert-authority ",
    "*",
    "!",
    ",",
    "?",
    "\n",
    "\t",
    "#",
    "[host.example]:2222",
    "ssh-rsa ",
  ],
  maxBytes: 1024,
  *seeds() {
    const lines = [
      `host.example ${myLine} me@here\n`,
      `host.example,10.0.0.1 ${otherLine}\n`,
      `${hashed} ${myLine}\n`,
      `# a comment\n\n@revoked * ${myLine}\n`,
      `@cert-authority *.example ${otherLine}\n`,
      `!host.example,* ${myLine}\r\nhost.??????? ${otherLine}`,
    ];
    for (const line of [...lines, lines.join("")]) yield new TextEncoder().encode(line);
  },
  async run(input) {
    const text = new TextDecoder().decode(input);
    const { entries, unreadable } = parseKnownHosts(text, "f");
    const lines = text.split("\n");
    const separately = lines.map((line, index) => {
      const known = parseKnownHosts(line, "f");
      const placed = <T>(entry: T) => ({ ...entry, line: index + 1 });
      return { entries: known.entries.map(placed), unreadable: known.unreadable.map(placed) };
    });
    const joined = {
      entries: separately.flatMap((known) => known.entries),
      unreadable: separately.flatMap((known) => known.unreadable),
    };
    deepStrictEqual(joined, { entries, unreadable }, "A line depends on the lines around it");
    for (const entry of entries) checkEntry(entry);

    writeFileSync(file, input);
    const query = { host: "host.example", keyType, key: mine };
    const result = await checkHostKey(query, [file]);
    const asMine = (entry: KnownHostEntry): boolean => Buffer.compare(entry.key, mine) === 0;
    if (result.status === "trusted") {
      const entry = entries.find(({ line }) => line === result.line);
      ok(entry !== undefined && asMine(entry) && entry.marker === undefined, "Trusted by a line that has another key");
    } else if (result.status === "changed") {
      ok(!result.knownKeys.some(asMine), "Changed, though the key is known");
    }
    // Whatever else the file says, a line that revokes the key for every host is heard.
    writeFileSync(file, `${text}\n@revoked * ${myLine}\n`);
    strictEqual((await checkHostKey(query, [file])).status, "revoked");
    // Whatever else the file says, a line that trusts the key makes it known, unless it is revoked, or may be.
    writeFileSync(file, `${text}\n${knownHostsName(query)} ${myLine}\n`);
    const { status } = await checkHostKey(query, [file]);
    const perhapsRevoked = unreadable.some(({ marker }) => marker === "revoked");
    const expected =
      result.status === "revoked" || (perhapsRevoked && status === "unreadable") ? result.status : "trusted";
    strictEqual(status, expected);
  },
};

function checkEntry(entry: KnownHostEntry): void {
  const { hosts, key, marker, comment } = entry;
  ok(hosts !== "" && !/[ \t\n]/.test(hosts), "White space in the hosts");
  const length = new DataView(key.buffer, key.byteOffset).getUint32(0);
  strictEqual(new TextDecoder().decode(key.subarray(4, 4 + length)), entry.keyType, "The key is of another type");
  const base64 = Buffer.from(key).toString("base64");
  const written = `${marker === undefined ? "" : `@${marker} `}${hosts} ${entry.keyType} ${base64} ${comment}`;
  const [again, ...more] = parseKnownHosts(written, "f").entries;
  deepStrictEqual(again, { ...entry, line: 1 }, "Writing and reading changed the entry");
  strictEqual(more.length, 0);
}

function wireKey(seed: number): Uint8Array {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(keyType.length);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(32);
  return new Uint8Array(Buffer.concat([head, Buffer.from(keyType), length, Buffer.alloc(32, seed)]));
}
