import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ScpLimitError, ScpProtocolError } from "@scpkit/codec";
import { ScpConnectionError } from "@scpkit/core";
import { createScpServer, type ScpServeHandlers } from "../src/index.ts";
import { serveWinscpShell, type WinscpShellOptions } from "../src/winscp.ts";
import { MemoryFiles } from "./support/memory-files.ts";
import { ScriptedClient } from "./support/scripted-client.ts";
import { createSessionPair } from "./support/session-pair.ts";

const begin = "WinSCP: this is begin-of-file";
const end = "WinSCP: this is end-of-file";

/** Speaks to a shell as WinSCP does: one command at a time, each followed by a line that tells its status. */
class WinscpClient extends ScriptedClient {
  /** Runs a command; resolves to its output and its status. */
  async run(command: string): Promise<{ output: string; status: number }> {
    this.send(`${command}${command === "" ? "" : " ; "}echo "${end}:$?"\n`);
    return await this.finish();
  }

  /** Begins a transfer. */
  async begin(command: string): Promise<void> {
    this.send(`echo "${begin}" ; ${command} ; echo "${end}:$?"\n`);
    assert.equal(await this.readThrough("\n"), `${begin}\n`);
  }

  /** Reads to the line that tells the status. */
  async finish(): Promise<{ output: string; status: number }> {
    const output = await this.readThrough(`${end}:`);
    assert.ok(output.endsWith(`${end}:`), `unexpected end of output: ${JSON.stringify(output)}`);
    return { output: output.slice(0, -end.length - 1), status: Number(await this.readThrough("\n")) };
  }
}

function connect(
  t: TestContext,
  options: ScpServeHandlers & Partial<WinscpShellOptions> = {},
): {
  client: WinscpClient;
  files: MemoryFiles;
  outcome: ReturnType<typeof serveWinscpShell>;
  vanish(): void;
} {
  const files = new MemoryFiles();
  const pair = createSessionPair();
  const outcome = serveWinscpShell(pair.server, {
    files: () => files,
    target: (_, path) => files.target(path),
    entries: (_, path) => [files.entry(path)],
    user: "ada",
    group: "staff",
    ...options,
  });
  const client = new WinscpClient(pair.client);
  t.after(async () => {
    client.end();
    await outcome;
  });
  return { client, files, outcome, vanish: pair.vanish };
}

test("the commands with which WinSCP begins a session", async (t) => {
  const { client, outcome } = connect(t);
  client.send(`echo "${end}:0"\n`);
  assert.deepEqual(await client.finish(), { output: "", status: 0 });
  // Which variable holds the last status: csh has $status, sh has $?.
  client.send(`echo "$status" ; echo "${end}:0"\n`);
  assert.equal((await client.finish()).output, "\n");
  assert.deepEqual(await client.run('echo "$?"'), { output: "0\n", status: 0 });
  assert.match((await client.run("printenv LANG")).output, /UTF-8/);
  for (const name of ["ls", "pwd", "scp", "cd"]) assert.equal((await client.run(`unalias "${name}"`)).output, "");
  assert.deepEqual(await client.run('unset "LC_ALL"'), { output: "", status: 0 });
  assert.deepEqual(await client.run("pwd"), { output: "/\n", status: 0 });
  assert.deepEqual(await client.run("groups"), { output: "staff\n", status: 0 });
  client.end();
  assert.deepEqual(await outcome, { exitCode: 0 });
});

test("a directory is listed as WinSCP reads it", async (t) => {
  const { client, files } = connect(t);
  files.put("/a b", "12345");
  files.makeDirectory("/dir");
  assert.deepEqual((await client.run("ls -la --full-time")).output.split("\n"), [
    "total 0",
    "drwxr-xr-x 1 ada staff 0 2026-11-21 08:03:04.050000000 +0000 .",
    "drwxr-xr-x 1 ada staff 0 2026-11-21 08:03:04.050000000 +0000 ..",
    "-rw-r--r-- 1 ada staff 5 2026-11-21 08:03:04.050000000 +0000 a b",
    "drwxr-xr-x 1 ada staff 0 2026-11-21 08:03:04.050000000 +0000 dir",
    "",
  ]);
  assert.match((await client.run('ls -la --full-time "/dir"')).output, /^total 0\n.* \.\n.* \.\.\n$/);
  assert.match((await client.run('ls -la -d --full-time "/a b"')).output, /^-rw-r--r-- .* \/a b\n$/);
  assert.match((await client.run('ls -la -d "/dir"')).output, /^drwxr-xr-x 1 ada staff 0 Nov 21 .* \/dir\n$/);
  assert.deepEqual(await client.run('ls -la "/none"'), { output: "", status: 2 });
});

