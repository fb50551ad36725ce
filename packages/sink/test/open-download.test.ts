import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { ScpProtocolError } from "@scpkit/codec";
import { ScpIncompleteError } from "@scpkit/core";
import { tempDir, writeTree } from "@scpkit/test-support/files";
import { localTransport } from "@scpkit/test-support/local-transport";
import { type ScriptedCommand, scriptedTransport } from "@scpkit/test-support/memory/scripted-command";
import { skipWithout } from "@scpkit/test-support/programs";
import { openDownload, type ScpDownloadOptions, type ScpIncomingEntry, type ScpIncomingFile } from "../src/index.ts";

function open(
  options: ScpDownloadOptions = {},
  identification?: string,
): {
  readonly reader: ReadableStreamDefaultReader<ScpIncomingEntry>;
  readonly source: ScriptedCommand;
  readonly commands: readonly string[];
} {
  const { transport, peer, commands } = scriptedTransport(identification);
  const stream = openDownload(transport, "dir/a", { recursive: true, acceptName: () => true, ...options });
  return { reader: stream.getReader(), source: peer, commands };
}

async function nextFile(reader: ReadableStreamDefaultReader<ScpIncomingEntry>): Promise<ScpIncomingFile> {
  const { value } = await reader.read();
  assert.equal(value?.type, "file");
  return value;
}

async function text(body: ReadableStream<Uint8Array>): Promise<string> {
  // Not through Response: Chromium's hides what the stream failed with.
  const decoder = new TextDecoder();
  let all = "";
  for await (const chunk of body) all += decoder.decode(chunk, { stream: true });
  return all;
}

describe("A loop over a download that is left with a body", () => {
  async function firstOf<T>(
    stream: ReadableStream<ScpIncomingEntry>,
    use: (file: ScpIncomingFile) => T,
  ): Promise<Awaited<T>> {
    for await (const entry of stream) if (entry.type === "file") return await Promise.resolve(use(entry));
    return assert.fail("There was no file");
  }

  /** As {@link firstOf}, but leaves the loop before the result has settled. */
  async function leaveWith<T>(
    stream: ReadableStream<ScpIncomingEntry>,
    use: (file: ScpIncomingFile) => Promise<T>,
  ): Promise<T> {
    for await (const entry of stream) if (entry.type === "file") return use(entry);
    return assert.fail("There was no file");
  }

  function start(): { readonly stream: ReadableStream<ScpIncomingEntry>; readonly source: ScriptedCommand } {
    const { transport, peer } = scriptedTransport();
    return { stream: openDownload(transport, "a"), source: peer };
  }

  it("has all of it through text() and bytes()", async () => {
    for (const leave of [firstOf, leaveWith]) {
      const { stream, source } = start();
      const whole = leave(stream, (entry) => entry.text());
      await source.hear("\0");
      await source.say("C0644 6 a\n");
      await source.hear("\0");
      await source.say("h\u00e9llo");
      await source.say("\0");
      assert.equal(await whole, "h\u00e9llo");
    }
    const { stream, source } = start();
    const whole = leaveWith(stream, (entry) => entry.bytes());
    await source.say("C0644 3 a\nabc\0");
    assert.deepEqual(await whole, new TextEncoder().encode("abc"));
  });

  it("rejects with the cause through body(), after the caller could handle it", async () => {
    const { stream, source } = start();
    const left = leaveWith(stream, (entry) => text(entry.body()));
    await source.hear("\0");
    await source.say("C0644 5 a\nhe");
    await assert.rejects(left, /before this body was read.*await the body/);
  });
});

