import assert from "node:assert/strict";
import { test } from "node:test";
import { createName } from "@scpkit/codec";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { createRecordingTarget } from "@scpkit/test-support/memory/recording-target";
import { transfer } from "@scpkit/test-support/memory/transfer";
import { withAuditLog, withSourceAuditLog } from "../src/index.ts";

/** A log, and its lines without what differs from run to run. */
function createLog(): { write(line: string): void; raw: string[]; events(): string[] } {
  const raw: string[] = [];
  return {
    raw,
    write: (line) => void raw.push(line),
    events: () => raw.map((line) => JSON.parse(line)).map(({ event, type, path }) => `${event} ${type} ${path}`),
  };
}

test("an upload is logged from offer to outcome", async () => {
  const log = createLog();
  const { target } = createRecordingTarget({ refuse: ["no"], breakOnWrite: ["d/broken"] });
  await transfer(
    [file("no", "1"), directory("d", [file("broken", "1"), file("ok", "123", { mode: 0o4755 })])],
    withAuditLog(target, { write: log.write, fields: { user: "ada", session: 7 } }),
  );
  assert.deepEqual(log.events(), [
    "offered file no",
    "refused file no",
    "offered directory d",
    "offered file d/broken",
    "rolled-back file d/broken",
    "offered file d/ok",
    "stored file d/ok",
  ]);
  const last = JSON.parse(log.raw.at(-1) ?? "");
  assert.equal(typeof last.durationMs, "number");
  assert.match(last.time, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.deepEqual(
    { ...last, time: 0, durationMs: 0 },
    {
      time: 0,
      event: "stored",
      direction: "upload",
      type: "file",
      path: "d/ok",
      mode: "4755",
      size: 3,
      durationMs: 0,
      user: "ada",
      session: 7,
    },
  );
  assert.equal(JSON.parse(log.raw[1] ?? "").error.message, "refused no");
});

test("a download is logged from offer to outcome", async () => {
  const log = createLog();
  const entries = [
    directory("d", [
      file("ok", "1"),
      file("short", "1", { size: 5 }),
      file("locked", "1", {
        open() {
          throw Object.assign(new Error("no"), { code: "EACCES" });
        },
      }),
    ]),
  ];
  await transfer(withSourceAuditLog(entries, { write: log.write }), createMemoryTarget());
  assert.deepEqual(log.events().sort(), [
    "broken file d/short",
    "offered directory d",
    "offered file d/locked",
    "offered file d/ok",
    "offered file d/short",
    "refused file d/locked",
    "sent file d/ok",
  ]);
  assert.ok(log.raw.some((line) => JSON.parse(line).error?.code === "EACCES"));
});

test("no line can harm a terminal or forge another, and no name is lost", async () => {
  const log = createLog();
  const name = createName(Uint8Array.of(0x1b, 0x5b, 0x41, 0xff));
  const spoof = "a\u202ecod.exe\u0085\u007f";
  await transfer([{ ...file("x", ""), name }, file(spoof, "")], withAuditLog(createMemoryTarget(), log));
  for (const line of log.raw) assert.match(line, /^[\u0020-\u007e\u{fffd}]*$/u);
  assert.equal(JSON.parse(log.raw[0] ?? "").nameHex, "1b5b41ff");
  assert.equal(JSON.parse(log.raw[2] ?? "").path, spoof);
});

test("what cannot be logged is not stored", async () => {
  const { target, calls } = createRecordingTarget();
  await transfer(
    [file("a", "1")],
    withAuditLog(target, {
      write() {
        throw new Error("disk full");
      },
    }),
  );
  assert.deepEqual(calls, []);
});
