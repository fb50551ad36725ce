import { createHash } from "node:crypto";

/** Reads the type that a public key in wire format begins with; `undefined` when it is not one. */
export function typeOfKey(key: Uint8Array): string | undefined {
  if (key.length < 4) return undefined;
  const length = new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(0);
  return length > key.length - 4 ? undefined : new TextDecoder().decode(key.subarray(4, 4 + length));
}

/** A public key as a line of known_hosts and of other files has it. */
export interface PublicKey {
  /** As in the key itself: `"ssh-rsa"` also where the line says `rsa-sha2-512`. */
  readonly keyType: string;
  /** In wire format. */
  readonly key: Uint8Array;
}

/** Separates a field from the rest of a line as OpenSSH does: at spaces and tabs, and at nothing else. */
export function takeField(text: string): readonly [field: string, rest: string] {
  const [, field = "", rest = ""] = /^([^ \t]*)[ \t]*(.*)$/s.exec(text) ?? [];
  return [field, rest];
}

/**
 * Reads `type base64`, the two fields of a line, as OpenSSH does (sshkey.c, `sshkey_read`): white space inside the base64
 * that does not separate fields, as the CR of a Windows line, is skipped (openbsd-compat/base64.c, `b64_pton`). The type may
 * be one that this package does not know; the key has to begin with it.
 *
 * @returns `undefined` when it is damaged
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
 * The type of key that a host-key algorithm uses: `"ssh-rsa"` for `rsa-sha2-512`, the plain type for a certificate.
 */
export function keyTypeOfAlgorithm(algorithm: string): string {
  const plain = algorithm.replace(/-cert-v0[01]@openssh\.com$/, "");
  return keyTypeOfSignature(algorithm !== plain && plain.startsWith("sk-") ? `${plain}@openssh.com` : plain);
}

function keyTypeOfSignature(name: string): string {
  return name === "rsa-sha2-256" || name === "rsa-sha2-512" ? "ssh-rsa" : name;
}

/** What people call a type of key: `"ED25519"`, `"ECDSA"`, `"RSA"`. */
export function keyTypeTitle(type: string): string {
  if (type.startsWith("sk-ssh-ed25519")) return "ED25519-SK";
  if (type.startsWith("sk-ecdsa")) return "ECDSA-SK";
  if (type.startsWith("ecdsa-")) return "ECDSA";
  return type.replace(/^ssh-/, "").replace("dss", "dsa").toUpperCase();
}

/** The fingerprint of a public key in wire format, as `ssh-keygen -l` shows it: `"SHA256:"` and 43 characters. */
export function sha256Fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
