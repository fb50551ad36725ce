import { matchPattern } from "./pattern.ts";

/**
 * Applies an algorithm list of the configuration (`Ciphers`, `MACs`, `KexAlgorithms`, `HostKeyAlgorithms`,
 * `PubkeyAcceptedAlgorithms`) to what a program supports, like OpenSSH: `+` adds behind the defaults, `^` puts in
 * front of them, `-` removes from them, without any of these the list replaces them. Names may have `*` and `?`.
 *
 * Names that are not supported are left out; OpenSSH refuses most of them instead, but it supports more.
 *
 * @param spec as written; `undefined` gives the defaults
 * @param supported every algorithm that could be used
 * @param defaults those used without a configuration, best first @default supported
 * @returns the algorithms in order of preference; it may be empty, and then no connection is possible
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
