import type { OptionKinds } from "@scpkit/core/engine";
import { ciphers, hostKey, kex, macs, runsOnDeno, supported } from "./algorithm-names.ts";

/** Names of algorithms, best first, as in `Ciphers`, `MACs`, `KexAlgorithms` and `HostKeyAlgorithms` of ssh_config. */
export interface Ssh2Algorithms {
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
}

/** The types of the options of {@link Ssh2Algorithms}. */
export const algorithmKinds: OptionKinds<Ssh2Algorithms> = {
  ciphers: "array",
  macs: "array",
  kex: "array",
  hostKey: "array",
};

/**
 * The algorithms that a connection offers by default: OpenSSH's choice as far as ssh2 supports it, the fastest cipher
 * first. ssh2 has no post-quantum key exchange. Group exchange must be enabled explicitly, because ssh2 does not check
 * the group that the server chooses.
 */
export const defaultAlgorithms: Ssh2Algorithms = { ciphers, macs, kex, hostKey };

/** The algorithms that a connection can offer on this runtime: the defaults and older ones for old devices. */
export const supportedAlgorithms: Ssh2Algorithms = supported;

/** Whether this runtime supports `compression` of `connect`. Deno does not: ssh2's zlib fails there. */
export const supportsCompression: boolean = !runsOnDeno;
