import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpFatalError } from "@scpkit/core";
import type { ScpBody, ScpEntry, ScpFileEntry, ScpOpenedFile } from "../src/index.ts";
import { incomplete, told } from "./support/incomplete.ts";
import { directory, file, send, times, timesLine } from "./support.ts";

/** Bodies that note what becomes of them: each ends in exactly one of read to its end, cancelled, broken. */
class Bodies {
  opened = 0;
  settled = 0;

  file(name: string, size: number, chunkBytes = 10, breaksAt = Number.POSITIVE_INFINITY): ScpFileEntry {
    const open = (): ScpBody => {
      this.opened += 1;
      let left = size;
      return new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            if (size - left >= breaksAt) {
              this.settled += 1;
              controller.error(new Error("Input/output error"));
            } else if (left === 0) {
              this.settled += 1;
              controller.close();
            } else {
              const chunk = new Uint8Array(Math.min(left, chunkBytes)).fill(120);
              left -= chunk.length;
              controller.enqueue(chunk);
            }
          },
          cancel: () => {
            this.settled += 1;
          },
        },
        { highWaterMark: 0 },
      );
    };
    return { type: "file", name, mode: 0o644, size, open };
  }

  async check(atLeast: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(this.opened >= atLeast, `${this.opened} opened`);
    assert.equal(this.settled, this.opened);
  }
}

describe("Every body is read to its end or cancelled", () => {
  it("when all goes well", async () => {
    const bodies = new Bodies();
    const { sink, outcome } = send([bodies.file("a", 30), bodies.file("b", 0), directory("d", [bodies.file("c", 5)])]);
    await sink.say("\0".repeat(20));
    await sink.rest();
    await sink.close();
    assert.equal((await outcome).files, 3);
    await bodies.check(3);
  });

  it("when the sink refuses", async () => {
    const bodies = new Bodies();
    const { sink, outcome } = send([bodies.file("a", 30), bodies.file("b", 30)], { answersOnce: true });
    await sink.say("\0\x01no\n\x01no\n");
    await sink.rest();
    await sink.close();
    await incomplete(outcome);
    await bodies.check(2);
  });

  const ends: [string, string][] = [
    ["is not ready", "\x01scp: no\n"],
    ["closes before a record is answered", "\0"],
    ["closes in the middle of a body", "\0\0"],
    ["gives up", "\0\x02no\n"],
    ["says something else", "Welcome\n"],
  ];
  for (const [what, said] of ends) {
    it(`when the sink ${what}`, async () => {
      const bodies = new Bodies();
      const { sink, outcome } = send(Array.from({ length: 20 }, (_, index) => bodies.file(`f${index}`, 1e6)));
      await sink.say(said);
      await sink.hear(said.startsWith("\0") ? "C0644 1000000 f0\n" : "");
      await sink.close();
      await assert.rejects(outcome);
      await bodies.check(said.startsWith("\0") ? 1 : 0);
    });
  }

  it("when an entry ends the transfer", async () => {
    const bodies = new Bodies();
    const fatal = file("z", "1", { open: () => Promise.reject(new ScpFatalError("Enough")) });
    const { sink, outcome } = send([bodies.file("a", 3), fatal, bodies.file("b", 3), bodies.file("c", 3)]);
    await sink.say("\0\0\0\0\0");
    await assert.rejects(outcome, { message: "Enough" });
    await bodies.check(2);
  });

  it("when the observer breaks", async () => {
    for (const type of ["start", "progress", "finish"]) {
      const bodies = new Bodies();
      const { sink, outcome } = send([bodies.file("a", 30), bodies.file("b", 30)], {
        onEvent(event) {
          if (event.type === type) throw new Error("Observer broke");
        },
      });
      await sink.say("\0\0\0\0\0");
      await assert.rejects(outcome, { message: "Observer broke" });
      await bodies.check(1);
    }
  });

  it("when one of them breaks: it is padded, and the next one goes on", async () => {
    const bodies = new Bodies();
    const { sink, outcome } = send([bodies.file("a", 30, 10, 20), bodies.file("b", 5)], { answersOnce: true });
    await sink.say("\0\0\0\0\0");
    const heard = await sink.rest();
    await sink.close();
    assert.equal(heard, `C0644 30 a\n${"x".repeat(20)}${"\0".repeat(10)}\x01scp: a: not sent\nC0644 5 b\nxxxxx\0`);
    assert.deepEqual(told(await incomplete(outcome)), [["a", "local", "Input/output error"]]);
    await bodies.check(2);
  });

  it("a listing that never answers does not keep an abort", async () => {
    async function* stuck(): AsyncGenerator<ScpEntry> {
      yield file("a", "1");
      await new Promise(() => {});
    }
    const abort = new AbortController();
    const { sink, outcome } = send(stuck(), { signal: abort.signal });
    await sink.say("\0\0\0");
    await sink.hear("C0644 1 a\n1\0");
    abort.abort(new Error("Changed my mind"));
    await assert.rejects(outcome, { message: "Changed my mind" });
  });

  it("a directory that cannot be listed at all fails alone", async () => {
    const bad = {
      ...directory("d", []),
      entries() {
        throw new Error("Permission denied");
      },
    };
    const { sink, outcome } = send([bad, file("b", "2")], { answersOnce: true });
    await sink.say("\0\0\0\0\0");
    assert.equal(await sink.rest(), "D0755 0 d\n\x01scp: d: not sent\nE\nC0644 1 b\n2\0");
    await sink.close();
    assert.deepEqual(told(await incomplete(outcome)), [["d", "local", "Permission denied"]]);
  });

  it("a directory whose name cannot be sent fails alone", async () => {
    const { sink, outcome } = send([directory("a\nb", [file("c", "1")]), file("b", "2")]);
    await sink.say("\0\0\0");
    await sink.rest();
    await sink.close();
    const summary = await incomplete(outcome);
    assert.deepEqual(
      summary.failures.map(({ path }) => path),
      ["a\nb"],
    );
    assert.equal(summary.files, 1);
  });
});

