import { keyTypeOfAlgorithm } from "./host-key.ts";
import { type HostAddress, knownHostsName } from "./host-name.ts";
import { linesOf, readKnownHosts } from "./read-known-hosts.ts";

/**
 * The types of the keys that are known for a host, each once, in the order of the files. A client that offers the
 * algorithms for these first is shown a key that it can check: see `preferKnownKeyTypes`.
 *
 * @throws {KnownHostsError} a file exists and cannot be read
 */
export async function knownKeyTypes(host: HostAddress, files: readonly string[]): Promise<string[]> {
  const { entries } = linesOf(knownHostsName(host), await readKnownHosts(files));
  return [...new Set(entries.filter((entry) => entry.marker === undefined).map((entry) => entry.keyType))];
}

/**
 * Orders host-key algorithms like OpenSSH: those whose keys are known come first, both parts in their old order; if
 * the key of the very first one is known, nothing is moved.
 *
 * OpenSSH does so unless `HostKeyAlgorithms` is set without `+` or `-`.
 *
 * @param algorithms best first
 * @param types what {@link knownKeyTypes} gives
 */
export function preferKnownKeyTypes(algorithms: readonly string[], types: readonly string[]): string[] {
  const isKnown = (algorithm: string) => types.includes(keyTypeOfAlgorithm(algorithm));
  const [best] = algorithms;
  if (best === undefined || isKnown(best)) return [...algorithms];
  return [...algorithms.filter(isKnown), ...algorithms.filter((algorithm) => !isKnown(algorithm))];
}
