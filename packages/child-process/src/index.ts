/**
 * Provides transports and session channels over child processes: the system's `ssh`, `scp` itself over pipes, and the
 * standard streams of this process.
 *
 * @module
 */
export { createLocalTransport, type LocalTransportOptions } from "./local-transport.ts";
export { type SpawnOptions, spawnChannel } from "./spawn-channel.ts";
export { createSshProgramTransport, type SshProgramOptions, sshProgramArguments } from "./ssh-program-transport.ts";
export { createStdioChannel } from "./stdio-channel.ts";
