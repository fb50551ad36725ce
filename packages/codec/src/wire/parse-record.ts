import { ScpProtocolError, type ScpProtocolErrorCode } from "../errors/errors.ts";
import { quoteText } from "../errors/escape.ts";
import { createName, nameProblem } from "./name.ts";
import type { ScpDirectoryRecord, ScpFileRecord, ScpMessage, ScpTimesRecord } from "./record.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes `start` to `end` as text; what is not UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** `\x01text` or `\x02text`, given without its newline. */
export function parseMessage(line: Uint8Array, start: number, end: number): ScpMessage {
  return { type: line[start] === 1 ? "warning" : "fatal", message: decodeText(line, start + 1, end) };
}

/**
 * `C` or `D`, exactly four octal digits, one space, decimal digits, one space; the rest is the name.
 *
 * @throws {ScpProtocolError}
 */
export function parseEntry(line: Uint8Array, start: number, end: number): ScpFileRecord | ScpDirectoryRecord {
  let mode = 0;
  for (let at = start + 1; at < start + 5; at++) {
    const digit = digitAt(line, at, end);
    if (digit < 0 || digit > 7) throw lineError("bad-mode", "Expected four octal digits of a mode", line, start, end);
    mode = mode * 8 + digit;
  }
  let at = start + 5;
  if (byteAt(line, at, end) !== space) throw lineError("bad-mode", "Expected a space after the mode", line, start, end);
  at += 1;
  let size = digitAt(line, at, end);
  if (size < 0) throw lineError("bad-size", "Expected a size after the mode", line, start, end);
  for (at += 1; ; at++) {
    const digit = digitAt(line, at, end);
    if (digit < 0) break;
    size = size * 10 + digit;
  }
  if (byteAt(line, at, end) !== space) throw lineError("bad-size", "Expected a space after the size", line, start, end);
  const isFile = line[start] === letterC;
  if (isFile && size > Number.MAX_SAFE_INTEGER) {
    throw lineError("size-out-of-range", "Expected a size of at most 9007199254740991 bytes", line, start, end);
  }
  const name = createName(line.subarray(at + 1, end));
  const problem = nameProblem(name);
  if (problem !== undefined) throw lineError("bad-name", `Refused a name because ${problem}`, line, start, end);
  return isFile ? { type: "file", mode, size, name } : { type: "directory", mode, name };
}

/**
 * `T<digits> <usec> <digits> <usec>`. As in OpenSSH seconds have any width and microseconds are what strtol takes
 * (leading white space, a sign), and the last field may be missing altogether.
 *
 * @throws {ScpProtocolError}
 */
export function parseTimes(line: Uint8Array, start: number, end: number): ScpTimesRecord {
  cursor = start + 1;
  const mtimeMs = takeTime(line, end, false);
  const atimeMs = mtimeMs < 0 ? -1 : takeTime(line, end, true);
  if (atimeMs < 0) {
    const expected = "Expected seconds and microseconds (0 to 999999) of two times";
    throw lineError("bad-times", expected, line, start, end);
  }
  return { type: "times", mtimeMs, atimeMs };
}

/** An error about the line at `start`; `end` excludes its newline. */
export function lineError(
  code: ScpProtocolErrorCode,
  message: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): ScpProtocolError {
  const line = decodeText(bytes, start, end);
  return new ScpProtocolError(code, `${message}, got ${quoteText(line)}`, { line });
}

const space = 0x20;
const letterC = 0x43;

// Where takeTime stopped. A module variable because a result object per field is what the parser would spend its time on.
let cursor = 0;

/** Seconds, a space, microseconds, then a space or (for the last) the end of the line. -1: not understood. */
function takeTime(line: Uint8Array, end: number, last: boolean): number {
  let seconds = digitAt(line, cursor, end);
  if (seconds < 0) return -1;
  for (cursor += 1; ; cursor++) {
    const digit = digitAt(line, cursor, end);
    if (digit < 0) break;
    seconds = seconds * 10 + digit;
  }
  if (byteAt(line, cursor, end) !== space) return -1;
  cursor += 1;
  const microseconds = last && cursor === end ? 0 : takeMicroseconds(line, end);
  if (microseconds < 0) return -1;
  if (last ? cursor !== end : byteAt(line, cursor, end) !== space) return -1;
  cursor += 1;
  const ms = seconds * 1000 + microseconds / 1000;
  return ms > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : ms;
}

function takeMicroseconds(line: Uint8Array, end: number): number {
  while (isWhiteSpace(byteAt(line, cursor, end))) cursor += 1;
  const sign = byteAt(line, cursor, end);
  if (sign === 0x2b || sign === 0x2d) cursor += 1;
  let value = digitAt(line, cursor, end);
  if (value < 0) return -1;
  for (cursor += 1; ; cursor++) {
    const digit = digitAt(line, cursor, end);
    if (digit < 0) break;
    value = value * 10 + digit;
  }
  return value > 999999 || (sign === 0x2d && value > 0) ? -1 : value;
}

function byteAt(line: Uint8Array, at: number, end: number): number {
  return at < end ? (line[at] ?? -1) : -1;
}

/** 0 to 9, or -1 when there is no digit. */
function digitAt(line: Uint8Array, at: number, end: number): number {
  const digit = byteAt(line, at, end) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

function isWhiteSpace(byte: number): boolean {
  return byte === space || (byte >= 0x09 && byte <= 0x0d);
}
