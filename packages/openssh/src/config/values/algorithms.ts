import { matchPattern } from "./pattern.ts";

/**
 * Applies an algorithm list of the configuration (`Ciphers`, `MACs`, `KexAlgorithms`, `HostKeyAlgorithms`,
 * `PubkeyAcceptedAlgorithms`) to the algorithms that a program supports, as OpenSSH does: `+` appends to the defaults,
 * `^` prepends to them, `-` removes from them, and any other list replaces them. Names may contain `*` and `?`.
 *
 * Names that are not supported are omitted. OpenSSH rejects most of them instead, but it supports more.
 *
 * @param spec as written; `undefined` returns the defaults
 * @param supported every supported algorithm
 * @param defaults those used without a configuration, best first @default supported
 * @returns the algorithms in order of preference; if it is empty, no connection is possible
 */
export function applyAlgorithmSpec(
  spec: string | undefined,
  supported: readonly string[],
  defaults: readonly string[] = supported,
): string[] {
  if (spec === undefined) return [...defaults];
  const modifier = /^[-+^]/.exec(spec)?.[0] ?? "";
  const patterns = spec.slice(modifier.length).split(",");
  if (modifier === "-") return defaults.filter((name) => !patterns.some((pattern) => matchPattern(name, pattern)));
  const named = patterns.flatMap((pattern) => supported.filter((name) => matchPattern(name, pattern)));
  if (modifier === "+") return unique([...defaults, ...named]);
  return unique(modifier === "^" ? [...named, ...defaults] : named);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
