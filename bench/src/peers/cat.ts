import { type Peer, sshWords } from "./peer.ts";

/** `cat | ssh`: only the bytes of one file, the minimum cost of a single file. */
export const cat: Peer = {
  name: "cat",
  preserves: false,
  shapes: ["file"],
  problem: async () => undefined,
  command: (transfer) => {
    const { source, destination, access, direction } = transfer;
    const ssh = `${sshWords(transfer).join(" ")} ${access.host}`;
    const line =
      direction === "up" ? `cat ${source} | ${ssh} "cat > ${destination}"` : `${ssh} "cat ${source}" > ${destination}`;
    return { argv: ["sh", "-c", line] };
  },
};
