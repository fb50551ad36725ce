import { checkOptions, type OptionKinds } from "../check-options.ts";
import { ScpProtocolError, ScpStateError } from "../errors/errors.ts";
import { LineBuffer } from "./line-buffer.ts";
import { lineError, parseEntry, parseMessage, parseTimes } from "./parse-record.ts";
import type { ScpEvent } from "./record.ts";

/*
 * What a source sends:
 *
 *   stream    = *( message / [times] ( file / directory ) )
 *   times     = "T" seconds SP microseconds SP seconds SP microseconds LF
 *   file      = "C" 4octal SP size SP name LF  [ size*OCTET status ]          ; bracketed: only once accepted
 *   directory = "D" 4octal SP digits SP name LF  [ stream "E" *ignored LF ]
 *   status    = NUL / message                                                 ; missing: the input ends instead
 *   message   = ( %x01 / %x02 ) text LF                                       ; nothing follows %x02
 *
 *   state      input                 event            next state
 *   record     C, D                  file, directory  decision
 *   record     T                     times            record
 *   record     E, depth > 0          end              record, depth - 1; ended, when it closed what encloses all
 *   record     E, depth 0, entries   end              ended
 *   record     E, depth 0, none      throws           failed; end and ended with `allowLeadingEnd`
 *   record     \1                    warning          record
 *   record     \2                    fatal            ended
 *   record     end(), depth 0        -                ended
 *   decision   accept() of a file    -                body, or status when its size is 0
 *   decision   accept() of a dir.    -                record, depth + 1
 *   decision   reject()              -                record
 *   body       bytes                 data             body, or status once size bytes have come
 *   status     \0, \1                status           record
 *   status     \2                    status           ended
 *   status     end()                 missing-status   record, where an open directory throws; ended at depth 0
 *   any other  anything else         throws           failed
 *
 * Two rows are there for peers that OpenSSH's sink copes with (scp.c, sink()):
 * - E at depth 0: SSH.NET and Posh-SSH send the contents of a directory and then one more E. OpenSSH ends with status 0. Without an entry
 *   before it the E is more likely the first letter of a login script's output, so only a server allows it there.
 * - the missing status: curl and other users of libssh2 close after the last byte of the body, and so do some devices. OpenSSH keeps
 *   the file and ends with status 1.
 */

/** Options of the two decoders. */
export interface ScpDecoderOptions {
  /**
   * Longest line that is understood, in bytes, its newline not counted. OpenSSH stops reading at 2047.
   *
   * @default 8192
   */
  readonly maxLineBytes?: number | undefined;
}

/** Options of {@link ScpRecordDecoder}. */
export interface ScpRecordDecoderOptions extends ScpDecoderOptions {
  /**
   * Whether the stream contains the entries of an unannounced directory and ends with the `E` that closes it, not with the connection.
   * Uploads of WinSCP, which go through a shell, end like this, and OpenSSH's sink allows it. Bytes after that `E` are not read.
   *
   * @default false
   */
  readonly endsWithDirectoryEnd?: boolean | undefined;
  /**
   * An `E` before the first file or directory ends the stream, as in OpenSSH. Otherwise it is rejected with `unexpected-end`: what a
   * login script prints may begin with that letter. After the first entry an `E` outside any directory always ends the stream.
   *
   * @default false
   */
  readonly allowLeadingEnd?: boolean | undefined;
}

const optionKinds: OptionKinds<ScpRecordDecoderOptions> = {
  maxLineBytes: "number",
  endsWithDirectoryEnd: "boolean",
  allowLeadingEnd: "boolean",
};

/**
 * Decodes what a source sends to a sink. Sans-IO: bytes go in through {@link push}, events come out of {@link next}.
 *
 * What follows a `C` or `D` line depends on the sink's answer, so the decoder stops there until the caller reports which answer
 * was given: {@link accept} or {@link reject}. It yields records as they stand; which names are wanted, how deep a tree
 * may be and how large a file are questions for the caller.
 */
export class ScpRecordDecoder {
  readonly #buffer: LineBuffer;
  #state: "record" | "decision" | "body" | "status" | "ended" | "failed" = "record";
  readonly #endsWithDirectoryEnd: boolean;
  /** Whether an `E` outside any directory ends the stream. */
  #endAllowed: boolean;
  #depth: number;
  #remaining = 0;
  /** Size of the file that waits for a decision; -1 when it is a directory. */
  #offered = 0;
  #inputEnded = false;
  /** Whether a record was understood. */
  #understood = false;
  #error: ScpProtocolError | undefined;