test("directories are changed and resolved without leaving the root", async (t) => {
  const { client, files } = connect(t, { home: "/home" });
  files.makeDirectory("/home");
  files.makeDirectory("/home/x y");
  files.put("/home/f", "");
  assert.equal((await client.run('cd "x y"')).status, 0);
  assert.equal((await client.run("pwd")).output, "/home/x y\n");
  assert.equal((await client.run('cd "../../../.."')).status, 0);
  assert.equal((await client.run("pwd")).output, "/\n");
  assert.equal((await client.run('cd "/home/f"')).status, 1);
  assert.equal((await client.run('cd "/nowhere"')).status, 1);
  assert.equal((await client.run("cd")).status, 0);
  assert.equal((await client.run("pwd")).output, "/home\n");
  assert.equal((await client.run("cd ~/x")).status, 1);
});

test("files are removed, renamed, created and given modes", async (t) => {
  const { client, files } = connect(t);
  files.put('/a$`"\\', "1");
  files.put("/b", "2");
  assert.deepEqual(await client.run('mkdir "d"'), { output: "", status: 0 });
  assert.equal((await client.run('mkdir "d"')).status, 1);
  assert.deepEqual(await client.run('mv -f "a\\$\\`\\"\\\\" "/d/./c"'), { output: "", status: 0 });
  assert.equal(files.text("/d/c"), "1");
  assert.equal((await client.run('mv -f "b" "d"')).status, 0);
  assert.equal(files.text("/d/b"), "2");
  assert.equal((await client.run('chmod -R 0750 "d"')).status, 0);
  assert.equal(files.stat("/d")?.mode, 0o750);
  assert.equal((await client.run('chmod u+x "d"')).status, 1);
  assert.equal((await client.run('rm -f -r "d"')).status, 0);
  assert.equal((await client.run('rm -f -r "d"')).status, 0, "rm -f does not mind what is missing");
  assert.deepEqual([...files.nodes.keys()], ["/"]);
  assert.equal((await client.run('rm -f -r "/"')).status, 1);
  assert.equal((await client.run('rm -f -r "/.."')).status, 1);
});

test("what the embedder's files cannot do is not permitted", async (t) => {
  const files: MemoryFiles = new MemoryFiles();
  const readOnly = { stat: (path: string) => files.stat(path), list: (path: string) => files.list(path) };
  const { client } = connect(t, { files: () => readOnly });
  for (const command of ['mkdir "x"', 'rm -f -r "x"', 'mv -f "x" "y"', 'chmod 0644 "x"']) {
    assert.deepEqual(await client.run(command), { output: "", status: 1 });
  }
});

test("an upload ends with an E record, and the shell goes on", async (t) => {
  const events: string[] = [];
  const { client, files } = connect(t, {
    onEvent(event) {
      if (event.type === "transfer" && event.event.type !== "failure") {
        events.push(`${event.event.type} ${event.event.entry.path}`);
      }
    },
  });
  files.makeDirectory("/in");
  for (const round of ["1", "2"]) {
    await client.begin('scp -r -p -d -t "/in"');
    assert.equal(await client.read(1), "\0");
    client.send(`C0640 2 f${round}\n`);
    assert.equal(await client.read(1), "\0");
    client.send("hi");
    client.send("\0");
    assert.equal(await client.read(1), "\0");
    client.send("D0755 0 sub\n");
    assert.equal(await client.read(1), "\0");
    client.send("T5 0 5 0\n");
    assert.equal(await client.read(1), "\0");
    client.send("C0644 0 g\n");
    assert.equal(await client.read(1), "\0");
    client.send("\0");
    assert.equal(await client.read(1), "\0");
    client.send("E\n");
    assert.equal(await client.read(1), "\0");
    // The last E may come in pieces.
    client.send("E");
    client.send("\n");
    assert.equal(await client.read(1), "\0");
    assert.deepEqual(await client.finish(), { output: "", status: 0 });
  }
  assert.deepEqual([...files.nodes.keys()], ["/", "/in", "/in/f1", "/in/sub", "/in/sub/g", "/in/f2"]);
  assert.equal(files.text("/in/f2"), "hi");
  assert.deepEqual(events.slice(0, 7), [
    "start f1",
    "progress f1",
    "finish f1",
    "start sub",
    "start sub/g",
    "finish sub/g",
    "finish sub",
  ]);
  assert.equal((await client.run("pwd")).status, 0);
});

