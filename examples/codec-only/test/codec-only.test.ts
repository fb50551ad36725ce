import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { dumpRecording } from "../src/dump-recording.ts";
import { parseRecording } from "../src/recording.ts";

const run = promisify(execFile);
const source = (name: string) => join(import.meta.dirname, "..", "src", name);
const program = (name: string) => join(import.meta.dirname, "..", "..", "..", "node_modules", ".bin", name);

/** What runs a TypeScript file, by runtime. */
const runtimes: Record<string, readonly [string, ...string[]]> = {
  node: [process.execPath, "--import", "tsx"],
  bun: [program("bun")],
  deno: [program("deno"), "run", "-A", "--no-check"],
};

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-codec-only-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function lines(path: string): string[] {
  return dumpRecording(parseRecording(readFileSync(path, "utf8")));
}

/** The lines without their times. */
function said(path: string): string[] {
  return lines(path).map((line) => line.replace(/^ *\d+ ms {2}/, ""));
}

for (const [name, [command, ...args]] of Object.entries(runtimes)) {
  describe(`on ${name}`, () => {
    it("the demo sends two files and prints what was said", async (t) => {
      if (!existsSync(command)) return t.skip(`peer missing: ${name}`);
      const { stdout } = await run(command, [...args, source("demo.ts")]);
      assert.match(stdout, /^scp -t inbox: upload, 2 files, 114 bytes, 0 refused$/m);
      assert.match(stdout, /source {2}file "hello\.txt", 54 bytes, mode 0\d{3}$/m);
      assert.match(stdout, /^Stored: hello\.txt, numbers\.csv$/m);
      assert.equal(stdout.match(/sink {4}\\0 {2}yes to/g)?.length, 7);
    });

    it("one process sends to another", async (t) => {
      if (!existsSync(command)) return t.skip(`peer missing: ${name}`);
      const folder = folderFor(t);
      mkdirSync(join(folder, "inbox"));
      const body = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => index * 31 + (index >> 8)));
      writeFileSync(join(folder, "body"), body);
      writeFileSync(join(folder, "empty"), "");
      const receiver = spawn(command, [...args, source("main.ts"), "receive", join(folder, "inbox")], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = new Promise((resolve) => receiver.once("close", resolve));
      const greeting = await new Promise<string>((resolve) =>
        receiver.stdout.once("data", (chunk) => resolve(String(chunk))),
      );
      const port = /port (\d+)/.exec(greeting)?.[1] ?? "";
      await run(command, [...args, source("main.ts"), "send", port, join(folder, "body"), join(folder, "empty")]);
      assert.equal(await ended, 0);
      assert.deepEqual(readFileSync(join(folder, "inbox", "body")), body);
      assert.equal(readFileSync(join(folder, "inbox", "empty")).byteLength, 0);
    });
  });
}

describe("the dumper", () => {
  it("explains what OpenSSH's scp said", async (t) => {
    if (spawnSync("scp", ["-O"]).error !== undefined) return t.skip("peer missing: ssh");
    const folder = folderFor(t);
    // In place of ssh: the same command, here.
    const shell = join(folder, "shell");
    writeFileSync(shell, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
    const recorder = join(folder, "record");
    writeFileSync(recorder, `#!/bin/sh\nexec '${process.execPath}' --import tsx '${source("record.ts")}' "$@"\n`);
    for (const script of [shell, recorder]) chmodSync(script, 0o755);
    mkdirSync(join(folder, "tree/sub"), { recursive: true });
    mkdirSync(join(folder, "inbox"));
    writeFileSync(join(folder, "tree/sub/file"), "twelve bytes", { mode: 0o640 });
    const recording = join(folder, "session");
    const env = { ...process.env, SCP_RECORDING: recording, SCP_RECORD_SSH: shell };
    const scp = (from: string, to: string) =>
      run("scp", ["-O", "-r", "-S", recorder, from, to], { env, cwd: join(import.meta.dirname, "..") });

    await scp(join(folder, "tree"), `host:${join(folder, "inbox")}`);
    assert.deepEqual(said(recording), [
      `scp -r -t ${join(folder, "inbox")}: upload, 1 files, 12 bytes, 0 refused`,
      "sink    \\0  yes to the start",
      'source  directory "tree", mode 0755',
      'sink    \\0  yes to directory "tree"',
      'source    directory "sub", mode 0755',
      'sink    \\0  yes to directory "sub"',
      'source      file "file", 12 bytes, mode 0640',
      'sink    \\0  yes to file "file"',
      "source      12 bytes of body, then \\0",
      "sink    \\0  yes to the body",
      "source    end of the directory",
      "sink    \\0  yes to the end of the directory",
      "source  end of the directory",
      "sink    \\0  yes to the end of the directory",
    ]);

    await assert.rejects(scp(`host:${join(folder, "none")}`, folder));
    assert.match(
      said(recording).join("\n"),
      /download, 0 files.*\nsink {4}\\0 {2}yes to the start\nsource {2}\\1 scp: .*none: No such file/,
    );
  });

  it("shows what was refused, and that a session was cut off", () => {
    const chunk = (from: "client" | "server", text: string) => ({
      atMs: 0,
      from,
      bytes: new TextEncoder().encode(text),
    });
    const dumped = dumpRecording({
      command: "scp -t .",
      chunks: [
        chunk("server", "\0"),
        chunk("client", "C0644 3 a\u001b\nC0600 5 b\n"),
        chunk("server", "\u0001scp: no\u0007\n\0"),
        chunk("client", "bod"),
      ],
    });
    assert.deepEqual(
      dumped.map((line) => line.trim().replace(/^0 ms {2}/, "")),
      [
        "scp -t .: upload, 0 files, 0 bytes, 1 refused, cut off",
        "sink    \\0  yes to the start",
        'source  file "a\\\\033", 3 bytes, mode 0644',
        'sink    \\1 scp: no\\007  no to file "a\\\\033"',
        'source  file "b", 5 bytes, mode 0600',
        'sink    \\0  yes to file "b"',
      ],
    );
  });
});
