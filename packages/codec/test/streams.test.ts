import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createName,
  type ScpEvent,
  ScpRecordDecoderStream,
  ScpRecordEncoderStream,
  type ScpReply,
  ScpReplyDecoderStream,
  ScpReplyEncoderStream,
} from "../src/index.ts";
import { latin1 } from "./latin1.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const file = (size: number): ScpEvent => ({ type: "file", mode: 0o644, size, name: createName("a") });
const directory: ScpEvent = { type: "directory", mode: 0o755, name: createName("d") };
const data = (text: string): ScpEvent => ({ type: "data", data: bytes(text) });
const ok: ScpEvent = { type: "status", status: { type: "ok" } };

function from<T>(...values: T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const value of values) controller.enqueue(value);
      controller.close();
    },
  });
}

async function collect<T>(readable: ReadableStream<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of readable) values.push(value);
  return values;
}

async function encoded(...events: ScpEvent[]): Promise<string> {
  const chunks = await collect(from(...events).pipeThrough(new ScpRecordEncoderStream()));
  return chunks.map(latin1).join("");
}

describe("ScpRecordDecoderStream", () => {
  it("turns bytes into events", async () => {
    const stream = from(bytes("D0755 0 d\nC0644 2 a"), bytes("\nx"), bytes("y\0E\n")).pipeThrough(
      new ScpRecordDecoderStream(),
    );
    assert.deepEqual(await collect(stream), [directory, file(2), data("x"), data("y"), ok, { type: "end" }]);
  });

  it("asks about each file and directory, and waits for the answer", async () => {
    const asked: string[] = [];
    const stream = new ScpRecordDecoderStream({
      async accept(record) {
        await Promise.resolve();
        asked.push(record.type);
        return asked.length > 2;
      },
    });
    const input = from(bytes("D0755 0 d\nC0644 9 a\n"), bytes("C0644 1 a\nx\0"));
    assert.deepEqual(await collect(input.pipeThrough(stream)), [directory, file(9), file(1), data("x"), ok]);
    assert.deepEqual(asked, ["directory", "file", "file"]);
  });

  it("errors when the source breaks the protocol, or ends too early", async () => {
    const decode = (text: string): Promise<ScpEvent[]> =>
      collect(from(bytes(text)).pipeThrough(new ScpRecordDecoderStream({ maxLineBytes: 20 })));
    await assert.rejects(decode("Hello\n"), { code: "not-a-record", line: "Hello" });
    await assert.rejects(decode("C0644 3 a\nx"), { code: "unexpected-eof" });
    await assert.rejects(decode("x".repeat(21)), { code: "line-too-long" });
  });

  it("errors with what accept throws", async () => {
    const reason = new Error("no");
    const stream = new ScpRecordDecoderStream({
      accept() {
        throw reason;
      },
    });
    await assert.rejects(collect(from(bytes("C0644 1 a\n")).pipeThrough(stream)), reason);
  });

  it("ignores bytes after a fatal message", async () => {
    const stream = from(bytes("\x02bye\n"), bytes("Hello\n")).pipeThrough(new ScpRecordDecoderStream());
    assert.deepEqual(await collect(stream), [{ type: "fatal", message: "bye" }]);
  });

  it("survives a reader that cancels while accept is waiting", async () => {
    let answer: (value: boolean) => void = () => {};
    const stream = new ScpRecordDecoderStream({ accept: () => new Promise((resolve) => (answer = resolve)) });
    const reader = stream.readable.getReader();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    const written = writer.write(bytes("C0644 1 a\nx\0T1 0 1 0\n")).catch(() => {});
    assert.equal((await reader.read()).value?.type, "file");
    await reader.cancel("enough");
    answer(true);
    await written;
    await assert.rejects(writer.write(bytes("x")));
  });
});

