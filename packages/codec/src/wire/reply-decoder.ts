import { checkOptions } from "../check-options.ts";
import { type ScpProtocolError, ScpStateError } from "../errors/errors.ts";
import { LineBuffer } from "./line-buffer.ts";
import { lineError, parseMessage } from "./parse-record.ts";
import type { ScpReply } from "./record.ts";
import { checkMaxLineBytes, markNoise, type ScpDecoderOptions } from "./record-decoder.ts";

/*
 * What a sink sends:
 *
 *   stream  = *( NUL / %x01 text LF ) [ %x02 text LF ]
 *
 *   state  input           reply    next state
 *   reply  \0              ok       reply
 *   reply  \1              warning  reply
 *   reply  \2              fatal    ended
 *   reply  end()           -        ended
 *   reply  anything else   throws   failed
 */

/** How a line begins that was meant as a reply. */
const replyStart = /^[\x01\x02]/;

/**
 * Decodes what a sink answers to a source. Sans-IO: bytes go in through {@link push}, replies come out of {@link next}.
 */
export class ScpReplyDecoder {
  readonly #buffer: LineBuffer;
  #state: "reply" | "ended" | "failed" = "reply";
  #inputEnded = false;
  /** Whether a reply was understood. */
  #understood = false;
  #error: ScpProtocolError | undefined;

  /** @throws {ScpStateError} an option is unknown or has a wrong value */
  constructor(options: ScpDecoderOptions = {}) {
    checkOptions("ScpReplyDecoder", options, { maxLineBytes: "number" });
    this.#buffer = new LineBuffer(checkMaxLineBytes(options.maxLineBytes));
  }

  /** `"ended"`: the input is over, or the sink sent a fatal message. `"failed"`: {@link next} has thrown. */
  get state(): "reply" | "ended" | "failed" {
    return this.#state;
  }

  /**
   * Adds input. The chunk is kept by reference until its replies were taken and must not change before that.
   * Ignored once the decoder has ended or failed.
   *
   * @throws {ScpStateError} after {@link end}
   */
  push(chunk: Uint8Array): void {
    if (this.#state !== "reply") return;
    if (this.#inputEnded) throw new ScpStateError("No input may follow end(); use a new decoder for a new connection");
    this.#buffer.push(chunk);
  }

  /** Tells that the peer has closed its side. */
  end(): void {
    this.#inputEnded = true;
    if (this.#state === "reply" && this.#buffer.peek() < 0) this.#finish();
  }

  /**
   * The next reply, or `undefined` when more input is needed or the stream has ended: see {@link state}.
   *
   * @throws {ScpProtocolError} the peer broke the protocol; thrown again, as the same object, by every later call. When it sent
   *   something else than replies (code `"not-a-reply"`, usually the output of a login script), `line` is its first line.
   */
  next(): ScpReply | undefined {
    if (this.#state === "failed") throw this.#error;
    if (this.#state === "ended") return undefined;
    const buffer = this.#buffer;
    const first = buffer.peek();
    if (first < 0) {
      if (this.#inputEnded) this.#finish();
      return undefined;
    }
    if (first === 0) {
      buffer.skip();
      this.#understood = true;
      return { type: "ok" };
    }
    const complete = buffer.readLine();
    const { line, lineStart, lineEnd, lineTooLong } = buffer;
    if (!complete && !lineTooLong && !this.#inputEnded) return undefined;
    if (first > 2) return this.#fail(lineError("not-a-reply", "Expected a reply", line, lineStart, lineEnd));
    if (complete) {
      const reply = parseMessage(line, lineStart, lineEnd);
      this.#understood = true;
      if (reply.type === "fatal") this.#finish();
      return reply;
    }
    if (lineTooLong) {
      return this.#fail(lineError("line-too-long", `Expected a newline within ${lineEnd} bytes`, line, 0, lineEnd));
    }
    return this.#fail(lineError("unexpected-eof", "The peer closed the connection inside a message", line, 0, lineEnd));
  }

  #finish(): void {
    this.#state = "ended";
    this.#buffer.clear();
  }

  #fail(error: ScpProtocolError): never {
    this.#state = "failed";
    this.#error = this.#understood ? error : markNoise(error, replyStart);
    this.#buffer.clear();
    throw this.#error;
  }
}
