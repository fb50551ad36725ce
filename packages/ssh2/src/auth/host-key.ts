import { createHash } from "node:crypto";
import { ScpConnectionError } from "@scpkit/core";
import { quoteText } from "@scpkit/core/engine";
import { shortRsaKey } from "./public-key.ts";

/** The host key of a server. The handshake then checks that the server holds the private key; otherwise it fails. */
export interface Ssh2HostKey {
  /** The key type, such as `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"` or `"ssh-rsa"`. The peer wrote it. */
  readonly type: string;
  /** The public key in wire format, which known_hosts holds in base64. */
  readonly blob: Uint8Array;
  /** The fingerprint in OpenSSH's format: `"SHA256:"` and 43 characters of base64. */
  readonly fingerprint: string;
}

/**
 * A decision about a host key. `true` accepts it and `false` rejects it. `"without-secrets"` accepts a key that is not
 * trusted, as ssh does with `StrictHostKeyChecking no`: the connection then sends no password and no answer of
 * keyboard-interactive authentication, and forwards no agent (sshconnect.c, `check_host_key`).
 */
export type Ssh2HostKeyVerdict = boolean | "without-secrets";

/**
 * Decides about a server's key. Any result other than an accepting {@link Ssh2HostKeyVerdict} rejects it, and so does
 * an error. `connect` rejects with a thrown `ScpConnectionError`.
 */
export type Ssh2HostKeyVerifier = (key: Ssh2HostKey) => Ssh2HostKeyVerdict | Promise<Ssh2HostKeyVerdict>;

/** @param blob the public key in wire format */
export function describeHostKey(blob: Uint8Array): Ssh2HostKey {
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { type: firstString(blob), blob: new Uint8Array(blob), fingerprint: `SHA256:${digest}` };
}

/** Returns the first string of an SSH wire structure, which is the key type in a public key. Empty if there is none. */
export function firstString(bytes: Uint8Array): string {
  if (bytes.byteLength < 4) return "";
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  return new TextDecoder("latin1").decode(bytes.subarray(4, 4 + Math.min(length, bytes.byteLength)));
}

/**
 * Checks every key that a server sends on one connection: `verify` decides about the first, and each later key exchange
 * must use the same key. Any result other than an acceptance rejects the key.
 */
export class HostKeyGate {
  readonly #verify: Ssh2HostKeyVerifier;
  readonly #host: string;
  readonly #minRsaBits: number | undefined;
  #accepted: Uint8Array | undefined;
  #withholdsSecrets = false;

  /**
   * @param host the host for messages
   * @param minRsaBits see `KeyRules`
   */
  constructor(verify: Ssh2HostKeyVerifier, host: string, minRsaBits?: number) {
    this.#verify = verify;
    this.#host = host;
    this.#minRsaBits = minRsaBits;
  }

  /** Whether the accepted key is not trusted. Passwords, answers and the agent must then not reach the server. */
  get withholdsSecrets(): boolean {
    return this.#withholdsSecrets;
  }

  /**
   * Calls `decide` once with the reason why `blob` is rejected, or with `undefined` if it is accepted.
   *
   * A key exchange after the first is decided before this method returns. While ssh2 1.17 waits for a decision, it
   * sends with the old keys after the server's NEWKEYS message (`KeyExchange.finish` in lib/protocol/kex.js), and the
   * server then ends the connection.
   */
  check(blob: Uint8Array, decide: (refusal: unknown) => void): void {
    const key = describeHostKey(blob);
    if (this.#accepted === undefined) void this.#ask(key).then(decide);
    else decide(sameBytes(this.#accepted, blob) ? undefined : this.#changed(key));
  }

  /** Never rejects. */
  async #ask(key: Ssh2HostKey): Promise<unknown> {
    const tooShort = shortRsaKey(key.blob, this.#minRsaBits);
    if (tooShort !== undefined) return this.#weak(tooShort);
    try {
      const verdict: unknown = await this.#verify(key);
      if (verdict !== true && verdict !== "without-secrets") return this.#unknown(key);
      this.#withholdsSecrets = verdict !== true;
      this.#accepted = key.blob;
      return undefined;
    } catch (error) {
      return error instanceof ScpConnectionError ? error : this.#unknown(key, error);
    }
  }

  #unknown(key: Ssh2HostKey, cause?: unknown): ScpConnectionError {
    return new ScpConnectionError(
      "host-key-unknown",
      `The host key of ${this.#host} was not accepted: ${quoteText(key.type)} ${key.fingerprint}`,
      "Compare the fingerprint with the one from the server's administrator, then add the key to known_hosts",
      cause === undefined ? undefined : { cause },
    );
  }

  #weak(reason: string): ScpConnectionError {
    return new ScpConnectionError(
      "handshake",
      `The host key of ${this.#host} was rejected: ${reason}`,
      "Use a host key of another type, or replace the server's key",
    );
  }

  #changed(key: Ssh2HostKey): ScpConnectionError {
    return new ScpConnectionError(
      "host-key-changed",
      `The server ${this.#host} showed a different host key during the connection: ${quoteText(key.type)} ${key.fingerprint}`,
      "Ask the server's administrator whether the key was replaced; an attacker may be intercepting the connection",
    );
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}
