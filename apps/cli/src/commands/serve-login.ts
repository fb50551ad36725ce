import { isAuthorizedKey, type Ssh2LoginAttempt } from "@scpkit/ssh2/server";
import type { ServedUser } from "./serve-log.ts";

/** The users and keys that may log in. */
export interface LoginRules {
  readonly users: readonly string[];
  /** Reads the text of the `authorized_keys` file. */
  readonly readKeys: () => Promise<string>;
}

/**
 * Decides about a login. The work is the same for every name, so that the time of a refusal does not show which names exist.
 *
 * @returns `undefined`: refused
 * @throws {Error} the keys cannot be read, or others may have written them
 */
export async function logInServed(attempt: Ssh2LoginAttempt, rules: LoginRules): Promise<ServedUser | undefined> {
  const { username, remoteAddress } = attempt;
  const text = await rules.readKeys();
  const listed = attempt.method === "publickey" && isAuthorizedKey(attempt.publicKey, text);
  return listed && rules.users.includes(username) ? { username, remoteAddress } : undefined;
}
