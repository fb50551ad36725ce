// Runs on Deno with few permissions: reads ssh_config.
import { strict as assert } from "node:assert";
import { resolveHost } from "@scpkit/openssh";

const { hostName } = await resolveHost("host.example.com");
assert.equal(hostName, "host.example.com");
