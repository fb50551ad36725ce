import { describe } from "node:test";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { createScpServer } from "../src/index.ts";

describe("The options of server", () => {
  itChecksOptions([
    {
      call: "createScpServer",
      run: (options) => createScpServer(options),
      typo: ["polcy", "policy"],
      wrong: ["shell.idleMs", "1", 'a number, not "1"'],
      error: "ScpStateError",
    },
    {
      call: "createScpServer",
      run: (options) => createScpServer(options),
      typo: ["entires", "entries"],
      wrong: ["target", {}, "a function, not an object"],
      error: "ScpStateError",
    },
  ]);
});
