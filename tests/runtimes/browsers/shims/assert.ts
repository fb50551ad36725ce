// The part of node:assert/strict that the packages' tests use, for runtimes without it.
import { differenceOf } from "./difference.ts";

/** What a failed assertion throws. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** As in Node: a class, a pattern for the message, a predicate, or properties that the error must have. */
type Expected = RegExp | Error | object | ((error: never) => unknown);

export function fail(message: string | Error = "Failed"): never {
  throw message instanceof Error ? message : new AssertionError(message);
}

export function ok(value: unknown, message?: string): asserts value {
  if (!value) fail(message ?? `${show(value)} is not truthy`);
}

export function equal(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) fail(message ?? `${show(actual)} is not ${show(expected)}`);
}

export function notEqual(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) fail(message ?? `Both are ${show(actual)}`);
}

export function deepEqual(actual: unknown, expected: unknown, message?: string): void {
  const difference = differenceOf(actual, expected);
  if (difference !== undefined) {
    fail(message ?? `${difference} differs\nactual   ${show(actual)}\nexpected ${show(expected)}`);
  }
}

export function match(text: string, pattern: RegExp, message?: string): void {
  if (!pattern.test(text)) fail(message ?? `${show(text)} does not match ${pattern}`);
}

export function doesNotMatch(text: string, pattern: RegExp, message?: string): void {
  if (pattern.test(text)) fail(message ?? `${show(text)} matches ${pattern}`);
}

export function throws(work: () => unknown, expected?: Expected | string, message?: string): void {
  try {
    work();
  } catch (error) {
    check(error, expected, message);
    return;
  }
  fail(message ?? "Nothing was thrown");
}

export async function rejects(
  work: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected | string,
  message?: string,
): Promise<void> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    check(error, expected, message);
    return;
  }
  fail(message ?? "It did not reject");
}

function check(error: unknown, expected: Expected | string | undefined, message: string | undefined): void {
  if (expected === undefined || typeof expected === "string") return;
  if (expected instanceof RegExp) {
    match(String(error), expected, message);
  } else if (typeof expected === "function") {
    if (expected.prototype !== undefined && error instanceof expected) return;
    const isClass = Object.prototype.isPrototypeOf.call(Error, expected);
    if (isClass || (expected as (error: unknown) => unknown).call({}, error) !== true) {
      fail(message ?? `Another error: ${show(error)}`);
    }
  } else {
    checkProperties(error, expected, message);
  }
}

function checkProperties(error: unknown, expected: object, message: string | undefined): void {
  ok(typeof error === "object" && error !== null, message ?? `${show(error)} is no object`);
  const keys = new Set(Object.keys(expected));
  if (expected instanceof Error) keys.add("name").add("message");
  for (const key of keys) {
    const wanted: unknown = Reflect.get(expected, key);
    const actual: unknown = Reflect.get(error, key);
    if (wanted instanceof RegExp && typeof actual === "string") match(actual, wanted, message);
    else deepEqual(actual, wanted, message);
  }
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const replacer = (_: string, part: unknown): unknown => {
    if (typeof part === "bigint") return `${part}n`;
    if (typeof part === "function" || typeof part === "symbol") return String(part);
    return part instanceof Uint8Array ? `bytes ${[...part.subarray(0, 100)].join(" ")}` : part;
  };
  try {
    return (JSON.stringify(value, replacer) ?? String(value)).slice(0, 2000);
  } catch {
    return String(value);
  }
}

/** What `import assert from "node:assert/strict"` gives. */
export const assert = Object.assign(ok, {
  AssertionError,
  fail,
  ok,
  equal,
  notEqual,
  deepEqual,
  match,
  doesNotMatch,
  throws,
  rejects,
  strictEqual: equal,
  deepStrictEqual: deepEqual,
});
