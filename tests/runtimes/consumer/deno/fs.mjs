// Runs on Deno with few permissions: reads a file from the current folder, and stores it under another name.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createChannelPair } from "@scpkit/core";
import { createFsTarget, walk } from "@scpkit/fs";
import { receiveEntries } from "@scpkit/sink";
import { sendEntries } from "@scpkit/source";

const target = await createFsTarget("stored.json");
const [client, server] = createChannelPair();
await Promise.all([sendEntries(client, walk("package.json")), receiveEntries(server, target)]);
assert.deepEqual(readFileSync("stored.json"), readFileSync("package.json"));
