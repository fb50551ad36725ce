import type { OptionKinds } from "@scpkit/core/engine";
import { ciphers, hostKey, kex, macs, runsOnDeno, supported } from "./algorithm-names.ts";

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

/**
 * What a connection offers unless told otherwise: OpenSSH's choice as far as ssh2 has it, the fastest cipher first.
 * ssh2 has no post-quantum key exchange. Group exchange has to be asked for: ssh2 does not check the group that the server chooses.
 */
export const defaultAlgorithms: Ssh2Algorithms = { ciphers, macs, kex, hostKey };

/** What a connection can be asked to offer on this runtime: the defaults and older ones for old devices. */
export const supportedAlgorithms: Ssh2Algorithms = supported;

/** Whether `compression` of `connect` can be used on this runtime: not on Deno, where ssh2's zlib ends with an error. */
export const supportsCompression: boolean = !runsOnDeno;
