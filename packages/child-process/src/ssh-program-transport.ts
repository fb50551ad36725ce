import type { ScpTransport } from "@scpkit/core";
import { spawnChannel } from "./spawn-channel.ts";

/** Options of {@link createSshProgramTransport}. */
export interface SshProgramOptions {
  /** A program that takes the options of `ssh`. @default "ssh" */
  readonly program?: string | undefined;
  readonly host: string;
  readonly user?: string | undefined;
  /** @default the port in the program's configuration */
  readonly port?: number | undefined;
  /** Arguments for the program, in order: `["-C", "-i", "key"]`. */
  readonly sshArguments?: readonly string[] | undefined;
  /** As in `SpawnOptions`: `"inherit"` shows the program's own messages. @default "pipe" */
  readonly stderr?: "pipe" | "inherit" | undefined;
}

/**
 * Creates a transport that runs the system's `ssh`, as scp does: for certificates, FIDO keys, ControlMaster, and other
 * features of the program. Each command opens its own connection, unless the program shares them. Prompts go to the
 * terminal, not through this process.
 */
export function createSshProgramTransport(options: SshProgramOptions): ScpTransport {
  return {
    exec: (command, { signal } = {}) =>
      spawnChannel(options.program ?? "ssh", sshProgramArguments(options, command), { stderr: options.stderr, signal }),
  };
}

/**
 * Returns the arguments that OpenSSH's scp passes to `ssh` for one remote command. Host, user and port are separate
 * arguments after options or `--`, so that none of them can be parsed as an option.
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