describe("What is known once a file is open", () => {
  async function wire(entry: ScpEntry): Promise<string> {
    const { sink, outcome } = send([entry], { preserve: true });
    await sink.say("\0\0\0\0");
    const heard = await sink.rest();
    await sink.close();
    await outcome.catch(() => {});
    return heard;
  }

  const body = new TextEncoder().encode("hello");
  const stream = (): ScpBody => new Blob([body]).stream();
  const cases: [string, () => ScpBody | ScpOpenedFile, string][] = [
    ["bytes", () => body, `${timesLine}C0644 9 a\nhello\0\0\0\0\x01scp: a: not sent\n`],
    ["bytes and their number", () => ({ body, size: 5 }), `${timesLine}C0644 5 a\nhello\0`],
    ["a stream and its length", () => ({ body: stream(), size: 5 }), `${timesLine}C0644 5 a\nhello\0`],
    ["a mode", () => ({ body, size: 5, mode: 0o4711 }), `${timesLine}C4711 5 a\nhello\0`],
    ["times", () => ({ body, size: 5, times: { mtimeMs: 7000, atimeMs: 8000 } }), "T7 0 8 0\nC0644 5 a\nhello\0"],
    ["more bytes than it says", () => ({ body, size: 2 }), `${timesLine}C0644 2 a\nhe\x01scp: a: not sent\n`],
    ["nothing", () => ({ body: new Uint8Array(), size: 0 }), `${timesLine}C0644 0 a\n\0`],
  ];
  for (const [what, opened, expected] of cases) {
    it(`replaces what the entry said: ${what}`, async () => {
      assert.equal(await wire(file("a", "", { size: 9, open: opened })), expected);
    });
  }

  it("counts the bytes that were sent, not those that were expected", async () => {
    const { sink, outcome } = send([file("a", "", { size: 9, times, open: () => ({ body, size: 5 }) })]);
    await sink.say("\0\0\0");
    await sink.rest();
    await sink.close();
    assert.equal((await outcome).bytes, 5);
  });
});
