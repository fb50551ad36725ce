import { keyTypeOfAlgorithm } from "./host-key.ts";
import { type HostAddress, knownHostsName } from "./host-name.ts";
import { linesOf, readKnownHosts } from "./read-known-hosts.ts";

/**
 * Returns the types of the keys that are known for a host, without duplicates, in the order of the files. A client that
 * prefers the algorithms for these types gets a key that it can check: see `preferKnownKeyTypes`.
 *
 * @throws {KnownHostsError} if a file exists and cannot be read
 */
export async function knownKeyTypes(host: HostAddress, files: readonly string[]): Promise<string[]> {
  const { entries } = linesOf(knownHostsName(host), await readKnownHosts(files));
  return [...new Set(entries.filter((entry) => entry.marker === undefined).map((entry) => entry.keyType))];
}

/**
 * Orders host-key algorithms as OpenSSH does: algorithms with known keys come first, and the order is otherwise
 * unchanged. If the key of the first algorithm is known, the list is returned unchanged.
 *
 * OpenSSH does this unless `HostKeyAlgorithms` is set without `+` or `-`.
 *
 * @param algorithms best first
 * @param types the result of {@link knownKeyTypes}
 */
export function preferKnownKeyTypes(algorithms: readonly string[], types: readonly string[]): string[] {
  const isKnown = (algorithm: string) => types.includes(keyTypeOfAlgorithm(algorithm));
  const [best] = algorithms;
  if (best === undefined || isKnown(best)) return [...algorithms];
  return [...algorithms.filter(isKnown), ...algorithms.filter((algorithm) => !isKnown(algorithm))];
}
