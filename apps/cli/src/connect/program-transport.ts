import { spawnChannel, sshProgramArguments } from "@scpkit/child-process";
import type { ScpTransport } from "@scpkit/core";
import type { ScpkitOptions } from "../command-line/parse.ts";
import type { RemoteOperand } from "../operands/operand.ts";

/**
 * `-S`: connects through a program that takes ssh's options, with the argument list of OpenSSH's scp.
 *
 * @param program the program
 * @param batch it may not ask anything: scp says so to the second of two, which share a terminal
 */
export function programTransport(
  program: string,
  { host, user, port }: RemoteOperand,
  { sshArguments, targetIsDirectory }: ScpkitOptions,
  batch: boolean,
): ScpTransport {
  return {
    exec: (command, { signal } = {}) => {
      // scp gives -d to the sending side too, where it means nothing.
      const same = targetIsDirectory ? command.replace(/^(scp(?: -[vrp])*) -f /, "$1 -d -f ") : command;
      const argv = sshProgramArguments({ host, user, port, sshArguments }, same);
      if (batch) argv.splice(argv.length - 3, 0, "-oBatchMode=yes");
      return spawnChannel(program, argv, { signal });
    },
  };
}
