import { basename, dirname } from "node:path";
import { findProgram } from "@scpkit/test-support/programs";
import { type Peer, sshWords } from "./peer.ts";

/** `tar | ssh`: one stream, no replies, the minimum cost at high latency. */
export const tar: Peer = {
  name: "tar",
  preserves: true,
  shapes: ["file", "tree"],
  problem: async () => (findProgram("tar") === undefined ? "tar is not installed" : undefined),
  command: (transfer) => {
    const { source, destination, access, direction } = transfer;
    const pack = `tar -C ${dirname(source)} -cf - ${basename(source)}`;
    const unpack = `tar -C ${dirname(destination)} -xpf -`;
    const ssh = `${sshWords(transfer).join(" ")} ${access.host}`;
    const line = direction === "up" ? `${pack} | ${ssh} "${unpack}"` : `${ssh} "${pack}" | ${unpack}`;
    return { argv: ["sh", "-c", line] };
  },
};