describe("ScpRecordEncoderStream", () => {
  it("turns events into bytes, body chunks as they are", async () => {
    const body = data("xy");
    const chunks = await collect(
      from(directory, file(2), body, ok, { type: "end" } as const).pipeThrough(new ScpRecordEncoderStream()),
    );
    assert.equal(chunks.map(latin1).join(""), "D0755 0 d\nC0644 2 a\nxy\0E\n");
    assert.ok(body.type === "data" && chunks.includes(body.data));
  });

  it("takes every sequence that a decoder yields", async () => {
    const input =
      "T1 0 2 0\nD0755 0 d\nC0644 0 a\n\0C0644 3 a\nabc\x01short\n\x01gone\nE\nC0644 9 a\nC0644 1 a\nx\x02bye\n";
    let asked = 0;
    const decoder = new ScpRecordDecoderStream({ accept: () => ++asked !== 4 });
    const chunks = await collect(from(bytes(input)).pipeThrough(decoder).pipeThrough(new ScpRecordEncoderStream()));
    assert.equal(chunks.map(latin1).join(""), input);
  });

  for (const [what, events, message] of [
    ["a body that is too long", [file(1), data("xy")], /exceeds its 1 bytes/],
    ["a body that is too short", [file(3), data("xy"), ok], /has 2 of its 3 bytes; pad it/],
    ["a body without status", [file(1), data("x"), file(1)], /needs a status/],
    ["a body without status at the end", [file(1), data("x")], /needs a status/],
    ["a body that ends with the stream", [file(2), data("x")], /has 1 of its 2 bytes/],
    ["a status without body", [file(1), ok], /has 0 of its 1 bytes/],
    ["a status without file", [ok], /belongs after the body/],
    ["body bytes without file", [data("x")], /belong after a file record/],
    ["body bytes after the status", [file(0), ok, data("x")], /belong after a file record/],
    ["an end too many", [directory, { type: "end" }, { type: "end" }], /No directory is open/],
    ["a record after the end of all", [{ type: "fatal", message: "" }, directory], /Nothing may follow/],
    [
      "a record after a fatal status",
      [file(0), { type: "status", status: { type: "fatal", message: "" } }, directory],
      /Nothing may follow/,
    ],
    ["a name that cannot be sent", [{ ...directory, name: createName("a/b") }], /contains a slash/],
  ] as [string, ScpEvent[], RegExp][]) {
    it(`refuses ${what}`, () => assert.rejects(encoded(...events), { name: "ScpStateError", message }));
  }

  it("takes a file that was refused, followed by a record or nothing", async () => {
    assert.equal(await encoded(file(5), directory), "C0644 5 a\nD0755 0 d\n");
    assert.equal(await encoded(file(5)), "C0644 5 a\n");
  });
});

describe("reply streams", () => {
  const replies: ScpReply[] = [{ type: "ok" }, { type: "warning", message: "no" }, { type: "fatal", message: "bye" }];

  it("turn replies into bytes and back", async () => {
    const chunks = await collect(from(...replies).pipeThrough(new ScpReplyEncoderStream()));
    assert.equal(chunks.map(latin1).join(""), "\0\x01no\n\x02bye\n");
    assert.deepEqual(await collect(from(...chunks).pipeThrough(new ScpReplyDecoderStream())), replies);
  });

  it("error on text that is no reply", async () => {
    const stream = from(bytes("\0Hel"), bytes("lo")).pipeThrough(new ScpReplyDecoderStream());
    await assert.rejects(collect(stream), { code: "not-a-reply", line: "Hello" });
  });

  it("bound lines", async () => {
    const stream = from(bytes("\x01xxxx\n")).pipeThrough(new ScpReplyDecoderStream({ maxLineBytes: 4 }));
    await assert.rejects(collect(stream), { code: "line-too-long" });
  });
});

describe("The decoders as streams", () => {
  const floods = [
    ["records", "T1 0 1 0\n", (): TransformStream<Uint8Array, unknown> => new ScpRecordDecoderStream()],
    ["replies", "\x01no\n", (): TransformStream<Uint8Array, unknown> => new ScpReplyDecoderStream()],
  ] as const;
  for (const [what, line, create] of floods) {
    it(`leave turns to others while they decode a large chunk of ${what}`, async () => {
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      }, 1);
      await collect(from(bytes(line.repeat(200_000))).pipeThrough(create()));
      clearInterval(timer);
      assert.ok(turns > 2);
    });
  }
});
