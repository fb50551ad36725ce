import type { ScpTransport } from "@scpkit/core";

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
      const connection = started <= room ? first : await unlessAborted(second, options?.signal);
      return await connection.exec(command, options);
    },
  };
}

/** A connection may take long to fail; nobody waits for it who is no longer needed. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    promise.then(resolve, reject);
  });
}
