import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** A source that a window of replies lets go on: 1,000 directories inside each other, with names of 8,000 bytes, all refused. */
const script = `
import { createChannelPair } from "@scpkit/core";
import { receiveEntries } from "@scpkit/sink";
const [near, far] = createChannelPair();
const writer = far.writable.getWriter();
const target = { file() { throw new Error("no"); }, directory() { throw new Error("no"); } };
far.readable.pipeTo(new WritableStream()).catch(() => {});
const received = receiveEntries(near, target, { replies: "overlapped", preserve: true, limits: { maxDepth: 4096 } });
const record = new TextEncoder().encode("D0755 0 " + "n".repeat(8000) + "\\n");
await writer.write(new TextEncoder().encode("T1 0 1 0\\n"));
for (let depth = 0; depth < 1000; depth += 1) await writer.write(record);
await writer.write(new TextEncoder().encode("E\\n".repeat(1000)));
await writer.close();
process.stdout.write(await received.then(() => "no failure", (error) => error.code));
`;

test("directories that are thrown away do not take memory with the square of their depth", () => {
  const argv = ["--max-old-space-size=200", "--input-type=module", "--eval", script];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: import.meta.dirname, encoding: "utf8" });
  assert.equal(stdout, "incomplete", `status ${status}: ${stderr.slice(-400)}`);
});
