import { describe } from "node:test";
import type { ScpTransport } from "@scpkit/core";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { relay } from "../src/index.ts";

const transport: ScpTransport = { exec: () => Promise.reject(new Error("A command was started")) };

describe("The options of relay", () => {
  itChecksOptions([
    {
      call: "relay",
      run: (options) => relay({ transport, path: "a" }, { transport, path: "b" }, options),
      typo: ["targetIsDirektory", "targetIsDirectory"],
      wrong: ["verbose", null, "true or false, not null"],
      error: "ScpStateError",
    },
  ]);
});
