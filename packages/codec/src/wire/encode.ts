import { ScpStateError } from "../errors/errors.ts";
import { quoteText } from "../errors/escape.ts";
import { nameProblem } from "./name.ts";
import type { ScpDirectoryRecord, ScpFileRecord, ScpMessage, ScpRecord, ScpReply } from "./record.ts";

const encoder = new TextEncoder();

/**
 * Peers read a record into a buffer of 2048 bytes, NUL included, and take what exceeds it for the next record:
 * a longer line would let a name or a message write records of its own.
 */
const maxRecordBytes = 2047;

/**
 * Encodes one record, newline included.
 *
 * A message is made to fit one line: newlines and NUL become spaces, and what exceeds 2045 bytes of UTF-8 is cut at a
 * character boundary. Negative times become 0; of fractions the microseconds are kept, exactly up to the year 2248.
 *
 * @throws {ScpStateError} the record cannot be sent: a name the wire or the peer does not allow, a mode outside 0 to 0o7777,
 *   a size that is not a whole number from 0 to 2^53-1, a time that is not a finite number, a line longer than 2047 bytes
 */
export function encodeRecord(record: ScpRecord): Uint8Array<ArrayBuffer> {
  switch (record.type) {
    case "file":
      return encodeEntry("C", record, fileSize(record.size));
    case "directory":
      return encodeEntry("D", record, 0);
    case "times":
      return encoder.encode(`T${time(record.mtimeMs, "mtimeMs")} ${time(record.atimeMs, "atimeMs")}\n`);
    case "end":
      return Uint8Array.of(0x45, 0x0a);
    default:
      return encodeMessage(record);
  }
}

/** Encodes one reply: `\0`, or a message as {@link encodeRecord} does. */
export function encodeReply(reply: ScpReply): Uint8Array<ArrayBuffer> {
  return reply.type === "ok" ? new Uint8Array(1) : encodeMessage(reply);
}

function encodeEntry(
  letter: "C" | "D",
  record: ScpFileRecord | ScpDirectoryRecord,
  size: number,
): Uint8Array<ArrayBuffer> {
  const { mode, name } = record;
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) {
    throw new ScpStateError(`Cannot send the mode ${mode}; mask it to permission bits, 0 to 0o7777`);
  }
  // Plain JavaScript knows no types, and text is what comes to mind first.
  if (name?.bytes === undefined) throw new ScpStateError("A record needs the name that createName() makes");
  const problem = nameProblem(name);
  if (problem !== undefined) {
    throw new ScpStateError(`Cannot send the name ${quoteText(name.text)} because ${problem}; send one path component`);
  }
  const header = `${letter}${mode.toString(8).padStart(4, "0")} ${size} `;
  const length = header.length + name.bytes.length + 1;
  if (length > maxRecordBytes) {
    throw new ScpStateError(
      `Cannot send the name ${quoteText(name.text)} because its record of ${length} bytes exceeds the ${maxRecordBytes} that peers read; shorten the name`,
    );
  }
  const bytes = new Uint8Array(length);
  for (let at = 0; at < header.length; at++) bytes[at] = header.charCodeAt(at);
  bytes.set(name.bytes, header.length);
  bytes[length - 1] = 0x0a;
  return bytes;
}

function fileSize(size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new ScpStateError(`Cannot send the size ${size}; a size is a whole number from 0 to 9007199254740991`);
}

/** `<seconds> <microseconds>` */
function time(ms: number, property: string): string {
  if (!Number.isFinite(ms) || ms > Number.MAX_SAFE_INTEGER) {
    throw new ScpStateError(`Cannot send ${ms} as ${property}; leave times out when they are unknown or out of range`);
  }
  if (ms <= 0) return "0 0";
  const seconds = Math.floor(ms / 1000);
  const microseconds = Math.round((ms - seconds * 1000) * 1000);
  return microseconds === 1_000_000 ? `${seconds + 1} 0` : `${seconds} ${microseconds}`;
}

function encodeMessage({ type, message }: ScpMessage): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.min(message.length * 3 + 2, maxRecordBytes));
  bytes[0] = type === "warning" ? 1 : 2;
  const text = bytes.subarray(1, bytes.length - 1);
  const { written } = encoder.encodeInto(message.replace(/[\n\0]/g, " "), text);
  bytes[written + 1] = 0x0a;
  return bytes.slice(0, written + 2);
}
