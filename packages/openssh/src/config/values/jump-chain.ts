import { isName } from "./check-name.ts";

/** One jump host. */
export interface JumpHop {
  /** The host as written: an alias, to be resolved like any other host. IPv6 addresses have no brackets. */
  readonly host: string;
  /** `undefined` if the configuration of that host determines it. */
  readonly user: string | undefined;
  /** `undefined` if the configuration of that host determines it. */
  readonly port: number | undefined;
}

/**
 * Parses the value of `ProxyJump`: `[user@]host[:port]` or `ssh://[user@]host[:port]`, comma-separated.
 *
 * @returns the hosts in the order in which they are connected to, an empty list for `none`, or `undefined` if the value
 * is malformed
 */
export function parseJumpChain(value: string): JumpHop[] | undefined {
  const text = value.replace(/#.*$/s, "").trim();
  if (text.toLowerCase() === "none") return [];
  const hops: JumpHop[] = [];
  for (const part of text.split(",")) {
    const hop = parseHop(part.trim());
    if (hop === undefined) return undefined;
    hops.push(hop);
  }
  return hops;
}

function parseHop(text: string): JumpHop | undefined {
  const uri = text.startsWith("ssh://");
  const rest = uri ? text.slice("ssh://".length) : text;
  // A URI ends its user at the first "@", a plain operand at the last.
  const at = uri ? rest.indexOf("@") : rest.lastIndexOf("@");
  const address = /^(\[[^\]]*\]|[^:/[][^:/]*)(?::([^/]*))?(\/.*)?$/s.exec(at < 0 ? rest : rest.slice(at + 1));
  if (address === null) return undefined;
  const [, rawHost = "", rawPort = "", path = ""] = address;
  if (uri ? path.length > 1 : path !== "") return undefined;
  const host = rawHost.replace(/^\[(.*)\]$/s, "$1");
  if (!isName("host", host) || (uri && !/^[a-z0-9_][a-z0-9._-]*$/i.test(host))) return undefined;
  const port = rawPort === "" ? undefined : parsePort(rawPort);
  if (rawPort !== "" && port === undefined) return undefined;
  if (at < 0) return { host, user: undefined, port };
  const user = uri ? decodeUser(rest.slice(0, at)) : rest.slice(0, at);
  return user === undefined || !isName("user", user) ? undefined : { host, user, port };
}

/** Percent-decodes a user name. Drops parameters after a semicolon, which are not used. */
function decodeUser(text: string): string | undefined {
  const user = text.replace(/;.*$/s, "").replaceAll("+", " ");
  try {
    return decodeURIComponent(user);
  } catch {
    return undefined;
  }
}

/** Parses a port from 1 to 65535, or the service `ssh`; returns `undefined` for anything else. */
export function parsePort(text: string): number | undefined {
  if (text === "ssh") return 22;
  if (!/^\s*\+?\d+$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : undefined;
}
