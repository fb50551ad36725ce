/** Counting files further than this does not change the choices made here. */
export const enoughToChooseBy = 400;

/** OpenSSH's server allows ten commands on one connection (MaxSessions). */
export const lanesPerConnection = 10;

/** Files that are worth the start of one more remote shell. */
const filesPerLane = 4;

/** A server that answers sooner is near: what a second connection costs is more than it saves. In ms. */
const nearMs = 15;

/** How many lanes send so many files over so many connections. */
export function chooseLanes(files: number, connections: number): number {
  return Math.max(1, Math.min(lanesPerConnection * connections, Math.ceil(files / filesPerLane)));
}

/**
 * Whether a second connection pays: every twenty files it saves a round trip, and costs a login beside the first one's and ten more
 * remote shells.
 *
 * @param answeredMs milliseconds to the server's first answer: one round trip, and its start
 */
export function secondConnectionPays(files: number, answeredMs: number): boolean {
  return answeredMs >= nearMs && files * answeredMs >= 2000;
}
