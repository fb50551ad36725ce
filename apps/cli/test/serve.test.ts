import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect } from "@scpkit/ssh2";
import { generateHostKey } from "@scpkit/ssh2/server";
import { isMissing } from "@scpkit/test-support/programs";
import { parseServeOptions } from "../src/commands/serve-options.ts";

const program = join(import.meta.dirname, "..", "bin", "scpkit.js");

interface Served {
  readonly folder: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Arguments with which scp reaches the server. */
  readonly scp: readonly string[];
  readonly privateKey: string;
  exit(): Promise<number | null>;
}

/** Serves `FOLDER/served` to the user "ann". */
async function serve(t: TestContext, ...options: string[]): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-serve-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "served"));
  const { privateKey, publicKey } = generateHostKey();
  writeFileSync(join(folder, "id"), privateKey, { mode: 0o600 });
  writeFileSync(join(folder, "authorized"), `${publicKey}\n`);
  const argv = ["serve", ...options, "--user", "ann", "--authorized-keys", join(folder, "authorized")];
  const child = spawn(process.execPath, [program, ...argv, join(folder, "served")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  t.after(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  const lines: string[] = [];
  let rest = "";
  await new Promise<void>((resolve, reject) => {
    child.once("close", () => reject(new Error("It ended")));
    child.stdout?.on("data", (chunk) => {
      const parts = `${rest}${chunk}`.split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      if (lines.some((line) => line.startsWith("or: "))) resolve();
    });
  });
  const known = /^For known_hosts: (.*)$/.exec(lines[2] ?? "")?.[1] ?? "";
  writeFileSync(join(folder, "known_hosts"), `${known}\n`);
  const scp = ["-O", "-F", "none", "-i", join(folder, "id"), "-o", `UserKnownHostsFile=${join(folder, "known_hosts")}`];
  const port = Number(/ port (\d+)/.exec(lines[0] ?? "")?.[1]);
  const all = [...scp, "-o", "BatchMode=yes", "-P", `${port}`];
  return { folder, port, child, lines, privateKey, scp: all, exit: () => gone };
}

function scp(...argv: string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn("scp", argv, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, said })));
}

