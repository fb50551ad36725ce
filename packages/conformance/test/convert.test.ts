import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createName, type ScpEvent } from "@scpkit/codec";
import { fromLatin1, fromVectorRecord, toLatin1, toVectorCommand, toVectorEvent } from "../src/index.ts";

describe("conversions", () => {
  it("turn bytes into strings and back", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    assert.deepEqual(fromLatin1(toLatin1(bytes)), bytes);
  });

  it("turn events into JSON and records back", () => {
    const events: ScpEvent[] = [
      { type: "file", mode: 0o4755, size: 3, name: createName("é") },
      { type: "directory", mode: 0, name: createName(Uint8Array.of(0xff)) },
      { type: "times", mtimeMs: 1000.005, atimeMs: Number.POSITIVE_INFINITY },
      { type: "end" },
      { type: "fatal", message: "é" },
    ];
    const values = events.map(toVectorEvent);
    assert.deepEqual(JSON.parse(JSON.stringify(values)), [
      { type: "file", mode: "4755", size: 3, name: "\u00c3\u00a9", text: "é" },
      { type: "directory", mode: "0000", name: "\u00ff", text: "\ufffd" },
      { type: "times", mtime: { seconds: 1, microseconds: 5 }, atime: null },
      { type: "end" },
      { type: "fatal", message: "é" },
    ]);
    const records = values.flatMap((value) =>
      value.type === "data" || value.type === "status" || value.type === "missing-status"
        ? []
        : fromVectorRecord(value),
    );
    assert.deepEqual(records, events);
    const rest: ScpEvent[] = [
      { type: "data", data: Uint8Array.of(0xff) },
      { type: "status", status: { type: "ok" } },
      { type: "missing-status" },
    ];
    assert.deepEqual(rest.map(toVectorEvent), [
      { type: "data", data: "\u00ff" },
      { type: "status", status: { type: "ok" } },
      { type: "missing-status" },
    ]);
  });

  it("leave out of a command what is not set", () => {
    const command = { role: "sink", paths: ["a"], recursive: false, preserve: true, program: "scp" } as const;
    assert.deepEqual(toVectorCommand(command), { role: "sink", paths: ["a"], preserve: true });
    assert.deepEqual(
      toVectorCommand({ ...command, program: "x", verbose: true, recursive: true, targetIsDirectory: true }),
      {
        role: "sink",
        paths: ["a"],
        recursive: true,
        preserve: true,
        verbose: true,
        targetIsDirectory: true,
        program: "x",
      },
    );
  });
});
