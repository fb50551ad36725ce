import { describe } from "node:test";
import { createChannelPair, type ScpTransport } from "@scpkit/core";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { sendEntries, upload } from "../src/index.ts";

const unused: ScpTransport = { exec: () => Promise.reject(new Error("A command was started")) };

describe("The options of source", () => {
  itChecksOptions([
    {
      call: "sendEntries",
      run: (options) => sendEntries(createChannelPair()[0], [], options),
      typo: ["preseve", "preserve"],
      wrong: ["signal", {}, "an AbortSignal, not an object"],
      error: "ScpStateError",
    },
    {
      call: "upload",
      run: (options) => upload(unused, "to", [], options),
      typo: ["recurisve", "recursive"],
      wrong: ["limits.maxDepth", "8", 'a number, not "8"'],
      error: "ScpStateError",
    },
    {
      call: "upload",
      run: (options) => upload(unused, "to", [], options),
      typo: ["paralel", "parallel"],
      wrong: ["quote", "single", '"bare-if-safe" or "posix" or "double" or "none", not "single"'],
      error: "ScpStateError",
    },
  ]);
});
