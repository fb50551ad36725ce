/**
 * Where two values differ in the sense of node:assert's deepStrictEqual: types, prototypes and own enumerable properties count, and NaN
 * equals itself.
 *
 * @returns the path to the first difference (`value.names[2]`), or `undefined` when there is none
 */
export function differenceOf(actual: unknown, expected: unknown): string | undefined {
  return compare(actual, expected, "value", []);
}

type Seen = readonly (readonly [object, object])[];

function compare(actual: unknown, expected: unknown, path: string, seen: Seen): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (typeof actual !== "object" || typeof expected !== "object" || actual === null || expected === null) return path;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return `${path}, its prototype`;
  if (seen.some(([one, other]) => one === actual && other === expected)) return undefined;
  const inside: Seen = [...seen, [actual, expected]];
  return compareContents(actual, expected, path, inside) ?? compareProperties(actual, expected, path, inside);
}

/** What an object holds besides its properties. */
function compareContents(actual: object, expected: object, path: string, seen: Seen): string | undefined {
  if (actual instanceof Date && expected instanceof Date) {
    return Object.is(actual.getTime(), expected.getTime()) ? undefined : path;
  }
  if (actual instanceof RegExp && expected instanceof RegExp) {
    return String(actual) === String(expected) ? undefined : path;
  }
  if (actual instanceof Error && expected instanceof Error) {
    if (actual.name !== expected.name) return `${path}.name`;
    if (actual.message !== expected.message) return `${path}.message`;
    return compare(actual.cause, expected.cause, `${path}.cause`, seen);
  }
  if (actual instanceof Map && expected instanceof Map) {
    if (actual.size !== expected.size) return `${path}.size`;
    for (const [key, value] of actual) {
      if (!expected.has(key)) return `${path}.get(${String(key)})`;
      const difference = compare(value, expected.get(key), `${path}.get(${String(key)})`, seen);
      if (difference !== undefined) return difference;
    }
  }
  if (actual instanceof Set && expected instanceof Set) {
    const hasAll = actual.size === expected.size && [...actual].every((item) => expected.has(item));
    return hasAll ? undefined : path;
  }
  return undefined;
}

function compareProperties(actual: object, expected: object, path: string, seen: Seen): string | undefined {
  const keys = propertiesOf(actual);
  const wanted = new Set(propertiesOf(expected));
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length) return `${path}.length`;
  if (keys.length !== wanted.size) return `${path}, its properties`;
  for (const key of keys) {
    const at = Array.isArray(actual) ? `${path}[${String(key)}]` : `${path}.${String(key)}`;
    if (!wanted.has(key)) return at;
    const difference = compare(Reflect.get(actual, key), Reflect.get(expected, key), at, seen);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function propertiesOf(value: object): readonly (string | symbol)[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}