test("a refused file does not end the upload, and the status tells", async (t) => {
  const { client, files } = connect(t, {
    policy: ({ path, name }) => {
      assert.equal(path, name.text);
      return name.text === "no" ? { type: "skip", reason: "not here" } : { type: "allow" };
    },
    limits: { maxFileBytes: 10 },
  });
  await client.begin('scp -r  -d -t "/"');
  await client.read(1);
  client.send("C0644 1 no\n");
  assert.equal(await client.readThrough("\n"), "\x01scp: no: not here\n");
  client.send("C0644 11 big\n");
  assert.equal(await client.readThrough("\n"), "\x01scp: big: File too large\n");
  client.send("E\n");
  await client.read(1);
  assert.deepEqual(await client.finish(), { output: "", status: 1 });
  assert.equal(files.nodes.size, 1);
});

test("an upload that cannot begin leaves the shell as it was", async (t) => {
  const { client } = connect(t);
  await client.begin('scp -r -d -t "/none"');
  assert.deepEqual(await client.finish(), { output: "\x01scp: /none: Not a directory\n", status: 1 });
  assert.equal((await client.run("pwd")).output, "/\n");
});

test("a file and a directory are downloaded, relative to the current directory", async (t) => {
  const { client, files } = connect(t);
  files.makeDirectory("/d");
  files.put("/d/f", "abc");
  await client.run('cd "/d"');
  await client.begin('scp -r -p -d -f "f"');
  client.send("\0");
  assert.equal(await client.readThrough("\n"), "C0644 3 f\n");
  client.send("\0");
  assert.equal(await client.read(4), "abc\0");
  client.send("\0");
  assert.deepEqual(await client.finish(), { output: "", status: 0 });

  await client.begin('scp -r -d -f "../d"');
  client.send("\0");
  assert.equal(await client.readThrough("\n"), "D0755 0 d\n");
  client.send("\0");
  assert.equal(await client.readThrough("\n"), "C0644 3 f\n");
  client.send("\x01skip\n");
  assert.equal(await client.readThrough("\n"), "E\n");
  client.send("\0");
  assert.deepEqual(await client.finish(), { output: "", status: 1 });
  assert.equal((await client.run("pwd")).output, "/d\n");
});

test("what is left of acknowledgements after a failed download does no harm", async (t) => {
  const { client } = connect(t);
  await client.begin('scp -r -d -f "/none"');
  client.send("\0");
  const { output, status } = await client.finish();
  assert.equal(output, "\x01scp: /none: No such file or directory\n");
  assert.equal(status, 1);
  client.send("\0");
  assert.deepEqual(await client.run("pwd"), { output: "/\n", status: 0 });
});

test("a client may end a download with an error of its own", async (t) => {
  const { client, files } = connect(t);
  files.put("/f", "abc");
  await client.begin('scp -r -d -f "/f"');
  client.send("\0");
  assert.equal(await client.readThrough("\n"), "C0644 3 f\n");
  client.send("\x02scp: error\n");
  assert.equal((await client.finish()).status, 1);
  assert.equal((await client.run("pwd")).status, 0);
});

test("an upload that breaks off ends the session: the rest of a file is no command", async (t) => {
  const { client, files, outcome } = connect(t);
  files.put("/precious", "1");
  await client.begin('scp -r -d -t "/"');
  await client.read(1);
  client.send('Cgarbage\nrm -f -r "/precious"\n');
  await client.readAll();
  const { exitCode, error } = await outcome;
  assert.equal(exitCode, 1);
  assert.ok(error instanceof ScpProtocolError);
  assert.equal(files.text("/precious"), "1");
});

test("nothing else is a command, and shell syntax is not guessed at", async (t) => {
  const { client, files, outcome } = connect(t);
  files.put("/f", "1");
  for (const [command, status] of [
    ["ln -s a b", 127],
    ["cp -p -r -f a b", 127],
    ["sh", 127],
    ["ls | cat", 2],
    ["echo `id`", 2],
    ["echo $(id)", 2],
    ["rm -f -r *", 2],
    ["ls > /f", 2],
    ["scp -Z -t a", 2],
    ["ls -R", 2],
  ] as const) {
    assert.deepEqual(await client.run(command), { output: "", status }, command);
  }
  assert.equal(files.text("/f"), "1");
  assert.deepEqual(await client.run('false ; echo "$?" \'$?\' "a;b"'), { output: "127 $? a;b\n", status: 0 });
  client.send("exit 3 ; pwd\n");
  assert.equal(await client.readAll(), "");
  assert.deepEqual(await outcome, { exitCode: 3 });
});

