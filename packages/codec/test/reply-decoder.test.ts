import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeReply, ScpProtocolError, type ScpReply, ScpReplyDecoder, ScpStateError } from "../src/index.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function decoderOf(text: string, options?: { maxLineBytes?: number }): ScpReplyDecoder {
  const decoder = new ScpReplyDecoder(options);
  decoder.push(bytes(text));
  return decoder;
}

function drain(decoder: ScpReplyDecoder, replies: ScpReply[] = []): ScpReply[] {
  for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) replies.push(reply);
  return replies;
}

describe("ScpReplyDecoder", () => {
  it("yields replies as they become complete", () => {
    const decoder = decoderOf("\0\0\x01scp: a");
    assert.deepEqual(drain(decoder), [{ type: "ok" }, { type: "ok" }]);
    decoder.push(bytes(": gone\n\0"));
    assert.deepEqual(drain(decoder), [{ type: "warning", message: "scp: a: gone" }, { type: "ok" }]);
    assert.equal(decoder.state, "reply");
    decoder.end();
    assert.equal(decoder.state, "ended");
    assert.equal(decoder.next(), undefined);
    assert.throws(() => decoderEnded().push(bytes("\0")), ScpStateError);
  });

  it("ends after a fatal message and ignores the rest", () => {
    const decoder = decoderOf("\x02bye\nHello");
    assert.deepEqual(drain(decoder), [{ type: "fatal", message: "bye" }]);
    assert.equal(decoder.state, "ended");
    decoder.push(bytes("\0"));
    assert.equal(decoder.next(), undefined);
  });

  it("waits for the end of a line that is no reply, to tell it whole", () => {
    const decoder = decoderOf("\0Hel");
    assert.deepEqual(decoder.next(), { type: "ok" });
    assert.equal(decoder.next(), undefined);
    decoder.push(bytes("lo\r\nmore"));
    const expected = {
      name: "ScpProtocolError",
      code: "not-a-reply",
      line: "Hello\r",
      message: 'Expected a reply, got "Hello\\015"',
    };
    assert.throws(() => decoder.next(), expected);
    assert.equal(decoder.state, "failed");
    decoder.push(bytes("\0"));
    assert.throws(() => decoder.next(), expected);
  });

  it("throws the same object again", () => {
    const decoder = decoderOf("x\n");
    const errors: unknown[] = [];
    for (let round = 0; round < 2; round++)
      assert.throws(
        () => decoder.next(),
        (error) => errors.push(error) > 0,
      );
    assert.equal(errors[0], errors[1]);
  });

  it("tells text that ends with the connection, and text that does not end", () => {
    const cut = decoderOf("Password: ");
    assert.equal(cut.next(), undefined);
    cut.end();
    assert.throws(() => cut.next(), { code: "not-a-reply", line: "Password: " });
    assert.throws(() => decoderOf("y".repeat(50), { maxLineBytes: 10 }).next(), {
      code: "not-a-reply",
      line: "y".repeat(10),
    });
  });

  it("bounds messages", () => {
    const decoder = decoderOf("\x01", { maxLineBytes: 10 });
    for (let index = 0; index < 9; index++) {
      decoder.push(bytes("y"));
      assert.equal(decoder.next(), undefined);
    }
    decoder.push(bytes("y"));
    assert.throws(() => decoder.next(), { code: "line-too-long" });
  });

  it("refuses a message that ends with the connection", () => {
    const decoder = decoderOf("\x01scp: a");
    decoder.end();
    assert.throws(() => decoder.next(), { code: "unexpected-eof", line: "\x01scp: a" });
  });

  it("gives replies or ScpProtocolError for any bytes, the same in every split", () => {
    const part = fc.oneof(
      fc.constantFrom("\0", "\x01a\n", "\x02b\n", "\x01", "\n", "ab"),
      fc.string({ unit: "binary-ascii", maxLength: 3 }),
    );
    const outcome = (input: Uint8Array, cuts: readonly number[]): unknown => {
      const decoder = new ScpReplyDecoder({ maxLineBytes: 8 });
      const replies: ScpReply[] = [];
      try {
        let start = 0;
        for (const cut of [...cuts, input.length]) {
          decoder.push(input.slice(start, cut));
          start = cut;
          drain(decoder, replies);
        }
        decoder.end();
        drain(decoder, replies);
        assert.equal(decoder.state, "ended");
        return { replies };
      } catch (error) {
        assert.ok(error instanceof ScpProtocolError, `${error}`);
        return { replies, code: error.code, line: error.line };
      }
    };
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 10 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 5 }),
        (parts, positions) => {
          const input = bytes(parts.join(""));
          const cuts = positions.map((position) => Math.min(position, input.length)).sort((a, b) => a - b);
          assert.deepEqual(outcome(input, cuts), outcome(input, []));
          assert.deepEqual(
            outcome(
              input,
              Array.from(input, (_, index) => index),
            ),
            outcome(input, []),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("decodes what encodeReply encodes", () => {
    const message = fc.string({ unit: "binary", maxLength: 50 }).filter((text) => !/[\n\0]/.test(text));
    fc.assert(
      fc.property(fc.constantFrom("warning" as const, "fatal" as const), message, (type, text) => {
        const decoder = new ScpReplyDecoder();
        decoder.push(encodeReply({ type: "ok" }));
        decoder.push(encodeReply({ type, message: text }));
        assert.deepEqual(drain(decoder), [{ type: "ok" }, { type, message: text }]);
      }),
    );
  });
});

function decoderEnded(): ScpReplyDecoder {
  const decoder = decoderOf("\x01a");
  decoder.end();
  return decoder;
}
