import { isIP } from "node:net";

/**
 * The usual spelling of a numeric address: `127.1` is `127.0.0.1`, `0:0::1` is `::1`. An address with a scope id, or of
 * another family than the one that is wanted, stays as it is.
 *
 * @param family the value of `AddressFamily`
 * @returns `undefined` when `host` is a name
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

/** inet_ntop(3) writes the last four bytes of addresses that stand for IPv4 ones with dots, a URL does not. */
function dotted(address: string): string {
  const match = /^::(ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (match === null) return address;
  const [, mapped = "", high = "", low = ""] = match;
  const bytes = [high, low].flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]);
  return `::${mapped}${bytes.join(".")}`;
}

/** What `CanonicalizeHostname` and its companions say. */
export interface CanonicalizeRules {
  readonly domains: readonly string[];
  readonly maxDots: number;
  /** Whether a name that is in none of the domains is left to the system's resolver. */
  readonly fallbackLocal: boolean;
}

/**
 * Looks a short name up in each of the domains. CNAME records are not followed.
 *
 * @param exists asks the resolver for a name that ends in a dot
 * @returns the whole name, or `host` when it is left alone; `undefined` when it is nowhere and may not be left alone
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
