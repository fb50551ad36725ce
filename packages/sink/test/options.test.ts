import { describe } from "node:test";
import { createChannelPair, type ScpTransport } from "@scpkit/core";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { download, openDownload, receiveEntries } from "../src/index.ts";
import { createMemoryTarget } from "../src/memory.ts";

const unused: ScpTransport = { exec: () => Promise.reject(new Error("A command was started")) };

describe("The options of sink", () => {
  itChecksOptions([
    {
      call: "receiveEntries",
      run: (options) => receiveEntries(createChannelPair()[0], createMemoryTarget(), options),
      typo: ["acceptNames", "acceptName"],
      wrong: ["replies", "late", '"lockstep" or "overlapped" or "pipelined", not "late"'],
      error: "ScpStateError",
    },
    {
      call: "download",
      run: (options) => download(unused, "f", createMemoryTarget(), options),
      typo: ["recurisve", "recursive"],
      wrong: ["onEvent", "log", "a function, not a string"],
      error: "ScpStateError",
    },
    {
      call: "openDownload",
      run: (options) => openDownload(unused, "f", options),
      typo: ["signl", "signal"],
      wrong: ["recursive", 1, "true or false, not 1"],
      error: "ScpStateError",
    },
  ]);
});
