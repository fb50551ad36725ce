import { createName, type ScpCommand, type ScpEvent, type ScpRecord, type ScpReply } from "@scpkit/codec";
import type { ScpVectorCommand, ScpVectorEvent, ScpVectorRecord, ScpVectorReply, ScpVectorTime } from "./vector.ts";

/** Returns the bytes of a string in a vector. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Returns bytes as a string for a vector. */
export function toLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Converts an event to its form in vectors. */
export function toVectorEvent(event: ScpEvent): ScpVectorEvent {
  switch (event.type) {
    case "file":
      return { type: "file", mode: toOctal(event.mode), size: event.size, ...toVectorName(event.name) };
    case "directory":
      return { type: "directory", mode: toOctal(event.mode), ...toVectorName(event.name) };
    case "times":
      return { type: "times", mtime: toVectorTime(event.mtimeMs), atime: toVectorTime(event.atimeMs) };
    case "data":
      return { type: "data", data: toLatin1(event.data) };
    case "status":
      return { type: "status", status: toVectorReply(event.status) };
    case "missing-status":
      return { type: "missing-status" };
    case "end":
      return { type: "end" };
    default:
      return { type: event.type, message: event.message };
  }
}

/** Converts a reply to its form in vectors. */
export function toVectorReply(reply: ScpReply): ScpVectorReply {
  return reply.type === "ok" ? { type: "ok" } : { type: reply.type, message: reply.message };
}

/** Returns the record that a vector describes. */
export function fromVectorRecord(record: ScpVectorRecord): ScpRecord {
  switch (record.type) {
    case "file":
      return {
        type: "file",
        mode: Number.parseInt(record.mode, 8),
        size: record.size,
        name: createName(fromLatin1(record.name)),
      };
    case "directory":
      return { type: "directory", mode: Number.parseInt(record.mode, 8), name: createName(fromLatin1(record.name)) };
    case "times":
      return { type: "times", mtimeMs: fromVectorTime(record.mtime), atimeMs: fromVectorTime(record.atime) };
    default:
      return record;
  }
}

/** Converts a command to its form in vectors: only the properties that are set. */
export function toVectorCommand(command: ScpCommand): ScpVectorCommand {
  return {
    role: command.role,
    paths: command.paths,
    ...(command.recursive ? { recursive: true } : {}),
    ...(command.preserve ? { preserve: true } : {}),
    ...(command.verbose ? { verbose: true } : {}),
    ...(command.targetIsDirectory ? { targetIsDirectory: true } : {}),
    ...(command.program === undefined || command.program === "scp" ? {} : { program: command.program }),
  };
}

function toVectorName(name: { text: string; bytes: Uint8Array }): { name: string; text?: string } {
  const bytes = toLatin1(name.bytes);
  return bytes === name.text ? { name: bytes } : { name: bytes, text: name.text };
}

function toOctal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function toVectorTime(ms: number): ScpVectorTime {
  if (ms === Number.POSITIVE_INFINITY) return null;
  const seconds = Math.floor(ms / 1000);
  return { seconds, microseconds: Math.round((ms - seconds * 1000) * 1000) };
}

function fromVectorTime(time: ScpVectorTime): number {
  return time === null ? Number.POSITIVE_INFINITY : time.seconds * 1000 + time.microseconds / 1000;
}
