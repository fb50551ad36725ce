import { createHash } from "node:crypto";

/** Reads the type at the start of a public key in wire format; returns `undefined` if there is none. */
export function typeOfKey(key: Uint8Array): string | undefined {
  if (key.length < 4) return undefined;
  const length = new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(0);
  return length > key.length - 4 ? undefined : new TextDecoder().decode(key.subarray(4, 4 + length));
}

/** A public key in a line of known_hosts and of other files. */
export interface PublicKey {
  /** The type in the key itself: `"ssh-rsa"` even if the line says `rsa-sha2-512`. */
  readonly keyType: string;
  /** The key in wire format. */
  readonly key: Uint8Array;
}

/** Separates a field from the rest of a line as OpenSSH does: only at spaces and tabs. */
export function takeField(text: string): readonly [field: string, rest: string] {
  const [, field = "", rest = ""] = /^([^ \t]*)[ \t]*(.*)$/s.exec(text) ?? [];
  return [field, rest];
}

/**
 * Parses `type base64`, the two fields of a line, as OpenSSH does (sshkey.c, `sshkey_read`). White space inside the
 * base64 that does not separate fields, such as the CR of a Windows line, is skipped (openbsd-compat/base64.c,
 * `b64_pton`). The type may be unknown to this package; the key must begin with it.
 *
 * @returns `undefined` if the line is damaged
 */
export function readPublicKey(type: string, base64: string): PublicKey | undefined {
  const text = base64.replace(/[\n\v\f\r]+/g, "");
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) return undefined;
  const key = new Uint8Array(bytes);
  const keyType = keyTypeOfSignature(type);
  return typeOfKey(key) === keyType ? { keyType, key } : undefined;
}

export function sameKey(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/**
 * Returns the key type that a host-key algorithm uses: `"ssh-rsa"` for `rsa-sha2-512`, the plain type for a
 * certificate.
 */
export function keyTypeOfAlgorithm(algorithm: string): string {
  const plain = algorithm.replace(/-cert-v0[01]@openssh\.com$/, "");
  return keyTypeOfSignature(algorithm !== plain && plain.startsWith("sk-") ? `${plain}@openssh.com` : plain);
}

function keyTypeOfSignature(name: string): string {
  return name === "rsa-sha2-256" || name === "rsa-sha2-512" ? "ssh-rsa" : name;
}

/** Returns the short name of a key type: `"ED25519"`, `"ECDSA"`, `"RSA"`. */
export function keyTypeTitle(type: string): string {
  if (type.startsWith("sk-ssh-ed25519")) return "ED25519-SK";
  if (type.startsWith("sk-ecdsa")) return "ECDSA-SK";
  if (type.startsWith("ecdsa-")) return "ECDSA";
  return type.replace(/^ssh-/, "").replace("dss", "dsa").toUpperCase();
}

/**
 * Returns the fingerprint of a public key in wire format, as `ssh-keygen -l` shows it: `"SHA256:"` and 43 characters.
 */
export function sha256Fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
