import { createHash } from "node:crypto";
import type { ExpandTokens } from "./values/expand.ts";
import type { LocalEnvironment } from "./values/local-environment.ts";

/** The values that the tokens of a connection consist of. */
export interface ConnectionNames {
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** `%k`: `HostKeyAlias` or the alias. */
  readonly keyName: string;
  /** `%j`: the last host of `ProxyJump`, or `""`. */
  readonly jumpHost: string;
}

/** Returns `%C %L %d %h %i %j %k %l %n %p %r %u` of one connection. */
export function connectionTokens(local: LocalEnvironment, names: ConnectionNames): ExpandTokens {
  const { alias, hostName, port, user, keyName, jumpHost } = names;
  const hash = createHash("sha1").update(`${local.localHostname}${hostName}${port}${user}${jumpHost}`).digest("hex");
  return {
    C: hash,
    L: local.localHostname.replace(/\..*$/s, ""),
    d: local.home,
    h: hostName,
    i: String(local.uid),
    j: jumpHost,
    k: keyName,
    l: local.localHostname,
    n: alias,
    p: String(port),
    r: user,
    u: local.localUser,
  };
}