test("errors of the embedder's files are told by kind", async (t) => {
  const failing = {
    stat: (): never => {
      throw new Error("/srv/secret is on fire");
    },
    list: () => [],
  };
  const { client, outcome } = connect(t, { files: () => failing });
  await client.run('ls -la "x"');
  client.end();
  assert.equal(await client.stderr(), "ls: x: Server error\n");
  await outcome;
});

test("a session ends when nothing is asked of it, when a line is too long, and when its client has gone", async (t) => {
  const idle = await connect(t, { idleMs: 10 }).outcome;
  assert.match(String(idle.error), /Nothing moved for 10 ms/);
  const long = connect(t);
  long.client.send("x".repeat(20_000));
  assert.ok((await long.outcome).error instanceof ScpProtocolError);
  const gone = connect(t, { limits: { stallMs: 10 } });
  await gone.client.run("pwd");
  gone.vanish();
  assert.ok((await gone.outcome).error instanceof ScpConnectionError);
});

test("a server counts shells among its sessions, and refuses them where it has none", async () => {
  const files = new MemoryFiles();
  const server = createScpServer<{ name: string }>({ shell: { files: () => files }, maxSessions: 1 });
  const session = { session: { name: "ada" } };
  const [one, two] = [createSessionPair(), createSessionPair()];
  const first = server.serveShell(one.server, session);
  const second = server.serveShell(two.server, session);
  assert.equal(await new ScriptedClient(two.client).stderr(), "scp: Too many sessions\n");
  assert.equal((await second).exitCode, 1);
  assert.deepEqual(await server.shutdown({ deadlineMs: 0 }), { finished: 0, cut: 1 });
  assert.equal((await first).exitCode, 1);

  const none = createSessionPair();
  const refused = createScpServer<undefined>({}).serveShell(none.server, {});
  assert.equal(await new ScriptedClient(none.client).stderr(), "scp: This server has no shell\n");
  assert.deepEqual(await refused, { exitCode: 1 });
});

test("a session ends when more commands fail than the limit allows", async (t) => {
  const { client, outcome } = connect(t, { limits: { maxRefusals: 3 } });
  for (const command of ["nonsense", "ls none", "scp -t none/x"]) {
    assert.notEqual((await client.run(command)).status, 0, command);
  }
  assert.equal((await client.run("pwd")).status, 0);
  client.send("nonsense\n");
  const { error } = await outcome;
  assert.ok(error instanceof ScpLimitError && error.code === "limit-refusals", String(error));
});

test("commands of a client that has gone are not run", async (t) => {
  const { client, files, outcome, vanish } = connect(t);
  let made = 0;
  files.makeDirectory = () => {
    made += 1;
  };
  client.send("mkdir d\n".repeat(100_000));
  vanish();
  client.end();
  assert.ok((await outcome).error instanceof ScpConnectionError);
  assert.ok(made < 100_000, `${made} commands`);
});

test("floods of cheap commands leave turns of the event loop to others", async (t) => {
  const floods: Record<string, string> = {
    "commands that do nothing": "unset a\n".repeat(50_000),
    "many commands in one line": `${"unset a;".repeat(2_000)}\n`.repeat(25),
    "unknown commands": "a\n".repeat(20_000),
    "empty lines": "\n".repeat(300_000),
    "a long listing": "ls\n".repeat(5),
    "options that a backtracking expression reads slowly": `ls -${"a".repeat(16_000)}x\n`.repeat(100),
  };
  for (const [name, flood] of Object.entries(floods)) {
    const { client, files, outcome } = connect(t, { limits: { maxRefusals: Number.POSITIVE_INFINITY } });
    const entry = files.stat("/");
    if (entry !== undefined) files.list = () => Array<typeof entry>(10_000).fill({ ...entry, name: "a" });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    client.send(flood);
    client.end();
    await Promise.all([client.readAll(), client.stderr(), outcome]);
    clearInterval(timer);
    assert.deepEqual((await outcome).error, undefined, name);
    assert.ok(turns >= 2, `${name}: ${turns} turns`);
  }
});
