import type { ScpTransport } from "@scpkit/channel";
import { createSshProgramTransport } from "@scpkit/process";
import type { RemoteOperand } from "./copy-session.ts";
import type { ScpkitOptions } from "./options.ts";

/** `-S`: connects through a program that takes ssh's options, with the argument list of OpenSSH's scp. */
export function programTransport(operand: RemoteOperand, options: ScpkitOptions): ScpTransport {
  const { host, user, port = options.port } = operand;
  return createSshProgramTransport({ program: options.program, host, user, port, sshArguments: options.sshArguments });
}
