import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { ScpLimits, ScpTransport } from "@scpkit/core";
import { createFsTarget, temporaryNamePattern, walk } from "@scpkit/fs";
import { createScpServer, type ScpHandled } from "@scpkit/server";
import { waitFor } from "@scpkit/test-support/wait-for";
import { type ArenaKind, arenas, openArena, say } from "../src/arena.ts";
import { snapshot } from "../src/tree.ts";

interface DirectoryHandle {
  readonly transport: ScpTransport;
  readonly folder: string;
  readonly root: string;
  /** What became of each command. */
  readonly outcomes: ScpHandled[];
}

/** A server confined to `root`, with a victim beside it. */
async function serve(
  t: TestContext,
  kind: ArenaKind,
  limits: Partial<ScpLimits> = {},
  maxSessions = 100,
): Promise<DirectoryHandle> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-evil-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "root");
  mkdirSync(root);
  writeFileSync(join(folder, "victim"), "whole");
  const outcomes: ScpHandled[] = [];
  const server = createScpServer({
    target: ({ command: { preserve, targetIsDirectory } }, path) =>
      createFsTarget(path, { root, preserve, targetIsDirectory }),
    entries: ({ command: { recursive } }, path) => walk(path, { root, recursive }),
    limits: { stallMs: 2_000, firstByteMs: 2_000, ...limits },
    maxSessions,
  });
  t.after(() => server.shutdown({ deadlineMs: 0 }));
  const transport = await openArena(t, kind, async (command, channel) => {
    const outcome = await server.serve(command, channel, {});
    if (outcome.handled) outcomes.push(outcome);
    else await channel.exit(126);
  });
  return { transport, folder, root, outcomes };
}

