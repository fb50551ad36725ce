import { sameKey } from "./host-key.ts";
import { type HostAddress, knownHostsName } from "./host-name.ts";
import type { KnownHostEntry, KnownHosts, UnreadableKnownHost } from "./known-hosts-line.ts";
import { linesOf, readKnownHosts } from "./read-known-hosts.ts";
import { isRevokedKey } from "./revoked-keys.ts";

/** A key sent by a server. */
export interface HostKeyQuery extends HostAddress {
  /**
   * `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"`, `"ssh-rsa"` …; the type of the key, not the algorithm of the signature.
   */
  readonly keyType: string;
  /** The public key in wire format. */
  readonly key: Uint8Array;
  /**
   * Numeric address of the server to look up in addition to the name (`CheckHostIP`). If absent, only the name is
   * looked up.
   */
  readonly address?: string | undefined;
  /** File of keys that are rejected for every host (`RevokedHostKeys`). */
  readonly revokedKeysFile?: string | undefined;
}

/** The result of looking up a key under one name. */
export type HostKeyMatch =
  /**
   * No line has this key, and a line that names the host, or one that revokes a key, cannot be read. OpenSSH ignores
   * such lines and treats the host as unknown.
   */
  | { readonly status: "unreadable"; readonly file: string; readonly line: number }
  /** The key belongs to the host. `file` and `line` contain it. */
  | { readonly status: "trusted"; readonly file: string; readonly line: number }
  /** Nothing is known about the host. */
  | { readonly status: "unknown" }
  /**
   * The host has other keys. `file` and `line` are those of the key of the same type, otherwise of the last one;
   * `knownKeys` contains all of them.
   */
  | {
      readonly status: "changed";
      readonly file: string;
      readonly line: number;
      readonly knownKeys: readonly KnownHostEntry[];
    }
  /** The key must not be used. `line` is `undefined` if it is in a file of revoked keys. */
  | { readonly status: "revoked"; readonly file: string; readonly line: number | undefined };

/** The result of {@link checkHostKey}. */
export type HostKeyResult = HostKeyMatch & {
  /** The name under which the host was looked up, and under which it is stored: see `knownHostsName`. */
  readonly name: string;
  /** The result for the address; `undefined` if it was not requested or is the host itself. */
  readonly address: HostKeyMatch | undefined;
  /** `@cert-authority` lines for this host. They are returned but not used: certificates are not supported. */
  readonly certAuthorities: readonly KnownHostEntry[];
  /** Lines that contain this key under other names. */
  readonly otherNames: readonly KnownHostEntry[];
};

/**
 * Looks up a host key in known-hosts files as OpenSSH does. If the host has any other key, of whatever type, and not
 * this one, the key has changed. A revoked key is revoked even if it is also known. If nothing is known about a port
 * other than 22, a key that is trusted or revoked for the host without a port has the same status for the port.
 *
 * @param files in the order in which they are searched; missing files count as empty
 * @throws {KnownHostsError} if a file exists and cannot be read
 */
export async function checkHostKey(query: HostKeyQuery, files: readonly string[]): Promise<HostKeyResult> {
  const { host, port = 22, hostKeyAlias, key, address, revokedKeysFile } = query;
  const known = await readKnownHosts(files);
  const name = knownHostsName(query);
  const own = linesOf(name, known);
  const others = {
    name,
    address:
      address === undefined || address === host
        ? undefined
        : matchKey(query, linesOf(knownHostsName({ host: address, port }), known)),
    certAuthorities: own.entries.filter((entry) => entry.marker === "cert-authority"),
    otherNames: known.entries.filter(
      (entry) => entry.marker === undefined && sameKey(entry.key, key) && !own.entries.includes(entry),
    ),
  };
  if (revokedKeysFile !== undefined && (await isRevokedKey(key, revokedKeysFile))) {
    return { ...others, status: "revoked", file: revokedKeysFile, line: undefined };
  }
  const match = matchKey(query, own);
  if (match.status === "unknown" && hostKeyAlias === undefined && port !== 22) {
    const plain = matchKey(query, linesOf(knownHostsName({ host }), known));
    if (plain.status === "trusted" || plain.status === "revoked") return { ...others, ...plain };
  }
  return { ...others, ...match };
}

/** Returns the result of one host's lines for a key. */
function matchKey({ key, keyType }: HostKeyQuery, { entries, unreadable }: KnownHosts): HostKeyMatch {
  const revoked = entries.find((entry) => entry.marker === "revoked" && sameKey(entry.key, key));
  if (revoked !== undefined) return { status: "revoked", file: revoked.file, line: revoked.line };
  const perhapsRevoked = unreadable.find(({ marker }) => marker === "revoked");
  if (perhapsRevoked !== undefined) return unreadableAt(perhapsRevoked);
  const knownKeys = entries.filter((entry) => entry.marker === undefined);
  const same = knownKeys.find((entry) => sameKey(entry.key, key));
  if (same !== undefined) return { status: "trusted", file: same.file, line: same.line };
  const offending = knownKeys.find((entry) => entry.keyType === keyType) ?? knownKeys.at(-1);
  if (offending !== undefined) return { status: "changed", file: offending.file, line: offending.line, knownKeys };
  const perhapsKnown = unreadable.find(({ marker }) => marker !== "cert-authority");
  return perhapsKnown === undefined ? { status: "unknown" } : unreadableAt(perhapsKnown);
}

function unreadableAt({ file, line }: UnreadableKnownHost): HostKeyMatch {
  return { status: "unreadable", file, line };
}
