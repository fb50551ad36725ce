import type { ScpTransport } from "@scpkit/channel";
import { type SpawnOptions, spawnChannel } from "./spawn-channel.ts";

/**
 * A transport without a network: commands run in `/bin/sh` on this machine, as a server would run them. For tests against a real
 * `scp -t` or `scp -f` over pipes.
 */
export function createLocalTransport(options: Omit<SpawnOptions, "signal"> = {}): ScpTransport {
  return { exec: (command, { signal } = {}) => spawnChannel("/bin/sh", ["-c", command], { ...options, signal }) };
}
