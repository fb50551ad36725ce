import { decodeKey } from "./host-key.ts";

/** What a line says about its key besides that it belongs to a host. */
export type KnownHostMarker = "cert-authority" | "revoked";

/** One key in a known-hosts file. */
export interface KnownHostEntry {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The host column as it stands: names and patterns separated by commas, or one hashed name. */
  readonly hosts: string;
  readonly marker: KnownHostMarker | undefined;
  /** `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"`, `"ssh-rsa"` … */
  readonly keyType: string;
  /** The public key in wire format. */
  readonly key: Uint8Array;
  /** The rest of the line. */
  readonly comment: string;
}

/**
 * Reads the text of a known-hosts file. Empty lines, comments and lines that are damaged are left out, as `ssh` does.
 *
 * @param file what `file` of the entries is to say
 */
export function parseKnownHosts(text: string, file: string): KnownHostEntry[] {
  return text.split("\n").flatMap((line, index) => parseLine(line, file, index + 1) ?? []);
}

function parseLine(text: string, file: string, line: number): KnownHostEntry | undefined {
  const columns = /^[ \t]*(?:@([^ \t]+)[ \t]+)?([^ \t#@][^ \t]*)[ \t]+([^ \t]+)[ \t]+([^ \t\r]+)[ \t\r]*(.*)$/.exec(
    text,
  );
  if (columns === null) return undefined;
  const [, written, hosts = "", keyType = "", base64 = "", comment = ""] = columns;
  const marker = written === "cert-authority" || written === "revoked" ? written : undefined;
  if (written !== undefined && marker === undefined) return undefined;
  const key = decodeKey(keyType, base64);
  return key === undefined ? undefined : { file, line, hosts, marker, keyType, key, comment: comment.trimEnd() };
}
