import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { describe, it } from "node:test";
import { ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScpConnectionError, ScpIncompleteError, type ScpTransferSummary } from "@scpkit/core";
import { OperandError } from "../src/operands/operand.ts";
import { explain, formatError, formatFailure, formatSummary } from "../src/report/messages.ts";

function peer(message: string): ScpPeerError {
  return new ScpPeerError("warning", message);
}

/** The error that `action` rejects with. */
async function failureOf(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail");
}

async function refusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

it("messages of many blanks take no longer than others of their length", () => {
  const blanks = " ".repeat(2 ** 20);
  assert.equal(formatError(peer(`a${blanks}b \n\n c`)), `a${blanks}b c\n`);
});

describe("formatError", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [
      new ScpConnectionError("refused", "The connection was refused: h", "Check the port"),
      /^scpkit: The connection was refused: h\nhint: Check the port\n$/,
    ],
    [
      peer("scp: f: No such file or directory"),
      /^scp: f: No such file or directory\nhint: Check the remote path.*home/,
    ],
    [peer("scp: f: Permission denied"), /\nhint: .*remote account/],
    [peer("scp: f: No space left on device"), /\nhint: Free disk space on the remote file system/],
    [peer("scp: f: Disk quota exceeded"), /\nhint: Free disk space on the remote/],
    [peer("scp: d: not a regular file"), /\nhint: Pass -r /],
    [peer("scp: ambiguous target"), /\nhint: .*quote it twice/],
    [peer("scp: d: Not a directory"), /\nhint: Check the path: each part before a slash must be a directory/],
    [peer("scp: something else"), /^scp: something else\n$/],
    [
      new ScpProtocolError("not-a-reply", "x", { line: "bash: line 1: scp: command not found", noise: true }),
      /^scpkit: The remote host did not answer with the SCP protocol, but with "bash: line 1: scp: command not found"\nhint: Install scp/,
    ],
    [new ScpProtocolError("not-a-record", "x", { line: "sh: 1: scp: not found", noise: true }), /\nhint: Install scp/],
    [
      new ScpConnectionError("command-failed", 'The remote command ended with status 127: "sh: scp: not found"', ""),
      /status 127.*\nhint: Install scp/,
    ],
    [
      new ScpProtocolError("not-a-record", "x", { line: "This service allows sftp connections only.", noise: true }),
      /\nhint: .*SFTP/,
    ],
    [
      new ScpProtocolError("bad-mode", "x", { line: "Debian GNU/Linux", noise: true }),
      /"Debian GNU\/Linux"\nhint: .*login scripts/,
    ],
    [
      new ScpProtocolError("bad-mode", 'Expected a mode, got "C9"', { line: "C9" }),
      /^scpkit: Expected a mode, got "C9"\n$/,
    ],
    [
      new ScpProtocolError("unrequested-name", 'The peer sent "x", which was not asked for', { line: "x" }),
      /^scpkit: The peer sent "x", which was not asked for\nhint: .*-T/,
    ],
    [new ScpProtocolError("unexpected-eof", "The peer closed the connection"), /\nhint: Try again/],
    [new OperandError("scp://: invalid uri", "A URI is scp://host"), /^scp:\/\/: invalid uri\nhint: /],
    ["a string", /^scpkit: a string\n$/],
    [new Error(""), /^scpkit: Error\n$/],
  ];
  for (const [error, expected] of cases) {
    it(`tells ${error instanceof Error ? `${error.name}: ${error.message}` : error}`, () => {
      assert.match(formatError(error), expected);
    });
  }

  it("puts errors of the system into scp's words", async () => {
    assert.match(
      formatError(await failureOf(() => readFile("/nowhere/f"))),
      /^\/nowhere\/f: No such file or directory\nhint: Check the path/,
    );
    assert.match(
      formatError(await failureOf(() => once(spawn("/nowhere/ssh"), "spawn"))),
      /^scpkit: \/nowhere\/ssh: No such file or directory\nhint: /,
    );
    const port = await refusedPort();
    assert.match(
      formatError(await failureOf(() => once(connect(port, "127.0.0.1"), "connect"))),
      new RegExp(`^scpkit: connect to host 127\\.0\\.0\\.1 port ${port}: Connection refused\nhint: .*-P`),
    );
  });

  it("lets no words of the other side reach the terminal as they are", () => {
    const evil = "\x1b]0;x\x07\r\nscp: all is well\n\u202e\x9b31m";
    for (const error of [
      peer(evil),
      new ScpProtocolError("not-a-record", "x", { line: evil }),
      new ScpConnectionError("lost", evil, evil),
      new Error(evil),
    ]) {
      const text = formatError(error);
      assert.doesNotMatch(text, /[^\n -~]/);
      assert.ok(text.split("\n").length <= 3, text);
    }
    assert.doesNotMatch(formatFailure({ path: evil, side: "peer", error: peer(evil) }), /[^ -~]/);
  });
});

describe("formatFailure", () => {
  it("names the path once", () => {
    assert.equal(formatFailure({ path: "d/f", side: "local", error: new Error("No") }), "d/f: No");
    assert.equal(formatFailure({ path: "d/f", side: "peer", error: peer("scp: d/f: No") }), "scp: d/f: No");
    assert.equal(formatFailure({ path: "", side: "peer", error: peer("scp: x: No") }), "scp: x: No");
  });
});

describe("formatSummary", () => {
  const summary: ScpTransferSummary = { files: 12, directories: 1, bytes: 3_000_000, failures: [], failureCount: 0 };

  it("tells what arrived", () => {
    assert.equal(formatSummary(summary, 2), "scpkit: 12 files, 1 directory, 2930KB in 00:02 (1.4MB/s)\n");
    assert.equal(
      formatSummary({ files: 1, directories: 0, bytes: 0, failures: [], failureCount: 0 }, 0),
      "scpkit: 1 file, 0 bytes in 00:00 (0.0KB/s)\n",
    );
  });

  it("lists every failure with path and reason", () => {
    const failures = [
      { path: "d/a", side: "peer", error: peer("scp: /x/d/a: Permission denied") },
      { path: "d/b", side: "peer", error: peer("scp: /x/d/b: Permission denied") },
      { path: "d/c", side: "local", error: new Error("Gone") },
    ] as const;
    assert.deepEqual(formatSummary({ ...summary, failures, failureCount: 3 }, 2).split("\n"), [
      "scpkit: 12 files, 1 directory, 2930KB in 00:02 (1.4MB/s); 3 failures:",
      "  scp: /x/d/a: Permission denied",
      "  scp: /x/d/b: Permission denied",
      "  d/c: Gone",
      "",
    ]);
    assert.equal(
      explain(new ScpIncompleteError({ ...summary, failures, failureCount: 3 })).message,
      "The transfer is incomplete: 3 failures",
    );
  });

  it("gives the number of the failures that were not kept", () => {
    const failures = [{ path: "a", side: "local", error: new Error("Gone") }] as const;
    const text = formatSummary({ ...summary, failures, failureCount: 1001 }, 2);
    assert.match(text, /; 1001 failures:\n {2}a: Gone\n {2}and 1000 more\n$/);
  });
});
