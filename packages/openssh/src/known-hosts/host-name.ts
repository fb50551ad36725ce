import { createHmac, randomBytes } from "node:crypto";
import { matchHostName } from "../config/values/pattern.ts";

/** The host that a user connects to. */
export interface HostAddress {
  /** Name or address, case-insensitive. */
  readonly host: string;
  /** @default 22 */
  readonly port?: number | undefined;
  /** `HostKeyAlias`: the name to use instead of host and port. */
  readonly hostKeyAlias?: string | undefined;
}

/** Returns the name of a host in known-hosts files: `"host"`, `"[host]:port"` for ports other than 22, or the alias. */
export function knownHostsName({ host, port = 22, hostKeyAlias }: HostAddress): string {
  const name = hostKeyAlias ?? (port === 22 ? host : `[${host}]:${port}`);
  return name.toLowerCase();
}

const magic = "|1|";

/**
 * Hashes a name as `HashKnownHosts` does: `|1|salt|HMAC-SHA1(salt, name)`.
 *
 * @param salt 20 bytes @default random
 */
export function hashHostName(name: string, salt: Uint8Array = randomBytes(20)): string {
  const hash = createHmac("sha1", salt).update(name).digest("base64");
  return `${magic}${Buffer.from(salt).toString("base64")}|${hash}`;
}

/** Returns whether the host column of a line is hashed. */
export function isHashedName(hosts: string): boolean {
  return hosts.startsWith("|");
}

/**
 * Returns whether the host column of a line (a hashed name, or names and patterns separated by commas) matches `name`.
 *
 * @param name as returned by {@link knownHostsName}
 * @returns `undefined` if the column is damaged
 */
export function matchHosts(name: string, hosts: string): boolean | undefined {
  if (!isHashedName(hosts)) return matchHostName(name, hosts);
  const [, salt = ""] = /^\|1\|([A-Za-z0-9+/]{27}=)\|/.exec(hosts) ?? [];
  return salt === "" ? undefined : hashHostName(name, Buffer.from(salt, "base64")) === hosts;
}
