import type { ScpTransport } from "@scpkit/core";
import { raceAbort } from "@scpkit/core/engine";

/**
 * Joins two connections to one transport: the first `room` commands run on the first connection, all others on the second one.
 */
export function joinConnections(first: ScpTransport, room: number, second: Promise<ScpTransport>): ScpTransport {
  let started = 0;
  return {
    peerIdentification: first.peerIdentification,
    async exec(command, options) {
      started += 1;
      if (started <= room) return await first.exec(command, options);
      // The second connection may take long to fail.
      const connection = await (options?.signal === undefined ? second : raceAbort(second, options.signal));
      return await connection.exec(command, options);
    },
  };
}
