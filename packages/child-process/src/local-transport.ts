import type { ScpTransport } from "@scpkit/core";
import { type SpawnOptions, spawnChannel } from "./spawn-channel.ts";

/** Options of {@link createLocalTransport}. */
export interface LocalTransportOptions extends Omit<SpawnOptions, "signal"> {
  /**
   * The SSH identification that the peer of the commands is treated as: with `"SSH-2.0-OpenSSH_9.2"` a transfer
   * overlaps its replies, which any real scp accepts. @default unknown
   */
  readonly peerIdentification?: string | undefined;
}

/**
 * Creates a transport without a network: commands run in `/bin/sh` on this machine, as a server would run them. For
 * tests against a real `scp -t` or `scp -f` over pipes. Not available on Windows.
 */
export function createLocalTransport(options: LocalTransportOptions = {}): ScpTransport {
  const { peerIdentification, ...spawning } = options;
  return {
    peerIdentification,
    exec: (command, { signal } = {}) => spawnChannel("/bin/sh", ["-c", command], { ...spawning, signal }),
  };
}
