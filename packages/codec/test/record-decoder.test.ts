import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  encodeRecord,
  type ScpEvent,
  ScpProtocolError,
  type ScpRecord,
  ScpRecordDecoder,
  type ScpRecordDecoderOptions,
  ScpStateError,
} from "../src/index.ts";
import { latin1, utf8InLatin1 } from "./latin1.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function decoderOf(text: string, options?: ScpRecordDecoderOptions): ScpRecordDecoder {
  const decoder = new ScpRecordDecoder(options);
  decoder.push(bytes(text));
  return decoder;
}

/** Everything the decoder yields, pieces of a body joined; `decide` answers files and directories in turn. */
function drain(decoder: ScpRecordDecoder, decide: () => boolean = () => true, events: unknown[] = []): unknown[] {
  for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
    const last = events.at(-1);
    if (event.type === "data" && typeof last === "string") events[events.length - 1] = last + latin1(event.data);
    else events.push(event.type === "data" ? latin1(event.data) : event);
    if (decoder.state === "decision") decide() ? decoder.accept() : decoder.reject();
  }
  return events;
}

describe("ScpRecordDecoder: a stream that is enclosed", () => {
  it("ends with the E of its own, and reads nothing after it", () => {
    const decoder = decoderOf("D0755 0 d\nE\nC0644 0 a\n\0E\nls -la\n", { endsWithDirectoryEnd: true });
    assert.equal(decoder.depth, 1);
    const types = drain(decoder).map((event) => (event as ScpEvent).type);
    assert.deepEqual(types, ["directory", "end", "file", "status", "end"]);
    assert.deepEqual([decoder.state, decoder.depth], ["ended", 0]);
  });

  it("is cut without it", () => {
    const decoder = decoderOf("C0644 0 a\n\0", { endsWithDirectoryEnd: true });
    drain(decoder);
    decoder.end();
    assert.throws(() => decoder.next(), { code: "unexpected-eof" });
  });
});

describe("ScpRecordDecoder: states", () => {
  it("goes through record, decision, body, status and back", () => {
    const decoder = decoderOf("C0644 3 a\n");
    assert.deepEqual([decoder.state, decoder.bodyRemaining, decoder.depth], ["record", 0, 0]);
    assert.equal(decoder.next()?.type, "file");
    assert.deepEqual([decoder.state, decoder.bodyRemaining], ["decision", 0]);
    decoder.accept();
    assert.deepEqual([decoder.state, decoder.bodyRemaining], ["body", 3]);
    assert.equal(decoder.next(), undefined);
    decoder.push(bytes("ab"));
    assert.deepEqual(decoder.next(), { type: "data", data: bytes("ab") });
    assert.deepEqual([decoder.state, decoder.bodyRemaining], ["body", 1]);
    decoder.push(bytes("c\0"));
    assert.deepEqual(decoder.next(), { type: "data", data: bytes("c") });
    assert.deepEqual([decoder.state, decoder.bodyRemaining], ["status", 0]);
    assert.deepEqual(decoder.next(), { type: "status", status: { type: "ok" } });
    assert.equal(decoder.state, "record");
    decoder.end();
    assert.equal(decoder.state, "ended");
    assert.equal(decoder.next(), undefined);
  });

  it("waits for the status of an empty file", () => {
    const decoder = decoderOf("C0644 0 a\n");
    decoder.next();
    decoder.accept();
    assert.equal(decoder.state, "status");
  });

  it("counts open directories", () => {
    const decoder = decoderOf("D0755 0 a\nD0755 0 b\nE\nD0755 0 c\nE\n");
    const depths: number[] = [];
    drain(decoder, () => {
      depths.push(decoder.depth);
      return decoder.depth === 0;
    });
    assert.deepEqual(depths, [0, 1, 0], "the refused directory b is not open: the E after it closes a");
    assert.equal(decoder.depth, 0);
  });

  it("demands a decision, and only where there is something to decide", () => {
    const decoder = decoderOf("C0644 1 a\nD0755 0 d\nT1 0 1 0\n");
    assert.throws(() => decoder.accept(), ScpStateError);
    assert.throws(() => decoder.reject(), ScpStateError);
    for (const type of ["file", "directory"]) {
      assert.equal(decoder.next()?.type, type);
      assert.throws(() => decoder.next(), ScpStateError);
      assert.throws(() => decoder.next(), { code: "bad-state", message: /accept\(\) or reject\(\)/ });
      decoder.push(bytes(""));
      assert.equal(decoder.state, "decision");
      decoder.reject();
      assert.throws(() => decoder.reject(), ScpStateError);
    }
    assert.equal(decoder.next()?.type, "times");
    assert.equal(decoder.state, "record");
  });

  it("takes a decision after the input has ended", () => {
    const rejected = decoderOf("C0644 3 a\n");
    rejected.end();
    rejected.next();
    rejected.reject();
    assert.equal(rejected.next(), undefined);
    assert.equal(rejected.state, "ended");

    const accepted = decoderOf("C0644 3 a\n");
    accepted.end();
    accepted.next();
    accepted.accept();
    assert.throws(() => accepted.next(), { code: "unexpected-eof" });
  });

  it("throws the same error again and ignores later input", () => {
    const decoder = decoderOf("Hello\nC0644 0 a\n");
    const errors: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      assert.throws(
        () => decoder.next(),
        (error) => errors.push(error) > 0,
      );
      decoder.push(bytes("T1 0 1 0\n"));
    }
    assert.ok(errors[0] instanceof ScpProtocolError);
    assert.ok(errors.every((error) => error === errors[0]));
    assert.equal(decoder.state, "failed");
    decoder.end();
    assert.equal(decoder.state, "failed");
  });

  it("ignores what follows a fatal message", () => {
    const decoder = decoderOf("D0755 0 a\n\x02bye\nHello\n");
    assert.equal(drain(decoder).length, 2);
    assert.equal(decoder.state, "ended");
    decoder.push(bytes("Hello\n"));
    decoder.end();
    assert.equal(decoder.next(), undefined);
  });

  it("refuses input after end(), which may be called twice", () => {
    const decoder = decoderOf("C0644 3 a\n");
    decoder.end();
    decoder.end();
    assert.throws(() => decoder.push(bytes("x")), ScpStateError);
  });

  it("refuses a limit that is none", () => {
    for (const maxLineBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => new ScpRecordDecoder({ maxLineBytes }), ScpStateError);
    }
  });
});