  /** @throws {ScpStateError} an option is unknown or has a wrong value */
  constructor(options: ScpRecordDecoderOptions = {}) {
    checkOptions("ScpRecordDecoder", options, optionKinds);
    this.#buffer = new LineBuffer(checkMaxLineBytes(options.maxLineBytes));
    this.#endsWithDirectoryEnd = options.endsWithDirectoryEnd ?? false;
    this.#endAllowed = options.allowLeadingEnd ?? false;
    this.#depth = this.#endsWithDirectoryEnd ? 1 : 0;
  }

  /**
   * What is expected: a record, the caller's decision on the last record, body bytes, the closing status of a body.
   * `"ended"`: the stream is complete, or the source sent a fatal message. `"failed"`: {@link next} has thrown.
   */
  get state(): "record" | "decision" | "body" | "status" | "ended" | "failed" {
    return this.#state;
  }

  /** Number of accepted directories that are still open; with `endsWithDirectoryEnd` one more. */
  get depth(): number {
    return this.#depth;
  }

  /** Body bytes of the current file that were not yielded yet; 0 outside a body. */
  get bodyRemaining(): number {
    return this.#remaining;
  }

  /**
   * Adds input. The chunk is kept by reference until its events were taken and must not change before that.
   * Ignored once the decoder has ended or failed.
   *
   * @throws {ScpStateError} after {@link end}
   */
  push(chunk: Uint8Array): void {
    if (this.#state === "ended" || this.#state === "failed") return;
    if (this.#inputEnded) throw new ScpStateError("No input may follow end(); use a new decoder for a new connection");
    this.#buffer.push(chunk);
  }

  /** Records that the peer has closed its side. {@link next} reports whether something is missing. */
  end(): void {
    this.#inputEnded = true;
    if (this.#state === "record" && this.#depth === 0 && this.#buffer.peek() < 0) this.#finish();
  }

  /**
   * The next event, or `undefined` when more input is needed or the stream has ended: see {@link state}.
   * The `data` of a body is a view into the pushed chunk.
   *
   * @throws {ScpProtocolError} the peer broke the protocol; thrown again, as the same object, by every later call
   * @throws {ScpStateError} the last event was a file or a directory that was neither accepted nor rejected
   */
  next(): ScpEvent | undefined {
    switch (this.#state) {
      case "record":
        return this.#nextRecord();
      case "body":
        return this.#nextData();
      case "status":
        return this.#nextStatus();
      case "decision":
        throw new ScpStateError("A file or directory waits for a decision; call accept() or reject() before next()");
      case "failed":
        throw this.#error;
      case "ended":
        return undefined;
    }
  }

  /**
   * The sink has answered the last file or directory with `\0`: its body, or its children, follow.
   *
   * @throws {ScpStateError} nothing waits for a decision
   */
  accept(): void {
    this.#takeDecision();
    if (this.#offered < 0) {
      this.#depth += 1;
      return;
    }
    this.#remaining = this.#offered;
    this.#state = this.#remaining === 0 ? "status" : "body";
  }

  /**
   * The sink has answered the last file or directory with `\1`: nothing of it follows.
   *
   * @throws {ScpStateError} nothing waits for a decision
   */
  reject(): void {
    this.#takeDecision();
  }

  #takeDecision(): void {
    if (this.#state !== "decision") {
      throw new ScpStateError("There is nothing to decide; call this once after each file or directory event");
    }
    this.#state = "record";
  }

  #nextRecord(): ScpEvent | undefined {
    const buffer = this.#buffer;
    const first = buffer.peek();
    if (first < 0) return this.#endOfInput();
    if (first === 0x0a) {
      return this.#fail(
        new ScpProtocolError("unexpected-newline", "Expected a record, got an empty line", { line: "" }),
      );
    }
    if (!buffer.readLine()) return this.#incompleteLine();
    const { line, lineStart, lineEnd } = buffer;
    try {
      switch (first) {
        case 0x43: // C
        case 0x44: {
          const record = parseEntry(line, lineStart, lineEnd);
          this.#offered = record.type === "file" ? record.size : -1;
          this.#state = "decision";
          this.#endAllowed = true;
          this.#understood = true;
          return record;
        }
        case 0x54: // T
          return parseTimes(line, lineStart, lineEnd);
        case 0x45: // E
          if (this.#depth === 0 && !this.#endAllowed) {
            const message = "The peer sent the end of a directory before any file or directory";
            throw lineError("unexpected-end", message, line, lineStart, lineEnd);
          }
          if (this.#depth === 0 || (this.#depth === 1 && this.#endsWithDirectoryEnd)) this.#finish();
          this.#depth = Math.max(0, this.#depth - 1);
          return { type: "end" };
        case 0x01:
          return parseMessage(line, lineStart, lineEnd);
        case 0x02:
          this.#finish();
          return parseMessage(line, lineStart, lineEnd);
        default:
          throw lineError("not-a-record", "Expected a record", line, lineStart, lineEnd);
      }
    } catch (error) {
      return this.#fail(error);
    }
  }

  #nextData(): ScpEvent | undefined {
    const data = this.#buffer.readData(this.#remaining);
    if (data === undefined) return this.#endOfInput();
    this.#remaining -= data.length;
    if (this.#remaining === 0) this.#state = "status";
    return { type: "data", data };
  }

  #nextStatus(): ScpEvent | undefined {
    const buffer = this.#buffer;
    const first = buffer.peek();
    if (first < 0) return this.#inputEnded ? this.#missingStatus() : undefined;
    if (first === 0) {
      buffer.skip();
      this.#state = "record";
      return { type: "status", status: { type: "ok" } };
    }
    if (first > 2) {
      const byte = first.toString(16).padStart(2, "0");
      const message = `Expected the status that closes the body of a file, got the byte 0x${byte}`;
      return this.#fail(new ScpProtocolError("not-a-reply", message));
    }
    if (!buffer.readLine()) return this.#incompleteLine();
    const status = parseMessage(buffer.line, buffer.lineStart, buffer.lineEnd);
    if (status.type === "fatal") this.#finish();
    else this.#state = "record";
    return { type: "status", status };
  }

