// Runs inside the temporary project, as CommonJS: Node 20.19 and later can require ES modules.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

/** @type {string[]} */
const entryPoints = JSON.parse(readFileSync(join(__dirname, "entry-points.json"), "utf8"));
for (const entryPoint of entryPoints) require(entryPoint);

const { encodeReply, ScpReplyDecoder } = require("@scpkit/codec");
const decoder = new ScpReplyDecoder();
decoder.push(encodeReply({ type: "warning", message: "scp: f: Permission denied" }));
assert.deepEqual(decoder.next(), { type: "warning", message: "scp: f: Permission denied" });

console.log(`required ${entryPoints.length} entry points`);
