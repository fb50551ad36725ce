import { describe } from "node:test";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { createFsTarget, walk } from "../src/index.ts";

describe("The options of fs", () => {
  itChecksOptions([
    {
      call: "createFsTarget",
      run: (options) => createFsTarget("/nowhere", options),
      typo: ["preserv", "preserve"],
      wrong: ["root", 7, "a string or a Uint8Array, not a number"],
      error: "TypeError",
    },
    {
      call: "walk",
      run: (options) => walk("/nowhere", options),
      typo: ["recurisve", "recursive"],
      wrong: ["newline", "keep", '"encode" or "fail", not "keep"'],
      error: "TypeError",
    },
  ]);
});