describe("openDownload on the wire", () => {
  it("hands out each entry with its body", async () => {
    const { reader, source, commands } = open({ preserve: true });
    assert.deepEqual(commands, ["scp -r -p -f dir/a"]);
    await source.say("T1 0 2 0\nD0755 0 d\n");
    const { value: directory } = await reader.read();
    assert.equal(directory?.type, "directory");
    assert.deepEqual(
      [directory.path, directory.mode, directory.times?.mtimeMs, directory.depth],
      ["d", 0o755, 1000, 0],
    );
    const pulled = nextFile(reader);
    await source.say("C0644 5 a\n");
    const file = await pulled;
    assert.deepEqual([file.path, file.size, file.depth], ["d/a", 5, 1]);
    const body = text(file.body());
    await source.say("hello\0E\n");
    assert.equal(await body, "hello");
    const end = reader.read();
    await source.end();
    assert.equal((await end).done, true);
  });

  it("accepts nothing before it is asked for", async () => {
    const { reader, source } = open();
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    assert.ok(await source.silent());
    const file = await nextFile(reader);
    assert.ok(await source.silent());
    const body = text(file.body());
    await source.hear("\0");
    await source.say("x\0");
    await source.hear("\0");
    assert.equal(await body, "x");
    await reader.cancel();
  });

  it("tells the peer what was refused, in the reader's words", async () => {
    const { reader, source } = open();
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    (await nextFile(reader)).refuse("too old");
    await source.hear("\x01scp: too old\n");
    await source.say("D0755 0 d\n");
    const { value: directory } = await reader.read();
    directory?.refuse();
    await source.hear("\x01scp: d: not wanted\n");
    const end = reader.read();
    await source.end({ code: 1 });
    assert.equal((await end).done, true);
  });

  it("refuses what the reader passes over, and enters directories", async () => {
    const { reader, source } = open();
    await source.hear("\0");
    await source.say("C0644 1 a\n");
    await nextFile(reader);
    const next = reader.read();
    await source.hear("\x01scp: a: not wanted\n");
    await source.say("D0755 0 d\n");
    assert.equal((await next).value?.type, "directory");
    const last = nextFile(reader);
    await source.hear("\0");
    await source.say("C0644 1 b\n");
    assert.equal((await last).path, "d/b");
    await reader.cancel();
  });

  it("a body asked for too late errors, and one asked for twice is the same", async () => {
    const { reader, source } = open();
    await source.say("C0644 1 a\n");
    const first = await nextFile(reader);
    const next = nextFile(reader);
    await source.say("C0644 1 b\n");
    const second = await next;
    await assert.rejects(text(first.body()), { message: "a: not wanted" });
    const body = second.body();
    assert.equal(second.body(), body);
    second.refuse("too late as well");
    await source.say("x\0");
    assert.equal(await text(body), "x");
    await reader.cancel();
  });

  it("a cancelled body is thrown away, which is no failure", async () => {
    const { reader, source } = open();
    await source.say("C0644 200000 a\n");
    const file = await nextFile(reader);
    await file.body().cancel();
    await source.say(new Uint8Array(200_000));
    await source.say("\0");
    const next = nextFile(reader);
    await source.say("C0644 1 b\n");
    const body = text((await next).body());
    await source.say("x\0");
    assert.equal(await body, "x");
    const end = reader.read();
    await source.end();
    assert.equal((await end).done, true);
  });

  it("a small body may be read later, a large one holds the source back until it is", async () => {
    const { reader, source } = open();
    await source.say("C0644 5 a\n");
    const small = (await nextFile(reader)).body();
    await source.say("hello\0");
    const next = nextFile(reader);
    await source.say("C0644 1000000 b\n");
    const large = (await next).body();
    let said = 0;
    const saying = (async () => {
      for (; said < 1_000_000; said += 10_000) await source.say(new Uint8Array(10_000));
      await source.say("\0");
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(said > 0 && said < 600_000, `${said} bytes were taken`);
    assert.equal((await text(large)).length, 1_000_000);
    await saying;
    assert.equal(await text(small), "hello");
    const end = reader.read();
    await source.end();
    assert.equal((await end).done, true);
  });

  it("an input that ends in the middle errors the body and the stream", async () => {
    const { reader, source } = open();
    await source.say("C0644 5 a\n");
    const body = text((await nextFile(reader)).body());
    await source.say("he");
    await source.end();
    const isEarly = (error: unknown): boolean => error instanceof ScpProtocolError && error.code === "unexpected-eof";
    await assert.rejects(body, isEarly);
    await assert.rejects(reader.read(), isEarly);
  });

  it("a damaged body errors with the source's words, and the stream at its end", async () => {
    const { reader, source } = open();
    await source.say("C0644 5 a\n");
    const body = text((await nextFile(reader)).body());
    await source.say("he\0\0\0\x01scp: a: Input/output error\n");
    await assert.rejects(body, { name: "ScpPeerError", peerMessage: "scp: a: Input/output error" });
    const end = reader.read();
    await source.end({ code: 1 });
    await assert.rejects(end, { name: "ScpPeerError", peerMessage: "scp: a: Input/output error" });
  });

  it("cancelling ends the command, and what is being read", async () => {
    const { reader, source } = open();
    await source.say("C0644 5 a\n");
    const body = text((await nextFile(reader)).body());
    const errored = assert.rejects(body, { message: "Enough" });
    await source.say("he");
    await reader.cancel(new Error("Enough"));
    assert.ok(source.abandoned);
    await errored;
  });

  it("the caller's signal ends it as well", async () => {
    const abort = new AbortController();
    const { reader, source } = open({ signal: abort.signal });
    await source.say("C0644 5 a\n");
    const body = text((await nextFile(reader)).body());
    abort.abort(new Error("Changed my mind"));
    await assert.rejects(body, { message: "Changed my mind" });
    await assert.rejects(reader.read(), { message: "Changed my mind" });
    assert.ok(source.abandoned);
  });

  it("accepts only what was asked for", async () => {
    const { reader, source } = open({ acceptName: undefined });
    await source.say("C0644 5 .bashrc\n");
    await assert.rejects(reader.read(), { code: "unrequested-name" });
  });

  it("never answers a file ahead, whatever mode is asked for", async () => {
    const { reader, source } = open({ replies: "pipelined" });
    await source.hear("\0");
    assert.ok(await source.silent());
    await source.say("C0644 1 a\n");
    (await nextFile(reader)).refuse();
    await source.hear("\x01scp: a: not wanted\n");
    await reader.cancel();
  });

  it("does not pile up listeners on the signal", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    try {
      const { reader, source } = open({}, "SSH-2.0-OpenSSH_9.2");
      let said = "";
      for (let index = 0; index < 50; index += 1) said += `C0644 1 f${index}\nx\0C0644 1 g${index}\n`;
      await source.say(said);
      await source.close();
      for (let index = 0; index < 50; index += 1) {
        assert.equal(await text((await nextFile(reader)).body()), "x");
        (await nextFile(reader)).refuse();
      }
      await source.end();
      assert.equal((await reader.read()).done, true);
      await new Promise((resolve) => setTimeout(resolve, 1));
      assert.deepEqual(warnings, []);
    } finally {
      process.off("warning", onWarning);
    }
  });
});

describe("openDownload from a real scp -f", { skip: skipWithout("scp") }, () => {
  for (const replies of ["lockstep", "overlapped"] as const) {
    it(`reads what it wants of a tree (${replies})`, async (t) => {
      const dir = tempDir(t);
      const big = new Uint8Array(3_000_000).fill(7);
      writeTree(dir, { top: { a: "1", big, b: "2", skip: { c: "3" }, enter: { d: "4", e: "5" } } });
      const found: Record<string, string | number> = {};
      const stream = openDownload(localTransport(), join(dir, "top"), { recursive: true, replies });
      for await (const entry of stream) {
        if (entry.name.text === "skip") entry.refuse();
        if (entry.type === "directory" || entry.path === "top/b") continue;
        const bytes = new Uint8Array(await new Response(entry.body()).arrayBuffer());
        found[entry.path] = bytes.length > 9 ? bytes.length : new TextDecoder().decode(bytes);
      }
      assert.deepEqual(found, { "top/a": "1", "top/big": 3_000_000, "top/enter/d": "4", "top/enter/e": "5" });
    });
  }

  it("leaving the loop ends the command", async (t) => {
    const dir = tempDir(t);
    writeFileSync(join(dir, "big"), new Uint8Array(30_000_000));
    const exits: Promise<unknown>[] = [];
    const transport = localTransport({
      onSpawn: (child) => exits.push(new Promise((resolve) => child.once("exit", resolve))),
    });
    for await (const entry of openDownload(transport, join(dir, "big"))) {
      if (entry.type === "directory") continue;
      const reader = entry.body().getReader();
      await reader.read();
      reader.releaseLock();
      break;
    }
    await Promise.all(exits);
  });

  it("ends with the failures of the source", async (t) => {
    const dir = tempDir(t);
    writeTree(dir, { top: { a: "1" } });
    symlinkSync("nowhere", join(dir, "top/dangling"));
    const reader = openDownload(localTransport(), join(dir, "top"), { recursive: true }).getReader();
    const read = async (): Promise<void> => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        if (next.value.type === "file") await next.value.body().cancel();
      }
    };
    await assert.rejects(read(), (error) => error instanceof ScpIncompleteError && error.summary.files === 1);
  });
});
