export { createLocalTransport, type LocalTransportOptions } from "./local-transport.ts";
export { type SpawnOptions, spawnChannel } from "./spawn-channel.ts";
export { createSshProgramTransport, type SshProgramOptions, sshProgramArguments } from "./ssh-program-transport.ts";
export { createStdioChannel } from "./stdio-channel.ts";
