import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createChannelPair } from "@scpkit/core";
import { receiveEntries } from "@scpkit/sink";
import { sendEntries } from "@scpkit/source";
import { createFsTarget, type WalkOptions, walk } from "../src/index.ts";
import { works } from "./support/child.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

interface Scenario {
  /** A shell command that prepares the folder. */
  readonly before?: string;
  /** Relative to the folder. */
  readonly target?: string;
  readonly recursive?: boolean;
  readonly preserve?: boolean;
  /** The wire, none of it refused, so that it may be sent at once. */
  readonly wire: string;
}

const old = "T1000000000 0 1000000001 0\n";

/** Same bytes in, same tree out. Times are compared of what is old: what nobody set is of now. */
const scenarios: Record<string, Scenario> = {
  "a file": { wire: "C0644 5 file\nhello\0" },
  "an empty file": { wire: "C0600 0 file\n\0" },
  "a file to a path": { target: "new", wire: "C0640 5 file\nhello\0" },
  "the umask": { wire: "C0666 1 a\nx\0C0777 1 b\nx\0C0444 1 c\nx\0C0000 1 d\nx\0" },
  "no umask with -p": { preserve: true, wire: "C0666 1 a\nx\0C0777 1 b\nx\0C0444 1 c\nx\0C0000 1 d\nx\0" },
  "setuid and setgid without -p": { wire: "C4755 1 a\nx\0C2755 1 b\nx\0C6777 1 c\nx\0" },
  "setuid and setgid with -p": { preserve: true, wire: "C4755 1 a\nx\0C2755 1 b\nx\0C6777 1 c\nx\0" },
  "times without -p": { wire: `${old}C0644 1 file\nx\0C0644 1 later\nx\0` },
  "an existing file keeps its mode": { before: "echo longer >file; chmod 600 file", wire: "C0755 1 file\nx\0" },
  "an existing file with -p": {
    preserve: true,
    before: "echo longer >file; chmod 600 file",
    wire: "C0755 1 file\nx\0",
  },
  "an existing file keeps its owner": { before: "echo longer >file; chown 12:34 file", wire: "C0755 1 file\nx\0" },
  "the same file twice": { wire: "C0600 6 file\nlonger\0C0755 1 file\nx\0" },
  "a hard link": { before: "echo longer >file; ln file other", wire: "C0644 1 file\nx\0" },
  "a symbolic link": { before: "echo longer >real; ln -s real file", wire: "C0644 1 file\nx\0" },
  "a dangling link": { before: "ln -s real file", wire: "C0666 1 file\nx\0" },
  "a link to a directory": {
    before: "mkdir real; ln -s real d",
    recursive: true,
    wire: "D0700 0 d\nC0644 1 a\nx\0E\n",
  },
  directories: { recursive: true, wire: "D0777 0 a\nD0700 0 b\nC0644 1 file\nx\0E\nE\nD0755 0 empty\nE\n" },
  "a directory to a path": { recursive: true, target: "new", wire: "D0755 0 a\nC0644 1 file\nx\0E\n" },
  "a read-only directory": { recursive: true, wire: "D0555 0 a\nC0644 1 file\nx\0E\n" },
  "directories with -p": {
    recursive: true,
    preserve: true,
    wire: `${old}D0777 0 a\n${old}D2750 0 b\n${old}C0644 1 file\nx\0E\nE\n`,
  },
  "an existing directory": { before: "mkdir a; chmod 750 a", recursive: true, wire: "D0700 0 a\nC0644 1 file\nx\0E\n" },
  "an existing directory with -p": {
    before: "mkdir a; chmod 750 a",
    recursive: true,
    preserve: true,
    wire: `${old}D0711 0 a\nC0644 1 file\nx\0E\n`,
  },
  "odd names": { wire: "C0644 1  a b \nx\0C0644 1 -rf\nx\0C0644 1 $(id)\nx\0C0644 1 \\\nx\0C0644 1 ...\nx\0" },
};

describe("createFsTarget and OpenSSH's scp -t make the same tree of", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    it(name, { timeout: 30_000 }, async (t) => {
      if (!works("sh", "-c", "command -v scp")) return t.skip("peer missing: scp");
      if (scenario.before?.includes("chown") && process.getuid?.() !== 0)
        return t.skip("Only root may give files away");
      const folder = temporaryFolder(t);
      const trees: string[] = [];
      for (const [kind, run] of [
        ["theirs", throughOpenssh],
        ["ours", throughTarget],
      ] as const) {
        const path = join(folder, kind);
        mkdirSync(path);
        if (scenario.before !== undefined) execFileSync("sh", ["-c", scenario.before], { cwd: path });
        await run(join(path, scenario.target ?? "."), scenario);
        trees.push(treeOf(path));
      }
      assert.equal(trees[1], trees[0]);
    });
  }
});