describe("ScpRecordDecoder: an E outside any directory", () => {
  it("ends the stream after an entry, also one that was refused", () => {
    for (const accept of [true, false]) {
      const decoder = decoderOf("C0644 0 a\n");
      drain(decoder, () => accept);
      decoder.push(bytes(`${accept ? "\0" : ""}E\nC0644 0 b\n`));
      assert.deepEqual(drain(decoder).at(-1), { type: "end" });
      assert.equal(decoder.state, "ended");
      assert.equal(decoder.depth, 0);
      assert.equal(decoder.next(), undefined);
    }
  });

  it("is rejected before the first entry, unless it is allowed there", () => {
    const strict = decoderOf("T1 0 1 0\nE\n");
    assert.throws(() => drain(strict), { code: "unexpected-end" });
    const lenient = decoderOf("E\n", { allowLeadingEnd: true });
    assert.deepEqual(drain(lenient), [{ type: "end" }]);
    assert.equal(lenient.state, "ended");
  });
});

describe("ScpRecordDecoder: a missing status", () => {
  it("is reported when the input ends after the last byte of a body, whenever end() is called", () => {
    for (const input of ["C0644 0 a\n", "C0644 2 a\nab"]) {
      for (const endFirst of [true, false]) {
        const decoder = decoderOf(input);
        if (endFirst) decoder.end();
        const events = drain(decoder);
        if (!endFirst) decoder.end();
        drain(decoder, undefined, events);
        assert.deepEqual(events.at(-1), { type: "missing-status" });
        assert.equal(decoder.state, "ended");
      }
    }
  });

  it("does not excuse a directory that is still open", () => {
    const decoder = decoderOf("D0755 0 d\nC0644 0 a\n");
    decoder.end();
    const events: unknown[] = [];
    assert.throws(() => drain(decoder, undefined, events), { code: "unexpected-eof" });
    assert.deepEqual(events.at(-1), { type: "missing-status" });
  });
});

describe("ScpRecordDecoder: errors", () => {
  for (const [input, message] of [
    ["Hello \x1b[31mworld\n", 'Expected a record, got "Hello \\033[31mworld"'],
    [
      "Everything is fine\n",
      'The peer sent the end of a directory before any file or directory, got "Everything is fine"',
    ],
    ["\n", "Expected a record, got an empty line"],
    ["C0644 512 a\n", "The peer closed the connection 512 bytes before the end of a file"],
    ["C0644 2 a\nx", "The peer closed the connection 1 byte before the end of a file"],
    ["C0644 0 a\nx", "Expected the status that closes the body of a file, got the byte 0x78"],
    ["D0755 0 a\n", "The peer closed the connection with 1 directory open"],
    ["D0755 0 a\nD0755 0 a\n", "The peer closed the connection with 2 directories open"],
    ["C06", 'The peer closed the connection inside a line, got "C06"'],
  ] as const) {
    it(message, () => {
      const decoder = decoderOf(input);
      decoder.end();
      assert.throws(() => drain(decoder), { name: "ScpProtocolError", message });
    });
  }

  it("keeps the whole line beside a message that is cut", () => {
    const line = "x".repeat(3000);
    assert.throws(
      () => drain(decoderOf(`${line}\n`)),
      (error) => error instanceof ScpProtocolError && error.line === line && error.message.length < 300,
    );
  });
});

