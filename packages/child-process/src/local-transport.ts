import type { ScpTransport } from "@scpkit/core";
import { type SpawnOptions, spawnChannel } from "./spawn-channel.ts";

/** Options of {@link createLocalTransport}. */
export interface LocalTransportOptions extends Omit<SpawnOptions, "signal"> {
  /**
   * What the commands' peer is to be taken for, as an SSH identification: `"SSH-2.0-OpenSSH_9.2"` lets a transfer send
   * its replies ahead, which any real scp takes. @default unknown
   */
  readonly peerIdentification?: string | undefined;
}

/**
 * A transport without a network: commands run in `/bin/sh` on this machine, as a server would run them. For tests
 * against a real `scp -t` or `scp -f` over pipes. Not on Windows.
 */
export function createLocalTransport(options: LocalTransportOptions = {}): ScpTransport {
  const { peerIdentification, ...spawning } = options;
  return {
    peerIdentification,
    exec: (command, { signal } = {}) => spawnChannel("/bin/sh", ["-c", command], { ...spawning, signal }),
  };
}
