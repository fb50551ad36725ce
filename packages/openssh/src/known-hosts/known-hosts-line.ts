import { readPublicKey, takeField } from "./host-key.ts";

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

/** A line that names hosts, but whose marker or key cannot be read. */
export interface UnreadableKnownHost {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** As in {@link KnownHostEntry}. */
  readonly hosts: string;
  /** `undefined` also when the marker is not known. */
  readonly marker: KnownHostMarker | undefined;
}

/** The lines of known-hosts files. Empty lines and comments are left out. */
export interface KnownHosts {
  readonly entries: readonly KnownHostEntry[];
  /** OpenSSH ignores these lines, so that their hosts count as unknown. `checkHostKey` does not. */
  readonly unreadable: readonly UnreadableKnownHost[];
}

const markers: Readonly<Record<string, KnownHostMarker>> = {
  "@cert-authority": "cert-authority",
  "@revoked": "revoked",
};

/**
 * Reads the text of a known-hosts file line by line as OpenSSH does (hostfile.c, `hostkeys_foreach`): lines end at a newline,
 * fields at spaces and tabs, and a NUL ends the text of its line.
 *
 * @param file what `file` of the entries is to say
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