describe("ScpRecordDecoder: memory", () => {
  it("yields a body as views into the pushed chunks", () => {
    const chunk = bytes("C0644 3 a\nabc\0");
    const whole = bytes("defg");
    const decoder = new ScpRecordDecoder();
    decoder.push(chunk);
    decoder.next();
    decoder.accept();
    const event = decoder.next();
    assert.ok(event?.type === "data" && event.data.buffer === chunk.buffer && event.data.byteOffset === 10);
    decoder.next();
    decoder.push(bytes("C0644 4 b\n"));
    decoder.next();
    decoder.accept();
    decoder.push(whole);
    const second = decoder.next();
    assert.ok(second?.type === "data" && second.data === whole);
  });

  it("fails at the limit, not later, on data without newline", () => {
    for (const start of ["y", "C0644 1 ", "\x01"]) {
      const decoder = decoderOf(start, { maxLineBytes: 100 });
      let length = start.length;
      for (; length < 100; length++) {
        decoder.push(bytes("y"));
        assert.equal(decoder.next(), undefined);
      }
      decoder.push(bytes("y"));
      assert.throws(
        () => decoder.next(),
        (error) => error instanceof ScpProtocolError && error.code === "line-too-long" && error.line?.length === 100,
      );
    }
  });

  it("does not search a body for lines", () => {
    const decoder = decoderOf("C0644 1000000 a\n", { maxLineBytes: 20 });
    decoder.next();
    decoder.accept();
    const chunk = new Uint8Array(1_000_000);
    decoder.push(chunk);
    const event = decoder.next();
    assert.ok(event?.type === "data" && event.data === chunk);
  });
});

/** Streams that are right for a while, and bytes that are not. */
const streams: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          "C0644 3 a\n",
          "abc\0",
          "C0644 0 b\n",
          "\0",
          "D0755 0 d\n",
          "E\n",
          "E x\n",
          "T1 0 2 5\n",
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom("\x01warning\n", "\x02fatal\n", "C0644 3 ", "T", "C", "D0", "\n", "\x01", "0", " "),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 5 }).map(latin1) },
    ),
    { maxLength: 12 },
  )
  .map((parts) => bytes(parts.join("")));

function outcome(input: Uint8Array, decisions: readonly boolean[], cuts: readonly number[], queued: boolean): unknown {
  const decoder = new ScpRecordDecoder({ maxLineBytes: 32 });
  const events: unknown[] = [];
  let next = 0;
  const decide = (): boolean => decisions[next++ % decisions.length] ?? true;
  try {
    let start = 0;
    for (const cut of [...cuts, input.length]) {
      decoder.push(input.slice(start, cut));
      start = cut;
      if (!queued) drain(decoder, decide, events);
    }
    decoder.end();
    drain(decoder, decide, events);
    assert.equal(decoder.state, "ended");
    return { events };
  } catch (error) {
    assert.ok(error instanceof ScpProtocolError, `${error}`);
    assert.equal(decoder.state, "failed");
    return { events, code: error.code, line: error.line, message: error.message };
  }
}

describe("ScpRecordDecoder: any bytes", () => {
  it("give events or ScpProtocolError, the same in every split", () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: streams }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat({ max: 100 }), { maxLength: 8 }),
        fc.boolean(),
        (input, decisions, positions, queued) => {
          const cuts = positions.map((position) => Math.min(position, input.length)).sort((a, b) => a - b);
          const whole = outcome(input, decisions, [], false);
          assert.deepEqual(outcome(input, decisions, cuts, queued), whole);
          const every = Array.from(input, (_, index) => index);
          assert.deepEqual(outcome(input, decisions, every, queued), whole);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("encode(decode(line)) is the line, for canonical lines", () => {
    const mode = fc.integer({ min: 0, max: 0o7777 }).map((value) => value.toString(8).padStart(4, "0"));
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 255 })
      .map(latin1)
      .filter((text) => !/[/\n\0]/.test(text) && text !== "." && text !== "..");
    const seconds = fc.integer({ min: 0, max: 8_700_000_000 });
    const microseconds = fc.integer({ min: 0, max: 999_999 });
    const text = fc.string({ unit: "binary", maxLength: 60 }).filter((message) => !/[\n\0]/.test(message));
    const utf8 = utf8InLatin1;
    const lines = fc.oneof(
      fc.tuple(mode, fc.maxSafeNat(), name).map(([m, s, n]) => `C${m} ${s} ${n}\n`),
      fc.tuple(mode, name).map(([m, n]) => `D${m} 0 ${n}\n`),
      fc.tuple(seconds, microseconds, seconds, microseconds).map((fields) => `T${fields.join(" ")}\n`),
      text.map((message) => `\x01${utf8(message)}\n`),
      text.map((message) => `\x02${utf8(message)}\n`),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const event = decoderOf(line).next();
        assert.ok(isRecord(event));
        assert.deepEqual(encodeRecord(event), bytes(line));
      }),
      { numRuns: 1500 },
    );
  });
});

function isRecord(event: ScpEvent | undefined): event is ScpRecord {
  return event !== undefined && event.type !== "data" && event.type !== "status";
}
