import { quoteText } from "@scpkit/core/engine";
import { firstString } from "./host-key.ts";
import { shortRsaKey } from "./public-key.ts";

/** Rules for the accepted keys and their signature algorithms. */
export interface KeyRules {
  /**
   * Signature algorithms that keys may use, as `PubkeyAcceptedAlgorithms`: `"ssh-ed25519"`, `"rsa-sha2-512"`. A key
   * without an accepted algorithm is not offered. @default every algorithm that ssh2 supports
   */
  readonly publicKeyAlgorithms?: readonly string[] | undefined;
  /** Minimum size of RSA keys in bits, for keys of the server and of the user, as `RequiredRSASize`. @default 1024 */
  readonly minRsaBits?: number | undefined;
}

/** Hashes of RSA signatures by the name of the algorithm (RFC 4253, section 6.6; RFC 8332). */
export const rsaHashes = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512", "ssh-rsa": "sha1" } as const;

/**
 * Returns the algorithms that `blob` may sign with under `rules`.
 *
 * @param blob a public key in wire format
 * @returns an empty list if the key must not be offered; `reason` then states why
 */
export function allowedAlgorithms(
  blob: Uint8Array,
  { publicKeyAlgorithms, minRsaBits }: KeyRules,
): { readonly algorithms: readonly string[]; readonly reason: string } {
  const type = firstString(blob);
  const tooShort = shortRsaKey(blob, minRsaBits);
  if (tooShort !== undefined) return { algorithms: [], reason: tooShort };
  const own = type === "ssh-rsa" ? Object.keys(rsaHashes) : [type];
  const algorithms = publicKeyAlgorithms === undefined ? own : own.filter((name) => publicKeyAlgorithms.includes(name));
  return { algorithms, reason: `no accepted signature algorithm is for keys of type ${quoteText(type)}` };
}
