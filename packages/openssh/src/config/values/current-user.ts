import { homedir, userInfo } from "node:os";
import { env, getuid } from "node:process";
import { findUser } from "./system-users.ts";

/**
 * Returns the name and the home of the user that runs this process, from the user database as ssh does. If the database
 * does not contain the user, as in some containers, both come from the environment.
 */
export async function currentUser(): Promise<{ readonly name: string; readonly home: string }> {
  // Bun 1.4 reads name and home from the environment and calls the user "unknown" without USER.
  const listed = getuid === undefined ? undefined : await findUser({ uid: getuid() });
  if (listed !== undefined) return listed;
  try {
    const { username, homedir: home } = userInfo();
    return { name: username, home };
  } catch {
    return { name: env.USER ?? env.USERNAME ?? "", home: homedir() };
  }
}
