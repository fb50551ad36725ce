import { getCiphers } from "node:crypto";
import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from "ssh2";

/** Whether this runtime is Deno, which does not support everything that ssh2 needs of `node:crypto` and `node:zlib`. */
export const runsOnDeno: boolean = "Deno" in globalThis;

const gcm: readonly CipherAlgorithm[] = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];
const ctr: readonly CipherAlgorithm[] = ["aes128-ctr", "aes192-ctr", "aes256-ctr"];
// Bun does not provide ChaCha20 by itself.
const chacha: readonly CipherAlgorithm[] = getCiphers().includes("chacha20") ? ["chacha20-poly1305@openssh.com"] : [];
const cbc: readonly CipherAlgorithm[] = ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"];

// On Deno, AES in GCM mode takes five times the processor time of ChaCha20.
export const ciphers: readonly CipherAlgorithm[] = runsOnDeno
  ? [...chacha, ...ctr, ...gcm]
  : [...gcm, ...ctr, ...chacha];
const oldCiphers = cbc.filter((name) =>
  getCiphers().includes(name === "3des-cbc" ? "des-ede3-cbc" : name.replace("aes", "aes-")),
);

export const macs: readonly MacAlgorithm[] = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha1-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
  "hmac-sha1",
];

export const kex: readonly KexAlgorithm[] = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
  "diffie-hellman-group14-sha256",
];
// Group exchange: ssh2 1.17 does not check the group that a server chooses, and does not support it as a server
// (`DHGroupExchange.parse` in lib/protocol/kex.js).
const oldKex: readonly KexAlgorithm[] = [
  "diffie-hellman-group-exchange-sha256",
  "diffie-hellman-group15-sha512",
  "diffie-hellman-group17-sha512",
  "diffie-hellman-group-exchange-sha1",
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group1-sha1",
];

export const hostKey: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** The names that this runtime supports, by list. */
export const supported: {
  readonly ciphers: readonly CipherAlgorithm[];
  readonly macs: readonly MacAlgorithm[];
  readonly kex: readonly KexAlgorithm[];
  readonly hostKey: readonly ServerHostKeyAlgorithm[];
} = {
  ciphers: [...ciphers, ...oldCiphers],
  macs,
  kex: [...kex, ...oldKex],
  hostKey: [...hostKey, "ssh-rsa"],
};
