import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkOptions, type OptionKind } from "../src/index.ts";

const kinds: Readonly<Record<string, OptionKind>> = {
  any: "any",
  array: "array",
  boolean: "boolean",
  bytes: "bytes",
  choice: [4, 6],
  function: "function",
  nested: { options: { depth: "number" } },
  number: "number",
  object: "object",
  signal: "signal",
  string: "string",
  text: "string|bytes",
};

describe("checkOptions", () => {
  it("accepts values of the type, and undefined", () => {
    const { signal } = new AbortController();
    checkOptions("call", {}, kinds);
    checkOptions("call", Object.fromEntries(Object.keys(kinds).map((name) => [name, undefined])), kinds);
    checkOptions("call", { any: null, array: [], boolean: false, bytes: new Uint8Array(), choice: 6, text: "" }, kinds);
    checkOptions("call", { function: () => {}, number: Number.POSITIVE_INFINITY, object: new Map(), signal }, kinds);
    checkOptions("call", { nested: { depth: 1 }, string: "", text: new Uint8Array() }, kinds);
  });

  const wrong: readonly (readonly [name: string, value: unknown, words: string])[] = [
    ["array", {}, "an array, not an object"],
    ["boolean", "no", 'true or false, not "no"'],
    ["bytes", "text", "a Uint8Array, not a string"],
    ["choice", 5, "4 or 6, not 5"],
    ["function", 1n, "a function, not a bigint"],
    ["number", Number.NaN, "a number, not NaN"],
    ["number", "x\u001b".repeat(100), `a number, not "${"x\\033".repeat(20)}..."`],
    ["object", null, "an object, not null"],
    ["signal", {}, "an AbortSignal, not an object"],
    ["string", false, "a string, not false"],
    ["text", 1, "a string or a Uint8Array, not a number"],
    ["nested", 1, "an object, not a number"],
  ];
  for (const [name, value, words] of wrong) {
    it(`rejects ${typeof value} for ${name}`, () => {
      const message = `The option "${name}" of call must be ${words}`;
      assert.throws(() => checkOptions("call", { [name]: value }, kinds), { name: "ScpStateError", message });
    });
  }

  it("names an unknown option, and a similar one where there is one", () => {
    const message = (options: object): string => {
      try {
        checkOptions("call", options, kinds);
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
      return "";
    };
    assert.equal(message({ bolean: 1 }), 'The option "bolean" of call does not exist; did you mean "boolean"?');
    assert.equal(message({ password: "hunter2" }), 'The option "password" of call does not exist');
    assert.equal(message({ toString: 1 }), 'The option "toString" of call does not exist');
    assert.equal(
      message({ nested: { deph: 1 } }),
      'The option "nested.deph" of call does not exist; did you mean "nested.depth"?',
    );
  });

  it("names a required option that is missing, after a misspelt one", () => {
    const settings = { required: ["string"], error: TypeError };
    const missing = { name: "TypeError", message: 'The option "string" of call is missing' };
    assert.throws(() => checkOptions("call", {}, kinds, settings), missing);
    assert.throws(() => checkOptions("call", { strng: "x" }, kinds, settings), /did you mean "string"\?$/);
    checkOptions("call", { string: "x" }, kinds, settings);
  });
});
