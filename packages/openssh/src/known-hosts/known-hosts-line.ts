import { readPublicKey, takeField } from "./host-key.ts";

/** The marker of a line. */
export type KnownHostMarker = "cert-authority" | "revoked";

/** One key in a known-hosts file. */
export interface KnownHostEntry {
  readonly file: string;
  /** Line number from 1. */
  readonly line: number;
  /** The host column, unchanged: names and patterns separated by commas, or one hashed name. */
  readonly hosts: string;
  readonly marker: KnownHostMarker | undefined;
  /** The key type: `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"`, `"ssh-rsa"` … */
  readonly keyType: string;
  /** The public key in wire format. */
  readonly key: Uint8Array;
  /** The rest of the line. */
  readonly comment: string;
}

/** A line that names hosts, but whose marker or key cannot be read. */
export interface UnreadableKnownHost {
  readonly file: string;
  /** Line number from 1. */
  readonly line: number;
  /** The host column, as in {@link KnownHostEntry}. */
  readonly hosts: string;
  /** Also `undefined` if the marker is unknown. */
  readonly marker: KnownHostMarker | undefined;
}

/** The lines of known-hosts files, without empty lines and comments. */
export interface KnownHosts {
  readonly entries: readonly KnownHostEntry[];
  /** Lines that cannot be read. OpenSSH ignores them and treats their hosts as unknown; `checkHostKey` does not. */
  readonly unreadable: readonly UnreadableKnownHost[];
}

const markers: Readonly<Record<string, KnownHostMarker>> = {
  "@cert-authority": "cert-authority",
  "@revoked": "revoked",
};

/**
 * Parses the text of a known-hosts file line by line as OpenSSH does (hostfile.c, `hostkeys_foreach`): lines end at a
 * newline, fields at spaces and tabs, and a NUL ends the text of its line.
 *
 * @param file the value for `file` of the entries
 */
export function parseKnownHosts(text: string, file: string): KnownHosts {
  const entries: KnownHostEntry[] = [];
  const unreadable: UnreadableKnownHost[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const place = { file, line: index + 1 };
    const parsed = parseLine(line, place);
    if (parsed === undefined) continue;
    if ("key" in parsed) entries.push(parsed);
    else unreadable.push(parsed);
  }
  return { entries, unreadable };
}

function parseLine(
  line: string,
  place: { readonly file: string; readonly line: number },
): KnownHostEntry | UnreadableKnownHost | undefined {
  const [text = ""] = line.split("\0", 1);
  const start = text.replace(/^[ \t]+/, "");
  if (start === "" || start.startsWith("#")) return undefined;
  const [first, behindFirst] = takeField(start);
  const isMarked = first.startsWith("@");
  const marker = isMarked && Object.hasOwn(markers, first) ? markers[first] : undefined;
  const [hosts, rest] = takeField(isMarked ? behindFirst : start);
  const [type, behindType] = takeField(rest);
  const [base64, comment] = takeField(behindType);
  const key = isMarked && marker === undefined ? undefined : readPublicKey(type, base64);
  if (key === undefined) return { ...place, hosts, marker };
  return { ...place, hosts, marker, ...key, comment: comment.replace(/(?<![ \t\r])[ \t\r]+$/, "") };
}
