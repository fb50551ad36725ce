import { type ConnectionNames, connectionTokens } from "./connection-tokens.ts";
import { checkName } from "./values/check-name.ts";
import { expandTokens } from "./values/expand.ts";
import { expandAt } from "./values/expand-at.ts";
import type { LocalEnvironment } from "./values/local-environment.ts";
import type { Settings } from "./values/settings.ts";

/**
 * Returns the user to log in as, as far as the settings determine it.
 *
 * A user from a file may contain tokens and variables, except `%r` and `%C`, which contain the user (OpenSSH 10). A
 * user from the command line is used unchanged.
 *
 * @throws {SshConfigError} if the value cannot be expanded, or is not a valid user name
 */
export async function loginUser(
  settings: Settings,
  local: LocalEnvironment,
  names: Omit<ConnectionNames, "user">,
): Promise<string> {
  const setting = settings.get("user");
  if (setting === undefined) return local.localUser;
  const [written = ""] = setting.values;
  const { r: _user, C: _hash, ...tokens } = connectionTokens(local, { ...names, user: "" });
  const isCommandLine = setting.origin.line === 0;
  const user = isCommandLine ? written : await expandAt(setting.origin, () => expandTokens(written, tokens, local.env));
  checkName("user", user);
  return user;
}
