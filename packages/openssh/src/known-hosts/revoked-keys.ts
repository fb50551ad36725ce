import { readFile } from "node:fs/promises";
import { readPublicKey, sameKey, takeField } from "./host-key.ts";
import { KnownHostsError } from "./known-hosts-error.ts";

/**
 * Returns whether `key` is in a file of revoked keys (`RevokedHostKeys`) with one public key per line.
 *
 * @throws {KnownHostsError} if the file or a line of it cannot be read, or it is a binary revocation list, because any
 * key may be revoked then. `ssh` also rejects every key, except for single lines (authfile.c, `sshkey_in_file`), which
 * it ignores
 */
export async function isRevokedKey(key: Uint8Array, file: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const hint = "Check the path in RevokedHostKeys and its permissions";
    throw new KnownHostsError("unreadable", `Cannot read the revoked keys in ${file}`, { file, hint, cause });
  }
  if (text.startsWith("SSHKRL\n\0")) {
    const hint = "List the public keys in a text file, or use -S ssh";
    throw new KnownHostsError("unsupported", `${file} is a binary revocation list, which is not supported`, {
      file,
      hint,
    });
  }
  let isRevoked = false;
  for (const [index, line] of text.split("\n").entries()) {
    const [type, rest] = takeField(line.replace(/^[ \t]+/, ""));
    if (type === "" || type === "\r" || type.startsWith("#")) continue;
    const revoked = readPublicKey(type, takeField(rest)[0]);
    if (revoked === undefined) {
      const hint = "Write one public key per line, as in a .pub file";
      throw new KnownHostsError("unreadable", `Cannot read the revoked key in ${file} line ${index + 1}`, {
        file,
        hint,
      });
    }
    isRevoked ||= sameKey(revoked.key, key);
  }
  return isRevoked;
}
