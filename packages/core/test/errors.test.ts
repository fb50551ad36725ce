import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import * as own from "../src/index.ts";

const summary = { files: 0, directories: 0, bytes: 0, failures: [], failureCount: 0 };

type Classes = Pick<typeof own, "ScpConnectionError" | "ScpIncompleteError" | "ScpFatalError">;

// A query makes another module of the same file: the other copy in a program that has two.
const copies = ["../src/connection-error.ts?copy", "../src/transfer.ts?copy"];
const other: Classes = Object.assign({}, ...(await Promise.all(copies.map((copy) => import(copy)))));

function makeAll(from: Classes): {
  connection: own.ScpConnectionError;
  incomplete: own.ScpIncompleteError;
  fatal: own.ScpFatalError;
} {
  return {
    connection: new from.ScpConnectionError("lost", "The connection was lost", "Try again"),
    incomplete: new from.ScpIncompleteError(summary),
    fatal: new from.ScpFatalError("Quota used up"),
  };
}

describe("Errors of two copies of the package", () => {
  it("are two copies indeed", () => {
    const constructors: unknown[] = [own.ScpConnectionError, other.ScpConnectionError];
    assert.equal(new Set(constructors).size, 2);
  });

  for (const [made, asked, what] of [
    [own, other, "made by one, recognised by the other"],
    [other, own, "and the other way round"],
    [own, own, "and by their own"],
  ] as const) {
    it(what, () => {
      const { connection, incomplete, fatal } = makeAll(made);
      assert.ok(connection instanceof asked.ScpConnectionError);
      assert.ok(incomplete instanceof asked.ScpIncompleteError);
      assert.ok(fatal instanceof asked.ScpFatalError);
      for (const error of [connection, incomplete, fatal]) {
        assert.ok(error instanceof ScpError);
        assert.ok(error instanceof Error);
        assert.ok(!(error instanceof ScpPeerError) && !(error instanceof ScpProtocolError));
      }
      assert.ok(!(fatal instanceof asked.ScpConnectionError));
      assert.ok(!(connection instanceof asked.ScpIncompleteError));
    });
  }

  it("nothing else is taken for one", () => {
    for (const value of [undefined, null, "lost", {}, new Error("lost"), { code: "lost" }]) {
      assert.ok(!(value instanceof own.ScpConnectionError));
    }
  });

  it("have names, codes and causes", () => {
    const { connection, incomplete, fatal } = makeAll(own);
    assert.deepEqual([connection.name, connection.code, connection.hint], ["ScpConnectionError", "lost", "Try again"]);
    assert.deepEqual([incomplete.name, incomplete.code], ["ScpIncompleteError", "incomplete"]);
    assert.deepEqual([fatal.name, fatal.code], ["ScpFatalError", "fatal"]);
    const cause = new Error("deeper");
    assert.equal(new own.ScpFatalError("x", { cause }).cause, cause);
    assert.equal(new own.ScpConnectionError("lost", "x", "y", { cause }).cause, cause);
  });
});
