import { generateKeyPairSync, randomBytes } from "node:crypto";

/** A key pair in the formats of OpenSSH. */
export interface Ssh2KeyPair {
  /** The content of a private key file, without a passphrase. */
  readonly privateKey: string;
  /** The line of a public key file, as in `authorized_keys`, and after the host in known_hosts. */
  readonly publicKey: string;
}

const type = "ssh-ed25519";

/**
 * Generates an ed25519 key, for a server that has no key yet, or for a client. Store `privateKey` to use the key again.
 */
export function generateHostKey(): Ssh2KeyPair {
  // ssh2's generator is not used: it drops a leading zero, so that one key in 256 cannot be read.
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const point = Buffer.from(jwk.x ?? "", "base64url");
  const seed = Buffer.from(jwk.d ?? "", "base64url");
  const blob = Buffer.concat([wireString(type), wireString(point)]);
  return { privateKey: openSshKey(blob, point, seed), publicKey: `${type} ${blob.toString("base64")}` };
}

/** Encodes a key as in OpenSSH's PROTOCOL.key: one key, no cipher. */
function openSshKey(blob: Buffer, point: Buffer, seed: Buffer): string {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    wireString(type),
    wireString(point),
    wireString(Buffer.concat([seed, point])),
    wireString(""),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.byteLength % 8)) % 8));
  const none = wireString("none");
  const one = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    none,
    none,
    wireString(""),
    one,
    wireString(blob),
    wireString(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

function wireString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}
