import { isIP } from "node:net";

/**
 * Returns the canonical form of a numeric address: `127.1` becomes `127.0.0.1`, `0:0::1` becomes `::1`. An address with
 * a scope id, or of another family than requested, is unchanged.
 *
 * @param family the value of `AddressFamily`
 * @returns `undefined` if `host` is a name
 */
export function canonicalAddress(host: string, family: string): string | undefined {
  const [address = "", ...scope] = host.split("%");
  if (isIP(address) === 6) {
    if (scope.length > 0 || family === "inet") return host;
    return dotted(urlHost(`[${address}]`)?.slice(1, -1) ?? address);
  }
  const parts = /^(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}$/i;
  const usual = scope.length === 0 && parts.test(host) ? urlHost(host) : undefined;
  return usual !== undefined && family === "inet6" ? host : usual;
}

function urlHost(host: string): string | undefined {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined;
}

/** Writes the last four bytes of an IPv4-mapped address with dots, as inet_ntop(3) does and a URL does not. */
function dotted(address: string): string {
  const match = /^::(ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (match === null) return address;
  const [, mapped = "", high = "", low = ""] = match;
  const bytes = [high, low].flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]);
  return `::${mapped}${bytes.join(".")}`;
}

/** The values of `CanonicalizeHostname` and the related keywords. */
export interface CanonicalizeRules {
  readonly domains: readonly string[];
  readonly maxDots: number;
  /** Whether a name that is not found in any of the domains is left to the system's resolver. */
  readonly fallbackLocal: boolean;
}

/**
 * Looks up a short name in each of the domains. Does not follow CNAME records.
 *
 * @param exists asks the resolver for a name that ends in a dot
 * @returns the full name, or `host` if it is left unchanged; `undefined` if it was not found and must not be left
 * unchanged
 */
export async function canonicalizeHost(
  host: string,
  rules: CanonicalizeRules,
  exists: (name: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (host.endsWith(".")) {
    if (await exists(host)) return host.slice(0, -1);
    return rules.fallbackLocal ? host : undefined;
  }
  if (host.split(".").length - 1 > rules.maxDots) return host;
  for (const domain of rules.domains) {
    if (domain.toLowerCase() === "none") break;
    if (await exists(`${host}.${domain}.`)) return `${host}.${domain}`;
  }
  return rules.fallbackLocal ? host : undefined;
}
