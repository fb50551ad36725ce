import { findProgram } from "@scpkit/test-support/programs";
import { cipherWords, operands, type Peer } from "./peer.ts";

/** OpenSSH's scp with its defaults; since 9.0 it uses SFTP. */
export const scp: Peer = createScp("scp", []);

/** OpenSSH's scp with the SCP protocol. */
export const scpLegacy: Peer = createScp("scp-O", ["-O"]);

function createScp(name: string, options: readonly string[]): Peer {
  return {
    name,
    preserves: true,
    shapes: ["file", "tree"],
    problem: async () => (findProgram("scp") === undefined ? "scp is not installed" : undefined),
    command: (transfer) => ({
      argv: [
        "scp",
        ...options,
        "-F",
        transfer.access.configFile,
        ...cipherWords(transfer),
        ...(transfer.shape === "tree" ? ["-r"] : []),
        ...(transfer.preserve ? ["-p"] : []),
        ...operands(transfer),
      ],
    }),
  };
}
