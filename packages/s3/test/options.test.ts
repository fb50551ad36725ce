import { describe } from "node:test";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { createS3Target, walkS3 } from "../src/index.ts";

describe("The options of s3", () => {
  itChecksOptions([
    {
      call: "createS3Target",
      base: { client: {}, bucket: "b" },
      run: (options) => createS3Target("/", options),
      typo: ["partsBytes", "partBytes"],
      wrong: ["bucket", 7, "a string, not 7"],
      error: "TypeError",
    },
    {
      call: "walkS3",
      base: { client: {}, bucket: "b" },
      run: (options) => walkS3("/", options),
      typo: ["recursiv", "recursive"],
      wrong: ["root", ["a"], "a string, not an array"],
      error: "TypeError",
    },
  ]);
});