for (const kind of arenas) {
  describe(`an evil client, ${kind}`, () => {
    it("CVE-2004-0175, CVE-2018-20685: names that lead out of the target", async (t) => {
      const { transport, folder, root } = await serve(t, kind);
      mkdirSync(join(root, "in"));
      const before = snapshot(folder, { modes: true });
      for (const name of ["..", ".", "", "../victim", "/etc/evil", "a/b", "a\0b", "sub/../../../victim"]) {
        for (const record of [`C0644 4 ${name}\nEVIL\0`, `D0777 0 ${name}\nE\n`, `T1 0 1 0\nD0777 0 ${name}\n`]) {
          for (const command of ["scp -r -t in", "scp -r -p -t in", "scp -r -t ."]) {
            const { text, code } = await say(transport, command, record);
            assert.equal(code, 1, record);
            assert.match(text, /^\0+[\x01\x02]/);
          }
        }
      }
      assert.deepEqual(snapshot(folder, { modes: true }), before);
    });

    it("paths that lead out of the root, for uploads and for downloads", async (t) => {
      const { transport, folder, root } = await serve(t, kind);
      symlinkSync("..", join(root, "up"));
      symlinkSync("../victim", join(root, "leaf"));
      symlinkSync(join(folder, "victim"), join(root, "absolute"));
      const paths = ["../victim", "/../victim", "up/victim", "leaf", "absolute", "./././../victim", "up/../../victim"];
      for (const path of paths) {
        const up = await say(transport, `scp -t -- ${path}`, "C0644 4 victim\nEVIL\0");
        assert.equal(up.code, 1, path);
        const down = await say(transport, `scp -f -- ${path}`, "\0\0\0\0");
        assert.doesNotMatch(down.text, /whole/, path);
        assert.equal(down.code, 1, path);
      }
      assert.equal(readFileSync(join(folder, "victim"), "utf8"), "whole");
    });

    it("symbolic links as leaf and on the way, hard links, FIFOs and devices", async (t) => {
      const { transport, folder, root } = await serve(t, kind);
      symlinkSync("../victim", join(root, "leaf"));
      symlinkSync("..", join(root, "up"));
      symlinkSync("nowhere", join(root, "dangling"));
      linkSync(join(folder, "victim"), join(root, "hard"));
      execFileSync("mkfifo", [join(root, "fifo")]);
      symlinkSync("/dev/null", join(root, "device"));
      for (const name of ["leaf", "dangling", "fifo", "device"]) {
        const { text, code } = await say(transport, "scp -t .", `C0644 4 ${name}\n`);
        assert.match(text, /^\0\x01scp: /, name);
        assert.equal(code, 1);
      }
      assert.equal((await say(transport, "scp -r -t .", "D0755 0 up\n")).code, 1);
      // A hard link is replaced: its other name keeps what it had.
      assert.equal((await say(transport, "scp -t .", "C0644 4 hard\nEVIL\0")).code, 0);
      assert.equal(readFileSync(join(root, "hard"), "utf8"), "EVIL");
      assert.equal(readFileSync(join(folder, "victim"), "utf8"), "whole");
      assert.equal(existsSync(join(root, "nowhere")), false);
      assert.ok(lstatSync(join(root, "fifo")).isFIFO());
      // A FIFO is not waited for when it is asked for either.
      assert.equal((await say(transport, "scp -f fifo", "\0")).code, 1);
    });

    it("a directory swapped for a link out of the root while files go into it", async (t) => {
      const { transport, folder, root } = await serve(t, kind);
      mkdirSync(join(folder, "outside"));
      let swaps = 0;
      let over = false;
      const swap = (async () => {
        while (!over) {
          try {
            mkdirSync(join(root, "d"), { recursive: true });
            await new Promise((resolve) => setImmediate(resolve));
            renameSync(join(root, "d"), join(root, `old-${swaps}`));
            symlinkSync("../outside", join(root, "d"));
            await new Promise((resolve) => setImmediate(resolve));
            rmSync(join(root, "d"));
            swaps += 1;
          } catch {
            // The server has made the directory again, or, finding none, a file.
            rmSync(join(root, "d"), { recursive: true, force: true, maxRetries: 10 });
          }
        }
      })();
      for (let round = 0; round < 60; round += 1) {
        await say(transport, "scp -r -t .", "D0755 0 d\nD0755 0 e\nC0644 4 victim\nEVIL\0E\nE\n");
        await say(transport, "scp -t d", "C0644 4 victim\nEVIL\0");
      }
      over = true;
      await swap;
      t.diagnostic(`swapped ${swaps} times`);
      assert.ok(swaps > 50);
      assert.deepEqual(readdirSync(join(folder, "outside")), []);
      assert.equal(readFileSync(join(folder, "victim"), "utf8"), "whole");
    });

    it("CVE-2026-35385: setuid, setgid and sticky, with and without -p", async (t) => {
      const { transport, root } = await serve(t, kind);
      for (const command of ["scp -r -t .", "scp -r -p -t ."]) {
        await say(transport, command, "C7711 4 file\nEVIL\0D7711 0 d\nE\n");
        for (const name of ["file", "d"])
          assert.equal(statSync(join(root, name)).mode & 0o7000, 0, `${command} ${name}`);
        rmSync(join(root, "file"));
        rmSync(join(root, "d"), { recursive: true });
      }
    });

    it("a million directories inside each other: cut at the limit, nothing is left open", async (t) => {
      const { transport, root, outcomes } = await serve(t, kind, { maxDepth: 20 });
      const { text, code } = await say(transport, "scp -r -t .", function* () {
        for (let block = 0; block < 1_000; block += 1) yield "D0755 0 d\n".repeat(1_000);
      });
      assert.equal(code, 1);
      assert.match(text, /^\0+\x02scp: protocol error: /);
      assert.equal(await codeOf(outcomes), "limit-depth");
      assert.ok(snapshot(root).length <= 22);
    });

    it("paths of many components: refused, uploads and downloads alike", async (t) => {
      const { transport, root } = await serve(t, kind);
      mkdirSync(join(root, "d/".repeat(300)), { recursive: true });
      for (const path of ["d/".repeat(300), "d/../".repeat(5_000)]) {
        for (const command of [`scp -t ${path}`, `scp -r -f ${path}`]) {
          const { text, code } = await say(transport, command, "\0");
          assert.match(text, /^\0*[\x01\x02]scp: /, command.slice(0, 20));
          assert.equal(code, 1);
        }
      }
      assert.equal((await say(transport, `scp -t ${"d/".repeat(250)}`, "C0644 4 file\nGOOD\0")).code, 0);
    });

    it("the temporary files of other sessions: neither listed, nor fetched, nor replaced", async (t) => {
      const { transport, root } = await serve(t, kind);
      const channel = await transport.exec("scp -t .");
      const heard = channel.readable.pipeTo(new WritableStream());
      const writer = channel.writable.getWriter();
      await writer.write(new TextEncoder().encode("C0644 10 report\nalice"));
      await waitFor("the temporary file", () => readdirSync(root).length === 1);
      const [name = ""] = readdirSync(root);
      assert.match(name, temporaryNamePattern);
      const listed = await say(transport, "scp -r -f .", "\0\0\0\0\0\0");
      assert.doesNotMatch(listed.text, /scpkit-/);
      const fetched = await say(transport, `scp -f ${name}`, "\0\0\0");
      assert.equal(fetched.code, 1);
      assert.doesNotMatch(fetched.text, /alice/);
      for (const target of [".", name]) {
        assert.equal((await say(transport, `scp -t ${target}`, `C0644 4 ${name}\nEVIL\0`)).code, 1, target);
      }
      await writer.write(new TextEncoder().encode("alice\0"));
      await writer.close();
      await heard;
      await waitFor("the file", () => existsSync(join(root, "report")));
      assert.equal(readFileSync(join(root, "report"), "utf8"), "alicealice");
      assert.deepEqual(readdirSync(root), ["report"]);
    });

    it("a file announced with 2^53 - 1 bytes, then nothing: cut, nothing stays", async (t) => {
      const { transport, root, outcomes } = await serve(t, kind);
      const { arrayBuffers } = process.memoryUsage();
      await say(transport, "scp -t .", "C0644 9007199254740991 huge\nabc");
      await waitFor("the end", () => outcomes.length === 1);
      assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 16_000_000);
      assert.equal(await codeOf(outcomes), "unexpected-eof");
      assert.deepEqual(readdirSync(root), []);
      const more = await say(transport, "scp -t .", "C0644 9007199254740992 huge\n");
      assert.match(more.text, /\x02scp: protocol error/);
    });

    it("more than the limits of files, bytes, entries and errors: each with its own code", async (t) => {
      const cases: readonly (readonly [Partial<ScpLimits>, string, string])[] = [
        [{ maxTotalBytes: 5 }, "C0644 4 a\nEVIL\0C0644 4 b\nEVIL\0", "limit-total-bytes"],
        [{ maxEntries: 1 }, "C0644 0 a\n\0C0644 0 b\n\0", "limit-entries"],
        [{ maxPeerErrors: 2 }, "\x01a\n\x01b\n\x01c\n", "limit-peer-errors"],
        [{ maxLineBytes: 100 }, `C0644 0 ${"x".repeat(200)}\n`, "line-too-long"],
      ];
      for (const [limits, said, code] of cases) {
        const { transport, root, outcomes } = await serve(t, kind, limits);
        assert.equal((await say(transport, "scp -t .", said)).code, 1);
        assert.equal(await codeOf(outcomes), code);
        assert.ok(!readdirSync(root).some((name) => name.startsWith(".")));
      }
      const { transport, root } = await serve(t, kind, { maxFileBytes: 3 });
      const { text } = await say(transport, "scp -t .", "C0644 4 a\nC0644 3 b\nyes\0");
      assert.match(text, /^\0\x01[^\n]+\n\0\0$/);
      assert.deepEqual(readdirSync(root), ["b"]);
    });

    it("that says nothing, or stops in the middle: cut by time", async (t) => {
      const { transport, root, outcomes } = await serve(t, kind, { stallMs: 150, firstByteMs: 150 });
      await using _silent = await transport.exec("scp -t .");
      await waitFor("the end of the silent one", () => outcomes.length === 1);
      assert.equal(await codeOf(outcomes), "limit-first-byte");
      await using slow = await transport.exec("scp -t .");
      const writer = slow.writable.getWriter();
      writer.closed.catch(() => {});
      await writer.write(Buffer.from("C0644 10 a\nabc"));
      await waitFor("the end of the slow one", () => outcomes.length === 2);
      assert.equal(await codeOf(outcomes, 2), "limit-stall");
      assert.deepEqual(readdirSync(root), []);
    });

    it("that asks for much and reads nothing: cut by time", async (t) => {
      const { transport, root, outcomes } = await serve(t, kind, { stallMs: 300 });
      writeFileSync(join(root, "large"), Buffer.alloc(20_000_000));
      await using channel = await transport.exec("scp -f large");
      const writer = channel.writable.getWriter();
      writer.closed.catch(() => {});
      await writer.write(Buffer.from("\0\0\0"));
      await waitFor("the end", () => outcomes.length === 1);
      assert.equal(await codeOf(outcomes), "limit-stall");
    });

    it("replies for ever to a download: no memory for them, and the end comes", async (t) => {
      const { transport, root, outcomes } = await serve(t, kind);
      writeFileSync(join(root, "file"), "hello");
      const { arrayBuffers } = process.memoryUsage();
      await say(transport, "scp -f file", function* () {
        for (let block = 0; block < 2_000 && outcomes.length === 0; block += 1) yield "\0".repeat(10_000);
      });
      await waitFor("the end", () => outcomes.length === 1);
      assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 32_000_000);
    });

    it("more sessions than there may be: refused, the others go on", async (t) => {
      const { transport, root, outcomes } = await serve(t, kind, {}, 2);
      const open = [await transport.exec("scp -t ."), await transport.exec("scp -t .")];
      const reader = open[0]?.readable.getReader();
      await reader?.read();
      await open[1]?.readable.getReader().read();
      const { text, code } = await say(transport, "scp -t .", "C0644 4 late\nEVIL\0");
      assert.match(text, /^\x01scp: Too many sessions\n$/);
      assert.equal(code, 1);
      const writer = open[0]?.writable.getWriter();
      await writer?.write(Buffer.from("C0644 4 good\ngood\0"));
      await writer?.close();
      await waitFor("the good one", () => existsSync(join(root, "good")));
      for (const channel of open) await channel.close();
      assert.equal(await codeOf(outcomes), "too-many-sessions");
    });

    it("CVE-2006-0225, CVE-2020-15778: commands for a shell run nothing", async (t) => {
      const { transport, folder } = await serve(t, kind);
      const pwned = join(folder, "pwned");
      const commands = [
        `touch ${pwned}`,
        `scp -t x; touch ${pwned}`,
        `scp -t x && touch ${pwned}`,
        `scp -t x | touch ${pwned}`,
        `scp -t $(touch ${pwned})`,
        `scp -t \`touch ${pwned}\``,
        `scp -f x > ${pwned}`,
        `scp -t x\ntouch ${pwned}`,
        `/bin/sh -c 'scp -t x'`,
        `sudo scp -t x`,
        `PATH=/tmp scp -t x`,
      ];
      for (const command of commands) {
        const { code } = await say(transport, command, "");
        assert.equal(code, 126, command);
      }
      // scp takes these options with -t and -f too; they mean something to a client only.
      const options = [`-S ${pwned}`, `-oProxyCommand=${pwned}`, "-D /bin/sh", `-F ${pwned}`];
      for (const option of options) {
        assert.equal((await say(transport, `scp ${option} -t x`, "")).code, 0, option);
        assert.notEqual((await say(transport, `scp ${option} -f x`, "")).code, 126, option);
      }
      assert.equal(existsSync(pwned), false);
    });

    it("a command line of a million words, and one of a million quotes", async (t) => {
      const { transport } = await serve(t, kind);
      // As long as a packet of SSH may be.
      for (const command of [
        `scp -f ${"a ".repeat(15_000)}`,
        `scp -t ${"'a'".repeat(10_000)}`,
        `scp -f ${"'".repeat(30_001)}`,
      ]) {
        const start = performance.now();
        await say(transport, command, "");
        assert.ok(performance.now() - start < 10_000);
      }
    });

    it("errors, names and paths reach the server's own records without what a terminal obeys", async (t) => {
      const { transport, outcomes } = await serve(t, kind);
      const nasty = "\x1b]0;evil\x07\x9b2J\xe2\x80\xae";
      await say(transport, "scp -t .", `\x01scp: ${nasty}\n`);
      await say(transport, "scp -t .", `C0644 4 ${nasty}\nEV`);
      await say(transport, `scp -f '${nasty}'`, "\0");
      await say(transport, "scp -t .", `C06${nasty}\n`);
      await waitFor("the outcomes", () => outcomes.length === 4);
      for (const { error } of outcomes) {
        assert.ok(error instanceof Error);
        assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f\u202e]/, JSON.stringify(error.message));
      }
    });
  });
}

/** How the `number`-th command ended, which is known a little after its client knows. */
async function codeOf(outcomes: readonly ScpHandled[], number = 1): Promise<string> {
  await waitFor("the outcome", () => outcomes.length >= number);
  const error = outcomes[number - 1]?.error;
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
