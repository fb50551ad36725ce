import { checkName } from "./check-name.ts";
import { findUser } from "./system-users.ts";

/** The values of the tokens, by the letter after `%`. */
export type ExpandTokens = Readonly<Record<string, string>>;

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The tokens that are names. They are checked at each use, wherever they come from. */
const nameTokens: Readonly<Record<string, "host" | "user">> = {
  L: "host",
  h: "host",
  j: "host",
  k: "host",
  l: "host",
  n: "host",
  r: "user",
  u: "user",
};

/** Thrown if text cannot be expanded. */
export class ExpandError extends Error {
  override readonly name = "ExpandError";
}

/**
 * Replaces `%x` with its token and, with `environment`, `${NAME}` with that variable. `%%` is a percent sign.
 *
 * @throws {ExpandError} if a token is unknown, a variable is not set, or one of them is truncated
 * @throws {SshConfigError} if the value of a token is not a valid host or user name, as it must be
 */
export function expandTokens(text: string, tokens: ExpandTokens, environment?: Environment): string {
  const marks = environment === undefined ? /%(.?)/gs : /%(.?)|\$\{([^}]*)(\}?)/gs;
  return text.replace(marks, (_whole, token: string | undefined, name: string, end: string) => {
    if (token === undefined) return variable(name, end, environment ?? {});
    if (token === "%") return "%";
    if (token === "") throw new ExpandError('A "%" at the end is incomplete');
    const value = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
    if (value === undefined) throw new ExpandError(`The token ${JSON.stringify(`%${token}`)} is unknown here`);
    const kind = nameTokens[token];
    // `%j` is empty without a jump host.
    if (kind !== undefined && value !== "") checkName(kind, value);
    return value;
  });
}

/**
 * Replaces only `${NAME}`.
 *
 * @throws {ExpandError} if a variable is not set, or the brace is not closed
 */
export function expandVariables(text: string, environment: Environment): string {
  return text.replace(/\$\{([^}]*)(\}?)/gs, (_whole, name, end) => variable(name, end, environment));
}

function variable(name: string, end: string, environment: Environment): string {
  if (end === "" || name === "") throw new ExpandError('A "${" needs a name and a closing brace');
  const value = environment[name];
  if (value === undefined) throw new ExpandError(`The environment variable ${JSON.stringify(name)} is not set`);
  return value;
}

/**
 * Replaces a leading `~` with `home` and a leading `~name` with the home of that user. Slashes after it become one.
 *
 * @throws {ExpandError} if there is no such user
 */
export async function expandTilde(path: string, home: string): Promise<string> {
  const match = /^~([^/]*)\/*(.*)$/s.exec(path);
  if (match === null) return path;
  const [, name = "", rest = ""] = match;
  const base = name === "" ? home : (await findUser({ name }))?.home;
  if (base === undefined) throw new ExpandError(`There is no user ${JSON.stringify(name)}`);
  return base.endsWith("/") ? `${base}${rest}` : `${base}/${rest}`;
}
