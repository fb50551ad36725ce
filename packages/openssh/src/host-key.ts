import { createHash } from "node:crypto";

/** The types of plain host keys; certificates and unknown types are not among them. */
const plainTypes: ReadonlySet<string> = new Set([
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
  "ssh-dss",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
]);

/** Reads the type that a public key in wire format begins with; `undefined` when it is not one. */
export function typeOfKey(key: Uint8Array): string | undefined {
  if (key.length < 4) return undefined;
  const length = new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(0);
  return length > key.length - 4 ? undefined : new TextDecoder().decode(key.subarray(4, 4 + length));
}

/** Decodes the key of a line of type `type`; `undefined` when it is not a plain key of that type. */
export function decodeKey(type: string, base64: string): Uint8Array | undefined {
  if (!plainTypes.has(type) || base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = new Uint8Array(Buffer.from(base64, "base64"));
  return typeOfKey(key) === type ? key : undefined;
}

export function sameKey(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/**
 * The type of key that a host-key algorithm uses: `"ssh-rsa"` for `rsa-sha2-512`, the plain type for a certificate.
 */
export function keyTypeOfAlgorithm(algorithm: string): string {
  const plain = algorithm.replace(/-cert-v0[01]@openssh\.com$/, "");
  const type = algorithm !== plain && plain.startsWith("sk-") ? `${plain}@openssh.com` : plain;
  return type === "rsa-sha2-256" || type === "rsa-sha2-512" ? "ssh-rsa" : type;
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
