import { readFile } from "node:fs/promises";
import { decodeKey, sameKey } from "./host-key.ts";
import { KnownHostsError } from "./known-hosts-error.ts";

/**
 * Whether `key` is in a file of revoked keys (`RevokedHostKeys`) that has one public key per line.
 *
 * @throws {KnownHostsError} the file cannot be read, or is a binary revocation list; `ssh` refuses every key then, too
 */
export async function isRevokedKey(key: Uint8Array, file: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(file, "latin1");
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
  return text.split("\n").some((line) => {
    const [, type = "", base64 = ""] = /^[ \t]*([^ \t#]+)[ \t]+([^ \t\r]+)/.exec(line) ?? [];
    const revoked = decodeKey(type, base64);
    return revoked !== undefined && sameKey(revoked, key);
  });
}
