import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";

const script = fileURLToPath(new URL("sftp-client-run.mjs", import.meta.url));

/**
 * `ssh2-sftp-client`, a common choice in Node programs, with the methods that its manual calls fast and its default of
 * ten files at a time. It preserves neither modes nor times of a tree.
 */
export const sftpClient: Peer = {
  name: "sftp-client",
  preserves: false,
  shapes: ["file", "tree"],
  problem: async () => undefined,
  command: (transfer) => ({ argv: [process.execPath, script, JSON.stringify(transfer)] }),
};