  #missingStatus(): ScpEvent {
    if (this.#depth === 0) this.#finish();
    else this.#state = "record";
    return { type: "missing-status" };
  }

  #incompleteLine(): undefined {
    const { line, lineEnd, lineTooLong } = this.#buffer;
    if (lineTooLong)
      return this.#fail(lineError("line-too-long", `Expected a newline within ${lineEnd} bytes`, line, 0, lineEnd));
    if (!this.#inputEnded) return undefined;
    return this.#fail(lineError("unexpected-eof", "The peer closed the connection inside a line", line, 0, lineEnd));
  }

  /** All input was taken: more is to come, or this is the end. */
  #endOfInput(): undefined {
    if (!this.#inputEnded) return undefined;
    if (this.#state === "record" && this.#depth === 0) return this.#finish();
    return this.#fail(new ScpProtocolError("unexpected-eof", `The peer closed the connection ${this.#where()}`));
  }

  #where(): string {
    if (this.#state === "body") return `${count(this.#remaining, "byte")} before the end of a file`;
    return `with ${this.#depth === 1 ? "1 directory" : `${this.#depth} directories`} open`;
  }

  #finish(): undefined {
    this.#state = "ended";
    this.#buffer.clear();
  }

  #fail(error: unknown): never {
    if (!(error instanceof ScpProtocolError)) throw error;
    this.#state = "failed";
    this.#remaining = 0;
    this.#buffer.clear();
    this.#error = this.#understood ? error : markNoise(error, recordStart);
    throw this.#error;
  }
}

/** How a line begins that was meant as a record. */
const recordStart = /^(?:[CDT]\d|E$|[\x01\x02])/;

/** Marks an error about a first line that does not begin as lines of the protocol do. */
export function markNoise(error: ScpProtocolError, start: RegExp): ScpProtocolError {
  const { code, message, line, cause } = error;
  if (line === undefined || start.test(line)) return error;
  return new ScpProtocolError(code, message, { line, noise: true, cause });
}

/** @throws {ScpStateError} not a number of bytes */
export function checkMaxLineBytes(value = 8192): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ScpStateError(`Expected maxLineBytes to be a whole number of at least 1, got ${value}`);
}

function count(value: number, noun: string): string {
  return value === 1 ? `1 ${noun}` : `${value} ${noun}s`;
}
