import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";

const script = fileURLToPath(new URL("sftp-client-run.mjs", import.meta.url));

/**
 * `ssh2-sftp-client`, what Node programs use today, with the methods its manual calls the fast ones and its default of ten files at a time.
 * It keeps neither modes nor times of a tree.
 */
export const sftpClient: Peer = {
  name: "sftp-client",
  preserves: false,
  shapes: ["file", "tree"],
  problem: async () => undefined,
  command: (transfer) => ({ argv: [process.execPath, script, JSON.stringify(transfer)] }),
};
