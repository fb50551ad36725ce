import type { Stats } from "node:fs";
import { isPrivateGroup } from "../values/system-users.ts";

/**
 * Returns whether a configuration file may be trusted: it belongs to this user or to root, and nobody else can write to
 * it. A group with no other member than the owner may have write permission (Debian's `ssh` allows this, and its users
 * have umask 002).
 *
 * @param uid this user; negative if the system has no user numbers, and then every file is trusted
 */
export async function isTrustedFile(stats: Stats, uid: number): Promise<boolean> {
  if (uid < 0) return true;
  if ((stats.uid !== 0 && stats.uid !== uid) || (stats.mode & 0o002) !== 0) return false;
  return (stats.mode & 0o020) === 0 || isPrivateGroup(stats.gid, uid);
}
