import type { Environment } from "./values/expand.ts";
import { matchPattern } from "./values/pattern.ts";

/**
 * Returns the environment variables that the client sends to the server: those of `environment` that match a `SendEnv`
 * pattern, and those of `SetEnv`, which take precedence.
 *
 * As in OpenSSH (readconf.c, `oSendEnv` and `oSetEnv`; ssh.c and clientloop.c, `client_session2_setup`), a `SendEnv`
 * pattern that starts with `-` removes the earlier patterns that it matches, and the first of two equal names in
 * `SetEnv` takes precedence.
 *
 * @param sendEnv the arguments of all `SendEnv` lines, in order
 * @param setEnv `NAME=value` pairs, tokens and variables expanded
 */
export function sentEnvironment(
  sendEnv: readonly string[],
  setEnv: readonly string[],
  environment: Environment,
): Readonly<Record<string, string>> {
  let patterns: string[] = [];
  for (const pattern of sendEnv) {
    if (pattern.startsWith("-")) patterns = patterns.filter((earlier) => !matchPattern(earlier, pattern.slice(1)));
    else patterns.push(pattern);
  }
  const sent: [name: string, value: string][] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && patterns.some((pattern) => matchPattern(name, pattern))) sent.push([name, value]);
  }
  for (const pair of [...setEnv].reverse()) {
    const end = pair.indexOf("=");
    sent.push([pair.slice(0, end), pair.slice(end + 1)]);
  }
  return Object.fromEntries(sent);
}
