import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { derOf, fixScalar } from "./der.ts";
import { mpint, wireStrings } from "./wire.ts";

/** A private key that can sign. */
export interface PrivateKey {
  /** The public key in wire format. */
  readonly blob: Uint8Array;
  /** The comment in the file; empty if the format has none. */
  readonly comment: string;
  keyObject(): KeyObject;
  /** @param hash for RSA: `"sha256"` or `"sha512"`; other key types determine their hash */
  sign(data: Uint8Array, hash: string | undefined): Buffer;
}

/** The reason why key data could not be read. */
export type PrivateKeyProblem =
  | { readonly problem: "encrypted" }
  | { readonly problem: "wrong-passphrase" }
  | { readonly problem: "unsupported"; readonly message: string };

/**
 * Reads a private key: OpenSSH's format, PEM (PKCS#1, SEC1, PKCS#8) and PuTTY's version 2 as far as ssh2 supports it.
 *
 * @param passphrase the passphrase of an encrypted key
 */
export function readPrivateKey(data: Uint8Array, passphrase: string | undefined): PrivateKey | PrivateKeyProblem {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(buffer, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key !== undefined && !(key instanceof Error) && key.isPrivateKey()) return fromParsed(key);
  // ssh2 does not support PKCS#8, nor encrypted PEM on Deno.
  const text = buffer.toString("latin1");
  const encrypted = /ENCRYPTED/.test(text) || /no passphrase given/.test(key instanceof Error ? key.message : "");
  if (encrypted && passphrase === undefined) return { problem: "encrypted" };
  try {
    return fromKeyObject(createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) }));
  } catch {
    if (passphrase !== undefined && !/[Uu]nsupported/.test(key instanceof Error ? key.message : "")) {
      return { problem: "wrong-passphrase" };
    }
    return { problem: "unsupported", message: key instanceof Error ? key.message : "it holds only a public key" };
  }
}

/**
 * Returns the public key in a private key file if it is readable without a passphrase: OpenSSH's format does not
 * encrypt it. Returns `undefined` for encrypted keys in other formats.
 */
export function readPublicHalf(data: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, "base64");
  // "openssh-key-v1\0", cipher, kdf, kdf options, number of keys, first public key
  let at = 15;
  for (let field = 0; field < 3; field += 1) at = endOfString(bytes, at);
  const end = endOfString(bytes, at + 4);
  return end > bytes.byteLength ? undefined : new Uint8Array(bytes.subarray(at + 8, end));
}

function endOfString(bytes: Buffer, at: number): number {
  return at + 4 > bytes.byteLength ? Number.POSITIVE_INFINITY : at + 4 + bytes.readUInt32BE(at);
}

function fromParsed(parsed: ParsedKey): PrivateKey {
  const blob = new Uint8Array(parsed.getPublicSSH());
  const { comment } = parsed;
  if (parsed.type.startsWith("ecdsa-")) {
    const { hash, scalarBytes } = curveOf(parsed.type);
    const der = fixScalar(derOf(parsed.getPrivatePEM()), scalarBytes);
    const key = createPrivateKey({ key: der, format: "der", type: "sec1" });
    return { blob, comment, keyObject: () => key, sign: (data) => sign(hash, data, key) };
  }
  if (parsed.type === "ssh-rsa") {
    const key = createPrivateKey({ key: derOf(parsed.getPrivatePEM()), format: "der", type: "pkcs1" });
    return { blob, comment, keyObject: () => key, sign: (data, hash) => sign(hash ?? "sha1", data, key) };
  }
  return {
    blob,
    comment,
    keyObject: () => createPrivateKey(parsed.getPrivatePEM()),
    sign(data, hash): Buffer {
      const signature = parsed.sign(Buffer.from(data.buffer, data.byteOffset, data.byteLength), hash);
      if (signature instanceof Error) throw signature;
      return signature;
    },
  };
}

function fromKeyObject(key: KeyObject): PrivateKey {
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const part = (value: string | undefined): Buffer => Buffer.from(value ?? "", "base64url");
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return {
        blob: wire("ssh-ed25519", part(jwk.x)),
        comment: "",
        keyObject: () => key,
        sign: (data) => sign(null, data, key),
      };
    case "rsa":
      return {
        blob: wire("ssh-rsa", mpint(part(jwk.e)), mpint(part(jwk.n))),
        comment: "",
        keyObject: () => key,
        sign: (data, hash) => sign(hash ?? "sha1", data, key),
      };
    case "ec": {
      const curve = `nistp${String(jwk.crv).slice(2)}`;
      const type = `ecdsa-sha2-${curve}`;
      const point = Buffer.concat([Buffer.of(4), part(jwk.x), part(jwk.y)]);
      return {
        blob: wire(type, Buffer.from(curve), point),
        comment: "",
        keyObject: () => key,
        sign: (data) => sign(curveOf(type).hash, data, key),
      };
    }
    default:
      throw new TypeError(`SSH has no keys of type ${String(key.asymmetricKeyType)}`);
  }
}

function curveOf(type: string): { readonly hash: string; readonly scalarBytes: number } {
  if (type.endsWith("521")) return { hash: "sha512", scalarBytes: 66 };
  return type.endsWith("384") ? { hash: "sha384", scalarBytes: 48 } : { hash: "sha256", scalarBytes: 32 };
}

function wire(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(wireStrings(Buffer.from(type), ...parts));
}
