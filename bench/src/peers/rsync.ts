import { findProgram } from "@scpkit/test-support/programs";
import { operands, type Peer, sshWords } from "./peer.ts";

/** `rsync -a` over ssh to a destination that does not exist, so that rsync has nothing to compare. */
export const rsync: Peer = {
  name: "rsync",
  preserves: true,
  shapes: ["file", "tree"],
  problem: async () => (findProgram("rsync") === undefined ? "rsync is not installed" : undefined),
  command: (transfer) => {
    const [source, destination] = operands(transfer);
    // A trailing slash means the contents: without it, the tree would land one level deeper.
    const slash = transfer.shape === "tree" ? "/" : "";
    return { argv: ["rsync", "-a", "-e", sshWords(transfer).join(" "), source + slash, destination + slash] };
  },
};