describe("walk and OpenSSH's scp -f send the same bytes for", () => {
  for (const [kind, options] of Object.entries({ "the thread pool": {}, "blocking calls": { blocking: true } })) {
    it(`a tree, with ${kind}`, { timeout: 30_000 }, async (t) => {
      if (!works("sh", "-c", "command -v scp")) return t.skip("peer missing: scp");
      const folder = temporaryFolder(t);
      const script = `
        mkdir -p tree/inner/empty && cd tree && echo contents >file && : >nothing && head -c 700000 /dev/zero >large
        ln -s file link && ln -s inner linked && echo x >inner/-rf && echo x >"$(printf 'new\\nline \\303\\251\\\\x')"
        chmod 4755 file && chmod 1777 inner && chmod 2750 inner/empty && chmod 600 nothing
        find . -exec touch -d "2001-02-03 04:05:06.789" {} +`;
      execFileSync("sh", ["-c", script], { cwd: folder });
      const tree = join(folder, "tree");
      const theirs = await sentByOpenssh(tree);
      const ours = await sentByWalk(tree, options);
      assert.ok(theirs.length > 700_000, `${theirs.length} bytes`);
      assert.equal(comparable(ours), comparable(theirs));
    });
  }
});

const acknowledgements = "\0".repeat(200);

async function sentByOpenssh(path: string): Promise<string> {
  const child = spawn("scp", ["-r", "-p", "-f", path], { stdio: ["pipe", "pipe", "inherit"] });
  let sent = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    sent += text;
  });
  child.stdin.on("error", () => {}).write(acknowledgements, "latin1");
  const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  assert.equal(code, 0);
  return sent;
}

async function sentByWalk(path: string, options: WalkOptions): Promise<string> {
  const [near, far] = createChannelPair();
  const chunks: Uint8Array[] = [];
  const replying = far.writable.getWriter();
  replying.write(Buffer.from(acknowledgements, "latin1")).catch(() => {});
  const receiving = far.readable.pipeTo(
    new WritableStream({
      write: (chunk) => void chunks.push(chunk),
      close: () => replying.close().catch(() => {}),
    }),
  );
  const summary = await sendEntries(near, walk(path, { recursive: true, ...options }), { preserve: true });
  await receiving;
  assert.equal(summary.failures.length, 0);
  return Buffer.concat(chunks).toString("latin1");
}

/** Reading the files may have changed when they were last read. Deno sorts the names of a directory. */
function comparable(wire: string): string {
  const text = wire.replaceAll(/T(\d+) 0 \d+ 0\n/g, "T$1\n");
  return "Deno" in globalThis
    ? text
        .split(/\n|\0(?=[TCDE])/)
        .sort()
        .join("\n")
    : text;
}

async function throughOpenssh(path: string, { recursive, preserve, wire }: Scenario): Promise<void> {
  const options = [...(recursive ? ["-r"] : []), ...(preserve ? ["-p"] : [])];
  const child = spawn("scp", [...options, "-t", path], { stdio: ["pipe", "pipe", "inherit"] });
  let replies = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    replies += text;
  });
  child.stdin.end(wire, "latin1");
  const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  assert.equal(`${code} ${replies.replaceAll("\0", "")}`, "0 ");
}

async function throughTarget(path: string, { preserve, wire }: Scenario): Promise<void> {
  const [near, far] = createChannelPair();
  const replies = near.readable.pipeTo(new WritableStream());
  const writer = near.writable.getWriter();
  const sending = writer.write(Buffer.from(wire, "latin1")).then(() => writer.close());
  const target = await createFsTarget(path, { preserve });
  await Promise.all([receiveEntries(far, target, { recursive: true, preserve }), sending, replies]);
}

/** Types, modes, owners, links, old times and contents. */
function treeOf(path: string): string {
  const script = [
    "find . -mindepth 1 -printf '%p %y %m %U:%G %n %s %l' \\( -not -newermt 2002-01-01 -printf ' %T@ %A@' -o -true \\) -printf '\\n'",
    "find . -type f -exec sha256sum {} +",
  ];
  const run = (command: string): string => execFileSync("sh", ["-c", command], { cwd: path, encoding: "utf8" });
  return script.map((command) => run(command).split("\n").sort().join("\n")).join("\n");
}
