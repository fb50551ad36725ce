import type { ScpTransport } from "@scpkit/channel";

/**
 * One transport of two connections: the first commands run on the one, those that it has no room for on the other.
 *
 * @param room how many commands the first one runs
 */
export function joinConnections(first: ScpTransport, room: number, second: Promise<ScpTransport>): ScpTransport {
  let started = 0;
  return {
    peerIdentification: first.peerIdentification,
    async exec(command, options) {
      started += 1;
      const connection = started <= room ? first : await second;
      return await connection.exec(command, options);
    },
  };
}
