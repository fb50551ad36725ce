import { createHash, timingSafeEqual } from "node:crypto";
import { firstString } from "../auth/host-key.ts";

/**
 * Returns whether a public key is listed in the text of an `authorized_keys` file.
 *
 * Lines with options (`command="…"`, `from="…"`, `restrict`) never match, because their restrictions could not be
 * enforced. Compares every line in constant time.
 *
 * @param publicKey in wire format: `publicKey` of a login attempt
 */
export function isAuthorizedKey(publicKey: Uint8Array, authorizedKeysText: string): boolean {
  const type = firstString(publicKey);
  const wanted = digest(publicKey);
  let found = false;
  for (const line of authorizedKeysText.split(/\r?\n/)) {
    const [lineType, base64] = line.trim().split(/[ \t]+/);
    if (base64 === undefined || lineType !== type) continue;
    if (timingSafeEqual(wanted, digest(Buffer.from(base64, "base64")))) found = true;
  }
  return found;
}

/** Returns a digest of fixed length, as `timingSafeEqual` requires. */
function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
