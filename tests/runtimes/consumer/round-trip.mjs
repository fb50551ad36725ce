// Runs inside the temporary project, on each runtime: imports every entry point, then sends a record through the codec.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

/** @type {string[]} */
const entryPoints = JSON.parse(readFileSync(new URL("entry-points.json", import.meta.url), "utf8"));
for (const entryPoint of entryPoints) await import(entryPoint);

const { createName, encodeRecord, ScpRecordDecoder } = await import("@scpkit/codec");
const record = { type: /** @type {const} */ ("file"), mode: 0o644, size: 2, name: createName("naïve.txt") };
const decoder = new ScpRecordDecoder();
decoder.push(encodeRecord(record));
decoder.push(new TextEncoder().encode("hi\0"));
const decoded = decoder.next();
assert.deepEqual(decoded, record);
decoder.accept();
const body = decoder.next();
assert.ok(body?.type === "data");
assert.equal(new TextDecoder().decode(body.data), "hi");
assert.deepEqual(decoder.next(), { type: "status", status: { type: "ok" } });

console.log(`consumed ${entryPoints.length} entry points`);
