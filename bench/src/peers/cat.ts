import { type Peer, sshWords } from "./peer.ts";

/** `cat | ssh`: the bytes of one file and nothing else, the least that a single file can cost. */
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
