import assert from "node:assert/strict";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ScpError, ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScpConnectionError, ScpIncompleteError, type ScpTransport } from "@scpkit/core";
import { createFsTarget, type FsTargetOptions } from "@scpkit/fs";
import { relay } from "@scpkit/relay";
import { download, type ScpDownloadOptions } from "@scpkit/sink";
import { upload } from "@scpkit/source";
import { arenas, openArena, recite } from "../src/arena.ts";
import { createLedger } from "../src/faults/ledger.ts";
import { snapshot } from "../src/tree.ts";

const limits = { stallMs: 1_000, firstByteMs: 1_000 };

/** A folder with a victim beside the place where downloads go. */
function makeFolder(t: TestContext): { readonly folder: string; readonly inbox: string } {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-evil-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const inbox = join(folder, "inbox");
  mkdirSync(inbox);
  writeFileSync(join(folder, "victim"), "whole");
  return { folder, inbox };
}

async function get(
  transport: ScpTransport,
  path: string,
  inbox: string,
  options: ScpDownloadOptions & Pick<FsTargetOptions, "confine" | "umask"> = {},
): Promise<unknown> {
  const { confine, umask, ...downloadOptions } = options;
  const target = await createFsTarget(inbox, { preserve: options.preserve, confine, umask });
  return await download(transport, path, target, { limits, ...downloadOptions }).catch((error: unknown) => error);
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof ScpError, String(error));
  return error.code;
}

