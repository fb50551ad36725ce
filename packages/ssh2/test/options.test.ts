import { describe } from "node:test";
import { itChecksOptions } from "@scpkit/test-support/option-checks";
import { connect } from "../src/index.ts";
import { startSshServer } from "../src/server.ts";

describe("The options of ssh2", () => {
  itChecksOptions([
    {
      call: "connect",
      base: { host: "127.0.0.1", username: "u" },
      run: (options) => connect(options),
      typo: ["verifyHostkey", "verifyHostKey"],
      wrong: ["auth", "hunter2", "an array, not a string"],
      error: "TypeError",
    },
    {
      call: "connect",
      run: (options) => connect(options),
      typo: ["keepAliveIntervalMs", "keepaliveIntervalMs"],
      wrong: ["sock", "socket", "an object, not a string"],
      error: "TypeError",
    },
    {
      call: "startSshServer",
      run: (options) => startSshServer(options),
      typo: ["hostKey", "hostKeys"],
      wrong: ["hostKeys", "-----BEGIN OPENSSH PRIVATE KEY-----", "an array, not a string"],
      error: "TypeError",
    },
  ]);
});
