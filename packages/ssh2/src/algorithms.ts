import { getCiphers } from "node:crypto";
import { ScpConnectionError } from "@scpkit/core";
import type { OptionKinds } from "@scpkit/core/engine";
import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from "ssh2";

/** Names of algorithms, best first, as in `Ciphers`, `MACs`, `KexAlgorithms` and `HostKeyAlgorithms` of ssh_config. */
export interface Ssh2Algorithms {
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
}

/** What the options of {@link Ssh2Algorithms} take. */
export const algorithmKinds: OptionKinds<Ssh2Algorithms> = {
  ciphers: "array",
  macs: "array",
  kex: "array",
  hostKey: "array",
};

const runsOnDeno = "Deno" in globalThis;

const gcm: readonly CipherAlgorithm[] = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];
const ctr: readonly CipherAlgorithm[] = ["aes128-ctr", "aes192-ctr", "aes256-ctr"];
// Bun has no bare ChaCha20.
const chacha: readonly CipherAlgorithm[] = getCiphers().includes("chacha20") ? ["chacha20-poly1305@openssh.com"] : [];
const cbc: readonly CipherAlgorithm[] = ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"];

// On Deno AES in GCM mode takes five times the processor time of ChaCha20.
const ciphers: readonly CipherAlgorithm[] = runsOnDeno ? [...chacha, ...ctr, ...gcm] : [...gcm, ...ctr, ...chacha];
const oldCiphers = cbc.filter((name) =>
  getCiphers().includes(name === "3des-cbc" ? "des-ede3-cbc" : name.replace("aes", "aes-")),
);

const macs: readonly MacAlgorithm[] = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha1-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
  "hmac-sha1",
];

const kex: readonly KexAlgorithm[] = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
  "diffie-hellman-group14-sha256",
];
// Group exchange: ssh2 1.17 does not check the group that a server chooses, and does not have it as a server
// (`DHGroupExchange.parse` in lib/protocol/kex.js).
const oldKex: readonly KexAlgorithm[] = [
  "diffie-hellman-group-exchange-sha256",
  "diffie-hellman-group15-sha512",
  "diffie-hellman-group17-sha512",
  "diffie-hellman-group-exchange-sha1",
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group1-sha1",
];

const hostKey: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

const supported = {
  ciphers: [...ciphers, ...oldCiphers],
  macs,
  kex: [...kex, ...oldKex],
  hostKey: [...hostKey, "ssh-rsa" as const],
};

/**
 * What a connection offers unless told otherwise: OpenSSH's choice as far as ssh2 has it, the fastest cipher first.
 * ssh2 has no post-quantum key exchange. Group exchange has to be asked for: ssh2 does not check the group that the server chooses.
 */
export const defaultAlgorithms: Ssh2Algorithms = { ciphers, macs, kex, hostKey };

/** What a connection can be asked to offer on this runtime: the defaults and older ones for old devices. */
export const supportedAlgorithms: Ssh2Algorithms = supported;

/** Whether `compression` of `connect` can be used on this runtime: not on Deno, where ssh2's zlib ends with an error. */
export const supportsCompression: boolean = !runsOnDeno;

/**
 * ssh2's form of a choice. Names this runtime cannot do are left out.
 *
 * @throws {ScpConnectionError} `handshake`: nothing of a list is left, or compression on Deno
 */
export function chooseAlgorithms(asked: Partial<Ssh2Algorithms>, compression: boolean): Algorithms {
  if (compression && !supportsCompression) {
    throw new ScpConnectionError(
      "handshake",
      "Compression is not available on Deno",
      "Connect without compression, or use Node or Bun",
    );
  }
  return {
    cipher: choose("ciphers", asked.ciphers ?? ciphers, supported.ciphers),
    hmac: choose("MACs", asked.macs ?? macs, supported.macs),
    kex: choose("key exchange methods", asked.kex ?? kex, supported.kex),
    serverHostKey: choose("host key algorithms", asked.hostKey ?? hostKey, supported.hostKey),
    compress: compression ? ["zlib@openssh.com", "none"] : ["none"],
  };
}

function choose<T extends string>(what: string, asked: readonly string[], available: readonly T[]): T[] {
  const chosen = asked.flatMap((name) => available.filter((candidate) => candidate === name));
  if (chosen.length > 0) return chosen;
  throw new ScpConnectionError(
    "handshake",
    `None of the ${what} asked for is available: ${asked.map((name) => JSON.stringify(name)).join(", ")}`,
    `Ask for one of ${available.join(", ")}`,
  );
}
