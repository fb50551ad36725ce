import type { ScpTransport } from "@scpkit/core";
import { spawnChannel } from "./spawn-channel.ts";

/** Where the program is to connect, and how. */
export interface SshProgramOptions {
  /** A program that takes the options of `ssh`. @default "ssh" */
  readonly program?: string | undefined;
  readonly host: string;
  readonly user?: string | undefined;
  /** @default what the program's configuration says */
  readonly port?: number | undefined;
  /** Words for its argument list, in order: `["-C", "-i", "key"]`. */
  readonly sshArguments?: readonly string[] | undefined;
  /** As in `SpawnOptions`: `"inherit"` lets the program's own messages through. @default "pipe" */
  readonly stderr?: "pipe" | "inherit" | undefined;
}

/**
 * A transport that runs the system's `ssh`, as scp does: for certificates, FIDO keys, ControlMaster, and whatever the program can.
 * Each command is a connection of its own, unless the program shares them. Its prompts go to the terminal, not through this process.
 */
export function createSshProgramTransport(options: SshProgramOptions): ScpTransport {
  return {
    exec: (command, { signal } = {}) =>
      spawnChannel(options.program ?? "ssh", sshProgramArguments(options, command), { stderr: options.stderr, signal }),
  };
}

/**
 * The argument list that OpenSSH's scp gives to `ssh` for one remote command. Host, user and port are words of their own behind
 * options or `--`: none of them can be taken for an option.
 */
export function sshProgramArguments(options: SshProgramOptions, command: string): string[] {
  const { host, user, port, sshArguments = [] } = options;
  return [
    "-x",
    "-oPermitLocalCommand=no",
    "-oClearAllForwardings=yes",
    "-oRemoteCommand=none",
    "-oRequestTTY=no",
    "-oControlMaster=no",
    ...sshArguments,
    "-oForwardAgent=no",
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
    "--",
    host,
    command,
  ];
}
