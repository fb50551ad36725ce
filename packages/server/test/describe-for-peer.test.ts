import assert from "node:assert/strict";
import { test } from "node:test";
import { ScpLimitError } from "@scpkit/codec";
import { ScpFatalError } from "@scpkit/core";
import { ScpRefusalError } from "@scpkit/middleware";
import { ScpSkipError } from "@scpkit/sink";
import { describeForPeer } from "../src/index.ts";

const secret = "/srv/secret/file";

test("the kind of an error is told, and nothing else of it", () => {
  const coded = (code: unknown, options?: ErrorOptions) => Object.assign(new Error(secret, options), { code });
  const cases: [unknown, string][] = [
    [coded("ENOENT"), "No such file or directory"],
    [coded("outside-root"), "Permission denied"],
    [new Error(secret, { cause: coded("EACCES") }), "Permission denied"],
    [coded("toString"), "Server error"],
    [coded("constructor"), "Server error"],
    [coded(42), "Server error"],
    [new Error(secret), "Server error"],
    [secret, "Server error"],
    [undefined, "Server error"],
    [new ScpFatalError(secret), "Server error"],
    [new ScpLimitError("limit-depth", 1, secret), "A limit of the server was reached"],
    [new ScpLimitError("limit-file-bytes", 1, secret), "File too large"],
  ];
  for (const [error, sentence] of cases) {
    assert.equal(describeForPeer(error, "a/b"), `a/b: ${sentence}`);
    assert.equal(describeForPeer(error, ""), sentence);
  }
});

test("what was written for the client is told", () => {
  const refusal = new ScpRefusalError("policy", "not today");
  assert.equal(describeForPeer(refusal, "a"), "a: not today");
  assert.equal(describeForPeer(new ScpSkipError("unchanged"), "a"), "a: unchanged");
  assert.equal(describeForPeer(new ScpFatalError(secret, { cause: refusal }), ""), "not today");
});
