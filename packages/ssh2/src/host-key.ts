import { createHash } from "node:crypto";
import { quoteText, ScpConnectionError } from "@scpkit/channel";

/** The key a server shows. That it holds the private half is checked next; a connection never comes about without it. */
export interface Ssh2HostKey {
  /** `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"`, `"ssh-rsa"`; sent by the peer. */
  readonly type: string;
  /** The public key as on the wire: what known_hosts holds in base64. */
  readonly blob: Uint8Array;
  /** As OpenSSH shows it: `"SHA256:"` and 43 characters of base64. */
  readonly fingerprint: string;
}

/**
 * Decides about a server's key. Only `true` accepts; `false`, a rejection and anything else refuse.
 * A thrown `ScpConnectionError` is what `connect` rejects with.
 */
export type Ssh2HostKeyVerifier = (key: Ssh2HostKey) => boolean | Promise<boolean>;

/** @param blob the public key as on the wire */
export function describeHostKey(blob: Uint8Array): Ssh2HostKey {
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { type: firstString(blob), blob: new Uint8Array(blob), fingerprint: `SHA256:${digest}` };
}

/** The first string of an SSH wire structure; the key type in a public key. Empty when there is none. */
export function firstString(bytes: Uint8Array): string {
  if (bytes.byteLength < 4) return "";
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  return new TextDecoder("latin1").decode(bytes.subarray(4, 4 + Math.min(length, bytes.byteLength)));
}

/**
 * Checks every key that a server shows on one connection: `verify` decides about the first, and each later key exchange must show the
 * same key. Everything but an acceptance rejects the key.
 */
export class HostKeyGate {
  readonly #verify: Ssh2HostKeyVerifier;
  readonly #host: string;
  #accepted: Uint8Array | undefined;

  /** @param host for messages */
  constructor(verify: Ssh2HostKeyVerifier, host: string) {
    this.#verify = verify;
    this.#host = host;
  }

  /**
   * Calls `decide` once with the reason why `blob` is rejected, or with `undefined` when it is accepted.
   *
   * A key exchange after the first is decided before this method returns. ssh2 1.17 sends with the old keys after the server's NEWKEYS
   * message while it waits for a decision (`KeyExchange.finish` in lib/protocol/kex.js), and the server then ends the connection.
   */
  check(blob: Uint8Array, decide: (refusal: unknown) => void): void {
    const key = describeHostKey(blob);
    if (this.#accepted === undefined) void this.#ask(key).then(decide);
    else decide(sameBytes(this.#accepted, blob) ? undefined : this.#changed(key));
  }

  /** Never rejects. */
  async #ask(key: Ssh2HostKey): Promise<unknown> {
    try {
      if ((await this.#verify(key)) !== true) return this.#unknown(key);
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
      "Compare the fingerprint with what the server's owner says, then add the key to known_hosts",
      cause === undefined ? undefined : { cause },
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
