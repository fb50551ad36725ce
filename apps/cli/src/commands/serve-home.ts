import { ScpRefusalError } from "@scpkit/middleware";

/**
 * The path within the served directory: `~`, `~/x` and, with their own name, `~ann/x` begin at its root, as a shell expands them for
 * an account whose home it is. The home of another user is refused.
 *
 * @param expanded whether a shell would expand `path`: what is quoted is a name like any other
 * @throws {ScpRefusalError} the home of another user
 */
export function expandHome(path: string, expanded: boolean, username: string): string {
  const [, user, rest = ""] = (expanded ? /^~([^/]*)(.*)$/s.exec(path) : null) ?? [];
  if (user === undefined) return path;
  if (user !== "" && user !== username) throw new ScpRefusalError("home", "Unknown user");
  return rest === "" ? "/" : rest;
}
