import { ScpStateError } from "./errors/errors.ts";
import { quoteText } from "./errors/escape.ts";
import { suggest } from "./errors/suggest.ts";

/** The name of a type that an option may have. `bytes` is a Uint8Array, `signal` an AbortSignal, `number` any number but NaN. */
export type OptionTypeName =
  | "any"
  | "array"
  | "boolean"
  | "bytes"
  | "function"
  | "number"
  | "object"
  | "signal"
  | "string";

/** What messages call the types that are not called `a TYPE`. */
const typeWords: Readonly<Record<string, string>> = {
  array: "an array",
  boolean: "true or false",
  bytes: "a Uint8Array",
  object: "an object",
  signal: "an AbortSignal",
};

/** What an option takes: a type, one of two types, one of the values of a list, or an object with options of its own. */
export type OptionKind =
  | OptionTypeName
  | `${OptionTypeName}|${OptionTypeName}`
  | readonly (string | number)[]
  | { readonly options: OptionTable };

/** The kinds of options by name. */
export interface OptionTable {
  readonly [name: string]: OptionKind;
}

/** The kind of every option of `T`. */
export type OptionKinds<T> = { readonly [Name in keyof T]-?: OptionKind };

/** How {@link checkOptions} checks. */
export interface CheckOptionsSettings {
  /** Options that must be there. @default none */
  readonly required?: readonly string[] | undefined;
  /** The class of the error. @default ScpStateError */
  readonly error?: (new (message: string) => Error) | undefined;
}

/**
 * Checks the options of a call before anything happens: every name is known, and every value has its type. A value that is `undefined`
 * counts as left out. A message shows a value only where a number, a string or a boolean is expected, so that it never holds a key.
 *
 * @param call what the options are for, as messages name it: `upload`
 * @throws {ScpStateError} or the class of `settings.error`: a name is unknown (the message suggests a similar one), a value has another type,
 *   or a required option is missing
 */
export function checkOptions(
  call: string,
  options: unknown,
  kinds: OptionTable,
  settings: CheckOptionsSettings = {},
): void {
  const { required = [], error: OptionError = ScpStateError } = settings;
  const problem = isPlain(options)
    ? (findProblem(call, "", options, kinds) ?? findMissing(call, options, required))
    : `The options of ${call} must be an object, not ${describeType(options)}`;
  if (problem !== undefined) throw new OptionError(problem);
}

/** @param prefix of the names, for the options of another option: `limits.` */
function findProblem(
  call: string,
  prefix: string,
  options: Readonly<Record<string, unknown>>,
  kinds: OptionTable,
): string | undefined {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(kinds, name)) continue;
    const similar = suggest(name, Object.keys(kinds));
    const hint = similar === undefined ? "" : `; did you mean ${quoteText(prefix + similar)}?`;
    return `${nameOf(call, prefix + name)} does not exist${hint}`;
  }
  for (const [name, kind] of Object.entries(kinds)) {
    const value = options[name];
    if (value === undefined) continue;
    const problem = isNested(kind)
      ? isPlain(value)
        ? findProblem(call, `${prefix}${name}.`, value, kind.options)
        : `${nameOf(call, prefix + name)} must be an object, not ${describeType(value)}`
      : findMismatch(nameOf(call, prefix + name), value, kind);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findMismatch(
  name: string,
  value: unknown,
  kind: Exclude<OptionKind, { readonly options: OptionTable }>,
): string | undefined {
  if (typeof kind !== "string") {
    if (kind.some((choice) => choice === value)) return undefined;
    const choices = kind.map((choice) => JSON.stringify(choice)).join(" or ");
    return `${name} must be ${choices}, not ${describeValue(value)}`;
  }
  const types = kind.split("|");
  if (types.some((type) => hasType(value, type))) return undefined;
  const expected = types.map((type) => typeWords[type] ?? `a ${type}`).join(" or ");
  // The values of other types may be secrets, whatever is given in their place.
  const isPublic = types.every((type) => /^(boolean|number|string)$/.test(type));
  return `${name} must be ${expected}, not ${isPublic ? describeValue(value) : describeType(value)}`;
}

function hasType(value: unknown, type: string): boolean {
  if (type === "any") return true;
  if (type === "array") return Array.isArray(value);
  if (type === "bytes") return value instanceof Uint8Array;
  if (type === "signal") return isObject(value) && "aborted" in value;
  return typeof value === type && value !== null && !Number.isNaN(value);
}

function findMissing(
  call: string,
  options: Readonly<Record<string, unknown>>,
  required: readonly string[],
): string | undefined {
  const missing = required.find((name) => options[name] === undefined);
  return missing === undefined ? undefined : `${nameOf(call, missing)} is missing`;
}

function nameOf(call: string, name: string): string {
  return `The option ${quoteText(name)} of ${call}`;
}

const shownCharacters = 40;

function describeValue(value: unknown): string {
  if (typeof value === "string") {
    return quoteText(value.length > shownCharacters ? `${value.slice(0, shownCharacters)}...` : value);
  }
  return typeof value === "number" || typeof value === "boolean" ? String(value) : describeType(value);
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value);
}

function isNested(kind: OptionKind): kind is { readonly options: OptionTable } {
  return typeof kind === "object" && "options" in kind;
}
