import { sameKey } from "./host-key.ts";
import { type HostAddress, knownHostsName } from "./host-name.ts";
import type { KnownHostEntry, KnownHosts, UnreadableKnownHost } from "./known-hosts-line.ts";
import { linesOf, readKnownHosts } from "./read-known-hosts.ts";
import { isRevokedKey } from "./revoked-keys.ts";

/** A key that a server has shown. */
export interface HostKeyQuery extends HostAddress {
  /** `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"`, `"ssh-rsa"` …; the type of the key, not the algorithm of the signature. */
  readonly keyType: string;
  /** The public key in wire format. */
  readonly key: Uint8Array;
  /** Numeric address of the server, to be looked up besides the name (`CheckHostIP`). Absent: it is not. */
  readonly address?: string | undefined;
  /** File of keys that no host may have (`RevokedHostKeys`). */
  readonly revokedKeysFile?: string | undefined;
}

/** What the files say about a key under one name. */
export type HostKeyMatch =
  /**
   * No line has this key, and a line that names the host cannot be read, or a line that revokes a key cannot. OpenSSH ignores such
   * lines: the host counts as unknown there.
   */
  | { readonly status: "unreadable"; readonly file: string; readonly line: number }
  /** It is the host's. `file` and `line` have it. */
  | { readonly status: "trusted"; readonly file: string; readonly line: number }
  /** Nothing is known about the host. */
  | { readonly status: "unknown" }
  /**
   * The host has other keys. `file` and `line` have the one of the same type, else the last one;
   * `knownKeys` has all of them.
   */
  | {
      readonly status: "changed";
      readonly file: string;
      readonly line: number;
      readonly knownKeys: readonly KnownHostEntry[];
    }
  /** It must not be used. `line` is `undefined` when a file of revoked keys says so. */
  | { readonly status: "revoked"; readonly file: string; readonly line: number | undefined };

/** What {@link checkHostKey} found out. */
export type HostKeyResult = HostKeyMatch & {
  /** The name the host was looked up under, and is to be stored under: see `knownHostsName`. */
  readonly name: string;
  /** What the files say about the address; `undefined` when it was not asked for or is the host itself. */
  readonly address: HostKeyMatch | undefined;
  /** `@cert-authority` lines for this host. They are reported and not used: certificates are not supported. */
  readonly certAuthorities: readonly KnownHostEntry[];
  /** Lines that have this very key under other names. */
  readonly otherNames: readonly KnownHostEntry[];
};

/**
 * Looks a host key up in known-hosts files like OpenSSH: any key of the host that is not this one means that it has
 * changed, whatever their types; a revoked key is revoked even if it is also known; on another port than 22, of which
 * nothing is known, a key that is trusted or revoked for the host without port is so for the port, too.
 *
 * @param files in the order they are searched; those that do not exist are empty
 * @throws {KnownHostsError} a file exists and cannot be read
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

/** The result of the lines of one host for a key. */
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
