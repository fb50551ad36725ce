import { describe } from "node:test";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { ScpRecordDecoder, ScpRecordDecoderStream, ScpReplyDecoder, ScpReplyDecoderStream } from "../src/index.ts";

describe("The options of the decoders", () => {
  itChecksOptions([
    {
      call: "ScpRecordDecoder",
      run: (options) => new ScpRecordDecoder(options),
      typo: ["maxLineByte", "maxLineBytes"],
      wrong: ["endsWithDirectoryEnd", "yes", 'true or false, not "yes"'],
      error: "ScpStateError",
    },
    {
      call: "ScpReplyDecoder",
      run: (options) => new ScpReplyDecoder(options),
      typo: ["maxlineBytes", "maxLineBytes"],
      wrong: ["maxLineBytes", "1", 'a number, not "1"'],
      error: "ScpStateError",
    },
    {
      call: "ScpRecordDecoderStream",
      run: (options) => new ScpRecordDecoderStream(options),
      typo: ["acept", "accept"],
      wrong: ["accept", true, "a function, not a boolean"],
      error: "ScpStateError",
    },
    {
      call: "ScpReplyDecoderStream",
      run: (options) => new ScpReplyDecoderStream(options),
      typo: ["maxLinesBytes", "maxLineBytes"],
      wrong: ["maxLineBytes", Number.NaN, "a number, not NaN"],
      error: "ScpStateError",
    },
  ]);
});
