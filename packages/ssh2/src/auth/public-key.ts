import ssh2, { type ParsedKey } from "ssh2";
import { readPrivateKey, readPublicHalf } from "./private-key.ts";

/**
 * Reads the public key of a key file, in wire format. Needs no passphrase.
 *
 * Private keys: OpenSSH's format, encrypted or not, and unencrypted PEM. Public keys: the line that `ssh-keygen` writes
 * to `id_ed25519.pub`; other lines are skipped (authfile.c, `sshkey_try_load_public`).
 *
 * @param data the whole file
 * @returns `undefined` if the file contains no readable public key of a type that ssh2 supports
 */
export function readPublicKey(data: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    const key = readPrivateKey(data, undefined);
    return "sign" in key ? key.blob : supportedBlob(readPublicHalf(data));
  }
  for (const line of text.split("\n")) {
    const key = parse(line.trim());
    if (key !== undefined) return new Uint8Array(key.getPublicSSH());
  }
  return undefined;
}

/** Returns whether ssh2 can log in with a public key of this type: it supports no certificates and no security keys. */
export function isSupportedKey(blob: Uint8Array): boolean {
  return parse(Buffer.from(blob)) !== undefined;
}

/**
 * Returns the reason why `blob` is rejected if it is an RSA key of fewer than `minRsaBits` bits, otherwise `undefined`.
 */
export function shortRsaKey(blob: Uint8Array, minRsaBits: number = 1024): string | undefined {
  const bits = rsaBits(blob);
  if (bits === undefined || bits >= minRsaBits) return undefined;
  return `the RSA key has ${bits} bits, and at least ${minRsaBits} are required`;
}

/**
 * Returns the size of an RSA key in bits, or `undefined` for a key of another type.
 *
 * @param blob the public key in wire format
 */
function rsaBits(blob: Uint8Array): number | undefined {
  const fields = readStrings(blob);
  if (Buffer.from(fields[0] ?? []).toString("latin1") !== "ssh-rsa") return undefined;
  const modulus = fields[2] ?? new Uint8Array();
  const start = modulus.findIndex((byte) => byte !== 0);
  return start < 0 ? 0 : (modulus.byteLength - start) * 8 - (Math.clz32(modulus[start] ?? 0) - 24);
}

/** Splits a wire structure into its strings (RFC 4251, section 5). Omits a truncated string at the end. */
function readStrings(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: Uint8Array[] = [];
  for (let at = 0; at + 4 <= bytes.byteLength; ) {
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.byteLength) break;
    strings.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

function supportedBlob(blob: Uint8Array | undefined): Uint8Array | undefined {
  return blob !== undefined && isSupportedKey(blob) ? blob : undefined;
}

function parse(data: string | Buffer): ParsedKey | undefined {
  if (data.length === 0) return undefined;
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(data);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return key === undefined || key instanceof Error || key.isPrivateKey() ? undefined : key;
}