/** Speaks to the server's shell as WinSCP does, over OpenSSH's ssh: one command at a time, each followed by its status. */
function openShell(t: TestContext, { port, scp: options }: Served) {
  const args = options.slice(1).map((option) => (option === "-P" ? "-p" : option));
  const ssh = spawn("ssh", ["-T", ...args, "ann@127.0.0.1"], { stdio: ["pipe", "pipe", "ignore"] });
  const gone = new Promise<number | null>((resolve) => ssh.once("close", (code) => resolve(code)));
  t.after(async () => {
    ssh.kill("SIGKILL");
    await gone;
  });
  ssh.stdin.on("error", () => {});
  let received = "";
  let wake: () => void = () => {};
  ssh.stdout.on("data", (chunk) => {
    received += chunk;
    wake();
  });
  ssh.once("close", () => wake());
  const until = async (text: string): Promise<string> => {
    while (!received.includes(text)) {
      if (ssh.exitCode !== null)
        throw new Error(`The shell of port ${port} has ended after ${JSON.stringify(received)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const end = received.indexOf(text) + text.length;
    const taken = received.slice(0, end);
    received = received.slice(end);
    return taken;
  };
  const mark = "WinSCP: this is end-of-file:";
  const finish = async (): Promise<{ readonly output: string; readonly status: number }> => {
    const output = (await until(mark)).slice(0, -mark.length);
    return { output, status: Number(await until("\n")) };
  };
  return {
    run(command: string) {
      ssh.stdin.write(`${command} ; echo "${mark}$?"\n`);
      return finish();
    },
    /** A transfer: what the server says first, then what is sent, each piece answered by a NUL. */
    async transfer(command: string, first: readonly string[], pieces: readonly string[]) {
      ssh.stdin.write(`${command} ; echo "${mark}$?"\n`);
      for (const text of first) assert.equal(await until(text), text);
      for (const piece of pieces) {
        ssh.stdin.write(piece);
        assert.equal(await until("\0"), "\0", piece);
      }
      assert.deepEqual(await finish(), { output: "", status: 0 });
    },
    exit() {
      ssh.stdin.end();
      return gone;
    },
  };
}

describe("scpkit serve", () => {
  it("takes and gives files, and tells so, until it is interrupted", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    const served = await serve(t);
    const { folder, child, lines } = served;
    writeFileSync(join(folder, "f"), "content");
    assert.deepEqual(await scp(...served.scp, join(folder, "f"), "ann@127.0.0.1:g"), { code: 0, said: "" });
    assert.equal(readFileSync(join(folder, "served", "g"), "utf8"), "content");
    assert.deepEqual(await scp(...served.scp, "ann@127.0.0.1:/g", join(folder, "h")), { code: 0, said: "" });
    assert.equal(readFileSync(join(folder, "h"), "utf8"), "content");
    child.kill("SIGINT");
    assert.equal(await served.exit(), 0);
    const log = lines.slice(5).map((line) => line.replace(/^\d\S+ /, "").replace(/ [\d.]+ s,/, " N s,"));
    assert.deepEqual(log, [
      "ann 127.0.0.1 key accepted",
      "ann 127.0.0.1 upload g: 1 files, 0 directories, 7 bytes in N s, done",
      "ann 127.0.0.1 key accepted",
      "ann 127.0.0.1 download /g: 1 files, 0 directories, 7 bytes in N s, done",
      "Ending; active transfers have ten seconds to finish",
    ]);
  });

  it("lets nobody out of the directory", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    const { folder, scp: options } = await serve(t);
    writeFileSync(join(folder, "secret"), "secret");
    symlinkSync(folder, join(folder, "served", "out"));
    for (const path of ["../secret", "/../secret", "out/secret", join(folder, "secret")]) {
      const down = await scp(...options, `ann@127.0.0.1:${path}`, join(folder, "stolen"));
      assert.equal(down.code, 1, path);
      assert.equal(existsSync(join(folder, "stolen")), false, path);
      const up = await scp(...options, join(folder, "id"), `ann@127.0.0.1:${path}`);
      assert.equal(up.code, 1, path);
    }
    assert.equal(readFileSync(join(folder, "secret"), "utf8"), "secret");
  });

  it("refuses other users, other keys, other commands", async (t) => {
    const { port, privateKey } = await serve(t);
    const where = { host: "127.0.0.1", port, verifyHostKey: () => true };
    const auth = [{ type: "private-key", key: privateKey }] as const;
    await assert.rejects(connect({ ...where, username: "bob", auth }), { code: "authentication" });
    const other = [{ type: "private-key", key: generateHostKey().privateKey }] as const;
    await assert.rejects(connect({ ...where, username: "ann", auth: other }), { code: "authentication" });
    await using connection = await connect({ ...where, username: "ann", auth });
    await assert.rejects(connection.exec("id"), { code: "channel-refused" });
  });

  it("answers WinSCP's shell where it is told to", async (t) => {
    if (isMissing(t, "ssh", "ssh")) return;
    const served = await serve(t, "--winscp");
    const { folder } = served;
    const shell = openShell(t, served);
    assert.deepEqual(await shell.run('unset "LC_ALL"'), { output: "", status: 0 });
    assert.deepEqual(await shell.run("pwd"), { output: "/\n", status: 0 });
    assert.deepEqual(await shell.run("mkdir inbox"), { output: "", status: 0 });
    assert.deepEqual(await shell.run("cd inbox"), { output: "", status: 0 });
    const up = 'scp -r -p -d -t "/inbox"';
    await shell.transfer(up, ["\0"], ["T1234567890 0 1234567890 0\n", "C0640 5 a b\n", "hello\0", "E\n"]);
    assert.equal(readFileSync(join(folder, "served/inbox/a b"), "utf8"), "hello");
    const { output } = await shell.run("ls -la --full-time");
    assert.match(output, /^-rw-r----- 1 ann scpkit 5 2009-02-13 23:31:30\.000000000 \+0000 a b$/m);
    assert.equal((await shell.run('mv -f "a b" "c"')).status, 0);
    assert.equal((await shell.run('chmod 0600 "c"')).status, 0);
    assert.equal((await shell.run('ls -la -d "c"')).output.slice(0, 10), "-rw-------");
    symlinkSync(folder, join(folder, "served", "out"));
    assert.equal((await shell.run('cd "/out"')).status, 1);
    assert.equal((await shell.run('rm -f -r "/out/id"')).status, 1);
    assert.ok(existsSync(join(folder, "id")));
    assert.equal((await shell.run("ln -s a b")).status, 127);
    assert.equal((await shell.run('cd / ; rm -f -r "inbox"')).status, 0);
    assert.equal(existsSync(join(folder, "served/inbox")), false);
    assert.equal(await shell.exit(), 0);
  });

  it("has no shell otherwise, and one that changes nothing where it is read-only", async (t) => {
    if (isMissing(t, "ssh", "ssh")) return;
    assert.equal(await openShell(t, await serve(t)).exit(), 255);
    const served = await serve(t, "--winscp", "--read-only");
    writeFileSync(join(served.folder, "served", "f"), "content");
    const shell = openShell(t, served);
    assert.match((await shell.run("ls -la")).output, / f$/m);
    for (const command of ["rm -f -r f", "mv -f f g", "mkdir d", "chmod 0600 f"]) {
      assert.equal((await shell.run(command)).status, 1, command);
    }
    assert.equal(readFileSync(join(served.folder, "served", "f"), "utf8"), "content");
  });

  it("goes one way only when told to", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    const { folder, scp: options, lines } = await serve(t, "--read-only");
    assert.match(lines[0] ?? "", /read-only$/);
    writeFileSync(join(folder, "served", "f"), "content");
    assert.equal((await scp(...options, join(folder, "id"), "ann@127.0.0.1:g")).code, 1);
    assert.equal((await scp(...options, "ann@127.0.0.1:f", join(folder, "g"))).code, 0);
    const writing = await serve(t, "--write-only");
    assert.equal((await scp(...writing.scp, join(folder, "id"), "ann@127.0.0.1:g")).code, 0);
    assert.equal((await scp(...writing.scp, "ann@127.0.0.1:g", join(folder, "h"))).code, 1);
  });

  it("keeps the host key it is given", async (t) => {
    const key = generateHostKey();
    const folder = mkdtempSync(join(tmpdir(), "scpkit-serve-key-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "key"), key.privateKey, { mode: 0o600 });
    const { lines } = await serve(t, "--host-key", join(folder, "key"));
    assert.ok(lines[2]?.endsWith(key.publicKey));
  });

  it("refuses keys that others may write or read, with the command that mends it, and at a login too", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "scpkit-serve-strict-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [keys, hostKey] = [join(folder, "keys"), join(folder, "host_key")];
    writeFileSync(keys, `${generateHostKey().publicKey}\n`);
    writeFileSync(hostKey, generateHostKey().privateKey);
    const files = ["--authorized-keys", keys, "--host-key", hostKey];
    const refusal = () => spawnSync(process.execPath, [program, "serve", ...files, folder], { encoding: "utf8" });
    chmodSync(keys, 0o666);
    chmodSync(hostKey, 0o644);
    assert.equal(
      refusal().stderr,
      `scpkit serve: ${JSON.stringify(keys)} may be written by others (mode 0666)\nhint: Run: chmod go-w '${keys}'\n`,
    );
    chmodSync(keys, 0o600);
    assert.match(
      refusal().stderr,
      /is a private key that others may read or write \(mode 0644\)\nhint: Run: chmod 600 /,
    );

    const served = await serve(t);
    const auth = [{ type: "private-key", key: served.privateKey }] as const;
    const where = { host: "127.0.0.1", port: served.port, username: "ann", auth, verifyHostKey: () => true };
    chmodSync(join(served.folder, "authorized"), 0o622);
    await assert.rejects(connect(where), { code: "authentication" });
    assert.ok(served.lines.some((line) => / ".*authorized" may be written by others/.test(line)));
    const lax = await serve(t, "--host-key", hostKey, "-o", "StrictModes=no");
    chmodSync(join(lax.folder, "authorized"), 0o666);
    await (await connect({ ...where, port: lax.port, auth: [{ type: "private-key", key: lax.privateKey }] })).close();
  });

  it("is a home to its user, as other servers are", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    const { folder, scp: options } = await serve(t);
    writeFileSync(join(folder, "f"), "content");
    for (const [path, name] of [
      ["~", "f"],
      ["~/g", "g"],
      ["~ann/h", "h"],
      ["~ann", "f"],
      ["~/", "f"],
    ] as const) {
      assert.deepEqual(await scp(...options, join(folder, "f"), `ann@127.0.0.1:${path}`), { code: 0, said: "" }, path);
      assert.deepEqual(readdirSync(join(folder, "served")), [name], path);
      assert.equal((await scp(...options, `ann@127.0.0.1:~/${name}`, join(folder, "back"))).code, 0, path);
      rmSync(join(folder, "served", name));
    }
    for (const path of ["~bob", "~bob/f", "~root/f"]) {
      const { code, said } = await scp(...options, join(folder, "f"), `ann@127.0.0.1:${path}`);
      assert.deepEqual({ code, said }, { code: 1, said: `scp: ${path}: Unknown user\n` });
    }
    assert.deepEqual(readdirSync(join(folder, "served")), []);
  });

  it("takes the commands of old clients", async (t) => {
    const { folder, port, privateKey } = await serve(t);
    const auth = [{ type: "private-key", key: privateKey }] as const;
    const connection = await connect({ host: "127.0.0.1", port, username: "ann", auth, verifyHostKey: () => true });
    for (const command of ["scp -t f\0", "scp -t f\n", "scp -B -C -O -T -4 -l 8000 -oX=Y -t f"]) {
      const channel = await connection.exec(command);
      const writer = channel.writable.getWriter();
      await writer.write(new TextEncoder().encode(`C0644 ${command.length} f\n${command}\0`));
      await writer.close();
      for await (const _ of channel.readable);
      assert.deepEqual(await channel.closed, { code: 0 }, JSON.stringify(command));
      assert.equal(readFileSync(join(folder, "served", "f"), "utf8"), command);
    }
    await connection.close();
  });

  it("calls its directory what the user called it", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    const { folder, scp: options } = await serve(t);
    renameSync(join(folder, "served"), join(folder, "real-name"));
    symlinkSync(join(folder, "real-name"), join(folder, "served"));
    writeFileSync(join(folder, "real-name", "f"), "content");
    for (const path of ["/", ".", "~", "sub/..", "''"]) {
      mkdirSync(join(folder, "real-name", "sub"), { recursive: true });
      mkdirSync(join(folder, "copy"));
      assert.deepEqual(await scp(...options, "-r", `ann@127.0.0.1:${path}`, join(folder, "copy")), {
        code: 0,
        said: "",
      });
      assert.deepEqual(readdirSync(join(folder, "copy")), ["served"], path);
      assert.equal(readFileSync(join(folder, "copy", "served", "f"), "utf8"), "content");
      rmSync(join(folder, "copy"), { recursive: true });
    }
  });

  it("serves clients that know only old algorithms, when it is told to", async (t) => {
    if (isMissing(t, "ssh", "scp")) return;
    const folder = mkdtempSync(join(tmpdir(), "scpkit-serve-old-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const hostKey = join(folder, "host_key");
    spawnSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", hostKey]);
    const old = ["-oKexAlgorithms=diffie-hellman-group14-sha1", "-oHostKeyAlgorithms=ssh-rsa", "-oCiphers=aes128-ctr"];
    const lenient = ["-o", "KexAlgorithms=+diffie-hellman-group14-sha1", "-o", "HostKeyAlgorithms=+ssh-rsa"];
    for (const [options, works] of [
      [lenient, true],
      [[], false],
    ] as const) {
      const served = await serve(t, "--host-key", hostKey, ...options);
      writeFileSync(join(served.folder, "f"), "content");
      const copy = await scp(...served.scp, ...old, join(served.folder, "f"), "ann@127.0.0.1:g");
      assert.equal(copy.code === 0, works, copy.said);
      assert.equal(existsSync(join(served.folder, "served", "g")), works, copy.said);
    }
  });

  it("takes trees as deep as --max-depth says", async (t) => {
    if (isMissing(t, "scp")) return;
    const { folder, scp: options } = await serve(t, "--max-depth", "300");
    for (const [name, depth, status] of [
      ["fits", 299, 0],
      ["deeper", 301, 1],
    ] as const) {
      const names = Array.from({ length: depth - 1 }, (_, index) => index.toString(36));
      mkdirSync(join(folder, name, ...names), { recursive: true });
      const { code, said } = await scp(...options, "-r", join(folder, name), "ann@127.0.0.1:");
      assert.equal(code, status, said);
      assert.equal(existsSync(join(folder, "served", name, ...names)), status === 0);
    }
  });

  it("says which connections it drops", async (t) => {
    const { port, lines } = await serve(t, "--max-connections", "1");
    const sockets = [connectTcp(port, "127.0.0.1"), connectTcp(port, "127.0.0.1")];
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.race(
      sockets.map(
        (socket) =>
          new Promise((resolve) =>
            socket
              .on("error", () => {})
              .resume()
              .once("close", resolve),
          ),
      ),
    );
    while (!lines.some((line) => line.includes("dropped"))) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(lines.at(-1) ?? "", / a connection dropped, from 127\.0\.0\.1: too many connections$/);
  });

  it("says what is wrong with its command line", () => {
    const run = (...argv: string[]) => spawnSync(process.execPath, [program, "serve", ...argv], { encoding: "utf8" });
    assert.match(run("--help").stdout, /^Usage: scpkit serve/);
    assert.equal(run("--help").status, 0);
    const none = run("/nonexistent-dir");
    assert.equal(none.status, 1);
    assert.match(none.stderr, /^scpkit serve: ENOENT/);
    assert.equal(run().status, 1);
  });
});

describe("parseServeOptions", () => {
  it("listens on loopback by default", async () => {
    const options = await parseServeOptions(["dir"]);
    assert.ok(options.type === "serve");
    assert.equal(options.host, "127.0.0.1");
    assert.equal(options.port, 0);
    assert.equal(options.users.length, 1);
  });
  it("refuses what makes no sense", async () => {
    for (const argv of [[], ["a", "b"], ["a", "--port", "x"], ["a", "--port", "65536"], ["a", "--nope"]]) {
      await assert.rejects(parseServeOptions(argv), argv.join(" "));
    }
    await assert.rejects(parseServeOptions(["a", "--read-only", "--write-only"]), /cannot be combined/);
  });
});
