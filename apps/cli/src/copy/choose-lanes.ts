/** Number of entries above which the choices made here stay the same. */
export const enoughToChooseBy = 400;

/** OpenSSH's server allows ten commands on one connection (MaxSessions). */
export const lanesPerConnection = 10;

/** Entries for which one more remote command is worth its start: each entry costs a round trip. */
const entriesPerLane = 4;

/** Round trip below which a second connection costs more than it saves, in ms. */
const nearMs = 15;

/** Returns the number of remote commands that send this number of files and directories over this number of connections. */
export function chooseLanes(entries: number, connections: number): number {
  return Math.max(1, Math.min(lanesPerConnection * connections, Math.ceil(entries / entriesPerLane)));
}

/**
 * Returns whether a second connection isWorthwhile: it saves a round trip for every twenty files and directories, and costs a login beside the
 * first one's and ten more remote shells.
 *
 * @param answeredMs milliseconds to the server's first answer: one round trip, and its start
 */
export function isSecondConnectionWorthwhile(entries: number, answeredMs: number): boolean {
  return answeredMs >= nearMs && entries * answeredMs >= 2000;
}