for (const kind of arenas) {
  describe(`an evil server, ${kind}`, () => {
    const names: readonly (readonly [string, string, string])[] = [
      ["CVE-2004-0175, CVE-2000-0992: a path", "C0644 4 ../victim\nEVIL\0", "bad-name"],
      ["CVE-2004-0175: an absolute path", "C0644 4 /tmp/evil\nEVIL\0", "bad-name"],
      ["CVE-2004-0175: the parent as directory", "D0777 0 ..\nC0644 4 victim\nEVIL\0E\n", "bad-name"],
      ["CVE-2018-20685: the directory itself", "D0777 0 .\nE\n", "bad-name"],
      ["CVE-2018-20685: an empty name", "D0777 0 \nE\n", "bad-name"],
      ["a NUL in a name", "C0644 4 wanted\0/../victim\nEVIL\0", "bad-name"],
      ["CVE-2019-6111, CVE-2026-0964: a file that was not asked for", "C0644 4 .bashrc\nEVIL\0", "unrequested-name"],
      ["CVE-2019-6111: a directory that was not asked for", "D0755 0 .ssh\nE\n", "unrequested-name"],
      ["a name in another case", "C0644 4 WANTED\nEVIL\0", "unrequested-name"],
    ];
    for (const replies of ["lockstep", "overlapped", "pipelined"] as const) {
      for (const [what, said, code] of names) {
        it(`${what} (${replies}), also with -r and -p`, async (t) => {
          const { folder, inbox } = makeFolder(t);
          const before = snapshot(folder, { modes: true });
          const transport = await openArena(t, kind, recite(said));
          for (const options of [{ recursive: true }, { recursive: true, preserve: true }]) {
            assert.equal(codeOf(await get(transport, "dir/wanted", inbox, { ...options, replies })), code);
          }
          assert.deepEqual(snapshot(folder, { modes: true }), before);
        });
      }
    }

    it("the name that was asked for a second time: the first one stays", async (t) => {
      const { folder, inbox } = makeFolder(t);
      const transport = await openArena(t, kind, recite("C0644 4 wanted\ngood\0C0644 4 wanted\nEVIL\0"));
      assert.equal(codeOf(await get(transport, "wanted", inbox)), "unrequested-name");
      assert.match(snapshot(folder).join("\n"), /inbox\/wanted" file 4 /);
      assert.equal(statSync(join(inbox, "wanted")).size, 4);
    });

    it("CVE-2004-0175: a directory where a file was asked for", async (t) => {
      const { inbox } = makeFolder(t);
      const transport = await openArena(t, kind, recite("D0755 0 wanted\nC0644 4 evil\nEVIL\0E\n"));
      assert.equal(codeOf(await get(transport, "wanted", inbox)), "unrequested-directory");
      assert.deepEqual(readdirSync(inbox), []);
    });

    it("CVE-2026-35385: setuid, setgid and sticky are not kept without -p", async (t) => {
      const { inbox } = makeFolder(t);
      const transport = await openArena(t, kind, recite("C7755 4 wanted\nEVIL\0"));
      await get(transport, "wanted", inbox, { umask: 0o022 });
      assert.equal(statSync(join(inbox, "wanted")).mode & 0o7777, 0o755);
    });

    it("CVE-2026-35385: a confined target keeps none of them with -p either", async (t) => {
      const { inbox } = makeFolder(t);
      const transport = await openArena(t, kind, recite("T1 0 1 0\nC6755 4 wanted\nEVIL\0"));
      await get(transport, "wanted", inbox, { preserve: true, confine: true });
      assert.equal(statSync(join(inbox, "wanted")).mode & 0o7777, 0o755);
    });

    it("CVE-2020-12062: what a failed file holds is never read as records", async (t) => {
      const evil = "C0644 4 evil\nEVIL\0";
      for (const replies of ["lockstep", "overlapped", "pipelined"] as const) {
        const { inbox } = makeFolder(t);
        mkdirSync(join(inbox, "d"));
        mkdirSync(join(inbox, "d", "taken"));
        const transport = await openArena(t, kind, async (_, channel) => {
          // As a source does: the body follows only an acceptance.
          const writer = channel.writable.getWriter();
          const reader = channel.readable.getReader();
          const answers: number[] = [];
          const next = async (): Promise<number> => {
            while (answers.length === 0) {
              const { value, done } = await reader.read();
              if (done) return 2;
              answers.push(...value);
            }
            const first = answers.shift() ?? 2;
            if (first === 1) while ((await next()) !== 10);
            return first;
          };
          await next();
          await writer.write(Buffer.from("D0755 0 d\n"));
          await next();
          await writer.write(Buffer.from(`C0644 ${evil.length} taken\n`));
          if ((await next()) === 0) {
            await writer.write(Buffer.from(`${evil}\0`, "latin1"));
            await next();
          }
          await writer.write(Buffer.from("E\n"));
          await next();
          await writer.close();
          reader.releaseLock();
          channel.readable.cancel().catch(() => {});
          await channel.exit(0);
        });
        const error = await get(transport, "d", inbox, { recursive: true, replies });
        assert.ok(error instanceof ScpIncompleteError, String(error));
        assert.equal(error.summary.failures.length, 1);
        assert.deepEqual(readdirSync(join(inbox, "d")), ["taken"]);
      }
    });

    it("CVE-2020-15778: a path is quoted for the remote shell", async (t) => {
      const commands: string[] = [];
      const transport = await openArena(t, kind, async (command, channel) => {
        commands.push(command);
        await channel.exit(0);
      });
      const path = "a b; `touch x` $(touch y) 'z' -- *";
      await download(transport, path, createLedger().target).catch(() => {});
      await upload(transport, path, []).catch(() => {});
      await upload(transport, "-oProxyCommand=evil", []).catch(() => {});
      const quoted = `'a b; \`touch x\` $(touch y) '\\''z'\\'' -- *'`;
      assert.deepEqual(commands, [`scp -f ${quoted}`, `scp -r -t ${quoted}`, "scp -r -t -- -oProxyCommand=evil"]);
    });

    it("symbolic links in the destination: not followed when confined", async (t) => {
      const { folder, inbox } = makeFolder(t);
      symlinkSync("../victim", join(inbox, "wanted"));
      const transport = await openArena(t, kind, recite("C0644 4 wanted\nEVIL\0"));
      // It has sent the body although the file was refused, which is noise then.
      codeOf(await get(transport, "wanted", inbox, { confine: true }));
      assert.equal(statSync(join(folder, "victim")).size, 5);
      assert.ok(lstatSync(join(inbox, "wanted")).isSymbolicLink());
    });

    it("a million directories inside each other: cut at the limit, nothing recurses", async (t) => {
      const deep = function* (): Generator<string> {
        yield "D0755 0 wanted\n";
        for (let block = 0; block < 1_000; block += 1) yield "D0755 0 d\n".repeat(1_000);
      };
      for (const replies of ["lockstep", "pipelined"] as const) {
        const ledger = createLedger();
        const transport = await openArena(t, kind, recite(deep));
        const error = await download(transport, "wanted", ledger.target, { recursive: true, limits, replies }).catch(
          (reason: unknown) => reason,
        );
        assert.equal(codeOf(error), "limit-depth");
        assert.deepEqual(ledger.problems(), []);
        assert.equal(ledger.committed.size, 0);
      }
    });

    it("a size of 2^53 and more, and one that never comes: refused, or nothing allocated for it", async (t) => {
      for (const [size, code] of [
        ["9007199254740991", "unexpected-eof"],
        ["9007199254740992", "size-out-of-range"],
        ["99999999999999999999999999", "size-out-of-range"],
      ] as const) {
        const { inbox } = makeFolder(t);
        const transport = await openArena(t, kind, recite(`C0644 ${size} wanted\nabc`));
        const { arrayBuffers } = process.memoryUsage();
        assert.equal(codeOf(await get(transport, "wanted", inbox)), code);
        assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 16_000_000);
        assert.deepEqual(readdirSync(inbox), []);
      }
    });

    const forever: readonly (readonly [string, string, string])[] = [
      ["errors", "\x01scp: no\n".repeat(1_000), "limit-peer-errors"],
      ["times", "T1 0 1 0\n".repeat(1_000), "limit-entries"],
      ["files", "C0644 0 a\n\0".repeat(1_000), "limit-entries"],
      ["one line", "x".repeat(10_000), "line-too-long"],
      ["one name", `C0644 0 ${"x".repeat(10_000)}`, "line-too-long"],
    ];
    for (const [what, block, code] of forever) {
      it(`${what} for ever: cut`, async (t) => {
        const endless = function* (): Generator<string> {
          for (;;) yield block;
        };
        const transport = await openArena(t, kind, recite(endless));
        const acceptName = (): boolean => true;
        const error = await download(transport, "*", createLedger().target, {
          limits: { ...limits, maxEntries: 20_000 },
          acceptName,
        }).catch((reason: unknown) => reason);
        assert.ok(error instanceof ScpLimitError || error instanceof ScpProtocolError, String(error));
        assert.equal(error.code, code);
      });
    }

    it("answers and errors for ever to an upload: cut", async (t) => {
      for (const [block, code] of [
        ["\0".repeat(10_000), "not-a-reply"],
        ["\x01scp: no\n".repeat(1_000), "peer-warning"],
      ] as const) {
        const endless = function* (): Generator<string> {
          for (;;) yield block;
        };
        const transport = await openArena(t, kind, recite(endless));
        const entry = { type: "file", name: "a", mode: 0o644, size: 1, open: () => new Uint8Array(1) } as const;
        const error = await upload(transport, "a", [entry], { limits }).catch((reason: unknown) => reason);
        assert.ok(error instanceof ScpProtocolError || error instanceof ScpPeerError, String(error));
        assert.equal(error.code, code);
      }
    });

    it("a flood on standard error: read, not kept", async (t) => {
      const transport = await openArena(t, kind, async (_, channel) => {
        const drained = channel.readable.pipeTo(new WritableStream()).catch(() => {});
        const stderr = channel.stderr.getWriter();
        for (let block = 0; block < 320; block += 1) await stderr.write(new Uint8Array(100_000).fill(0x1b));
        const writer = channel.writable.getWriter();
        await writer.write(Buffer.from("C0644 4 wanted\ngood\0"));
        await writer.close();
        await channel.exit(3);
        await drained;
      });
      const { inbox } = makeFolder(t);
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      const error = await get(transport, "wanted", inbox);
      const after = process.memoryUsage();
      assert.ok(after.heapUsed + after.arrayBuffers - heapUsed - arrayBuffers < 64_000_000);
      assert.ok(error instanceof ScpConnectionError, String(error));
      assert.ok(error.message.length < 20_000);
      assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f]/);
    });

    it("CVE-2019-6109, CVE-2019-6110: no message of an error carries what a terminal obeys", async (t) => {
      const nasty = "\x1b]0;evil\x07\r\xc2\x9b2J\xe2\x80\xaefdp\xe2\x80\x8b";
      const said = [
        `\x01scp: ${nasty}\n`,
        `\x02${nasty}\n`,
        `C0644 1 ${nasty}\n`,
        `${nasty}\n`,
        `C06${nasty}\n`,
        `D0755 0 ${nasty}\n`,
      ];
      for (const line of said) {
        const transport = await openArena(t, kind, async (command, channel) => {
          const stderr = channel.stderr.getWriter();
          await stderr.write(Buffer.from(`${nasty}\n`, "latin1"));
          await recite(line)(command, channel);
        });
        const error = await download(transport, "wanted", createLedger().target, { limits }).catch((r: unknown) => r);
        assert.ok(error instanceof ScpError, String(error));
        assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f\u202e\u200b]/, JSON.stringify(error.message));
      }
    });

    it("a command that is over and never ends: cut by the stall limit", async (t) => {
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const transport = await openArena(t, kind, async (_, channel) => {
        const drained = channel.readable.pipeTo(new WritableStream()).catch(() => {});
        const writer = channel.writable.getWriter();
        await writer.write(Buffer.from("C0644 4 wanted\ngood\0"));
        await writer.close();
        await released;
        await channel.exit(0);
        await drained;
      });
      const { inbox } = makeFolder(t);
      const error = await get(transport, "wanted", inbox, { limits: { stallMs: 100, firstByteMs: 1_000 } });
      release();
      assert.equal(codeOf(error), "limit-stall");
    });

    it("noise of a login script: told as noise, nothing is stored", async (t) => {
      for (const [noise, code] of [
        ["Hello\n", "not-a-record"],
        ["Debian GNU/Linux\n", "bad-mode"],
        ["Everything is fine\n", "unexpected-end"],
        ["Today is Saturday\n", "bad-times"],
        ["\n", "unexpected-newline"],
      ] as const) {
        const { inbox } = makeFolder(t);
        const transport = await openArena(t, kind, recite(noise));
        const error = await get(transport, "wanted", inbox, { recursive: true });
        assert.ok(error instanceof ScpProtocolError, `${noise}: ${error}`);
        assert.equal(error.code, code);
        assert.deepEqual(readdirSync(inbox), []);
      }
    });

    it("that sends what was not asked for through a relay: nothing reaches the target", async (t) => {
      for (const [, said, code] of names) {
        let heard = "";
        const from = await openArena(t, kind, recite(said));
        const to = await openArena(t, kind, async (_, channel) => {
          const writer = channel.writable.getWriter();
          await writer.write(new Uint8Array(1));
          try {
            for await (const chunk of channel.readable) heard += Buffer.from(chunk).toString("latin1");
          } finally {
            await channel.exit(0);
          }
        });
        const error = await relay(
          { transport: from, path: "wanted" },
          { transport: to, path: "x" },
          { recursive: true, limits },
        ).catch((reason: unknown) => reason);
        assert.equal(codeOf(error), code);
        assert.equal(heard, "");
      }
    });
  });
}
