import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  encodeRecord,
  encodeReply,
  formatCommand,
  parseCommand,
  ScpRecordDecoder,
  type ScpReply,
  ScpStateError,
} from "@scpkit/codec";
import { vectorFiles } from "../scripts/vector-files.ts";
import {
  checkRecordVector,
  checkReplyVector,
  commandVectors,
  encodeVectors,
  fromLatin1,
  fromVectorRecord,
  recordVectors,
  replayRecordVector,
  replyVectors,
  type ScpEncodeVector,
  type ScpParseCommandVector,
  toLatin1,
  toVectorCommand,
} from "../src/index.ts";

declare global {
  // Deno's checker, told to use Node's types, knows no properties of import.meta.
  interface ImportMeta {
    dirname: string;
  }
}

describe("record vectors", () => {
  for (const vector of recordVectors) {
    it(`${vector.name}: the same events in every split`, () => {
      assert.deepEqual(replayRecordVector(vector), expected(vector));
      assert.ok(checkRecordVector(vector) > vector.input.length);
    });
  }
});

describe("reply vectors", () => {
  for (const vector of replyVectors) {
    it(`${vector.name}: the same replies in every split`, () => {
      assert.ok(checkReplyVector(vector) > vector.input.length);
    });
  }
});

describe("encode vectors", () => {
  for (const vector of encodeVectors) {
    it(vector.name, () => {
      if (vector.output === null) assert.throws(() => encode(vector), ScpStateError);
      else assert.equal(toLatin1(encode(vector)), vector.output);
    });
  }

  it("canonical records decode and encode to the same bytes", () => {
    for (const { kind, output } of encodeVectors) {
      if (kind === "reply" || output === null || output === "E\n") continue;
      const decoder = new ScpRecordDecoder();
      decoder.push(fromLatin1(output));
      const event = decoder.next();
      assert.ok(
        event !== undefined && event.type !== "data" && event.type !== "status" && event.type !== "missing-status",
      );
      assert.equal(toLatin1(encodeRecord(event)), output);
    }
  });
});

describe("command vectors", () => {
  for (const vector of commandVectors) {
    it(`${vector.operation}: ${vector.name}`, () => {
      if (vector.operation === "format") {
        assert.equal(formatCommand(vector.command, { quote: vector.quote }), vector.line);
      } else {
        checkParse(vector);
      }
    });
  }
});

describe("the set of vectors", () => {
  it("has a name of its own for each", () => {
    for (const vectors of [recordVectors, replyVectors, encodeVectors]) {
      assert.equal(new Set(vectors.map(({ name }) => name)).size, vectors.length);
    }
    assert.equal(
      new Set(commandVectors.map(({ name, operation }) => `${operation} ${name}`)).size,
      commandVectors.length,
    );
  });

  it("holds bytes where bytes are meant", () => {
    for (const { input } of [...recordVectors, ...replyVectors]) assert.doesNotMatch(input, /[^\u0000-\u00ff]/);
    for (const { output } of encodeVectors) assert.doesNotMatch(output ?? "", /[^\u0000-\u00ff]/);
  });

  it("covers every code a decoder throws", () => {
    const seen = new Set([...recordVectors, ...replyVectors].flatMap(({ error }) => error?.code ?? []));
    assert.deepEqual([...seen].sort(), [
      "bad-mode",
      "bad-name",
      "bad-size",
      "bad-times",
      "line-too-long",
      "not-a-record",
      "not-a-reply",
      "size-out-of-range",
      "unexpected-end",
      "unexpected-eof",
      "unexpected-newline",
    ]);
  });

  it("is the same in vectors/*.json: npm run vectors writes them", async () => {
    const folder = join(import.meta.dirname, "..", "vectors");
    const files = vectorFiles();
    assert.deepEqual((await readdir(folder)).sort(), [...files.keys()].sort());
    for (const [name, text] of files) {
      const stored = await readFile(join(folder, name), "utf8");
      assert.ok(stored === text, `vectors/${name} is out of date`);
      assert.match(stored, /^[\x20-\x7e\n]*$/);
    }
    assert.deepEqual(JSON.parse(await readFile(join(folder, "records.json"), "utf8")), recordVectors);
  });
});

describe("checkRecordVector", () => {
  const vector = { name: "probe", about: "", input: "C0644 1 a\nx\0", events: [] };

  it("shows what differs", () => {
    assert.throws(() => checkRecordVector(vector), /The vector "probe", cut at \[\], gave .*"file".* instead of/);
  });

  it("finds a decoder that depends on chunks", () => {
    const [good] = recordVectors.filter(({ name }) => name === "one file");
    assert.ok(good);
    class Chunky extends ScpRecordDecoder {
      override push(chunk: Uint8Array): void {
        if (chunk.length === 1) super.push(Uint8Array.of(0x21, 0x0a));
        else super.push(chunk);
      }
    }
    assert.throws(() => checkRecordVector(good, (options) => new Chunky(options)), /cut at \[1, 2/);
  });

  it("lets errors through that are no protocol errors", () => {
    class Broken extends ScpRecordDecoder {
      override next(): undefined {
        throw new TypeError("broken");
      }
    }
    assert.throws(() => checkRecordVector(vector, () => new Broken()), TypeError);
  });
});

function expected<T extends { events: unknown; error?: unknown }>({ events, error }: T): object {
  return error === undefined ? { events } : { events, error };
}

function encode({ kind, value }: ScpEncodeVector): Uint8Array {
  if (kind === "record" && value.type !== "ok") return encodeRecord(fromVectorRecord(value));
  assert.ok(isReply(value));
  return encodeReply(value);
}

function isReply(value: ScpEncodeVector["value"]): value is ScpReply {
  return value.type === "ok" || value.type === "warning" || value.type === "fatal";
}

function checkParse({ line, command, patterns }: ScpParseCommandVector): void {
  const parsed = parseCommand(line);
  if (command === null || parsed === undefined) {
    assert.equal(parsed, command ?? undefined);
    return;
  }
  assert.deepEqual(toVectorCommand(parsed), command);
  const positions = parsed.patterns.flatMap((pattern, index) => (pattern ? [index] : []));
  assert.deepEqual(positions, patterns ?? []);
  assert.equal(parsed.patterns.length, parsed.paths.length);
}
