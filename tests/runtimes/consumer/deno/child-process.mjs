// Runs on Deno with few permissions: runs a command in a shell.
import { strict as assert } from "node:assert";
import { createLocalTransport } from "@scpkit/child-process";

const { readable } = await createLocalTransport().exec("echo hi");
const chunks = [];
for await (const chunk of readable) chunks.push(new TextDecoder().decode(chunk));
assert.equal(chunks.join(""), "hi\n");
