import { parsePort } from "./service-port.ts";

/** An operand on another host. Its port is that of its URI, or that of `-P`, where it is not `undefined`. */
export type RemoteOperand = Extract<Operand, { readonly type: "remote" }>;

/** A source or target as the command line gives it. */
export type Operand =
  | { readonly type: "local"; readonly path: string }
  | {
      readonly type: "remote";
      /** Absent: whatever ssh_config or the system says. */
      readonly user: string | undefined;
      /** Without brackets; may be empty, and may have an IPv6 scope (`fe80::1%eth0`). */
      readonly host: string;
      /** From a URI only: it takes precedence over `-P`. */
      readonly port: number | undefined;
      /** As it goes into the command, to be read by the remote shell; `.` when the operand has none. */
      readonly path: string;
    };

/** An operand that cannot be used. `message` is OpenSSH's line for it: to be shown without the program's name. */
export class OperandError extends Error {
  override readonly name = "OperandError";
  /** What to write instead. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** How operands are read on this system. */
export interface OperandOptions {
  /** Take `C:\x`, `C:/x` and `C:` for local paths. @default process.platform === "win32" */
  readonly windows?: boolean | undefined;
}

/**
 * Tells local paths from remote ones, with the rules of scp(1).
 *
 * `scp://[user[;parameters]@]host[:port][/path]` is a URI: user and path are percent-decoded, `+` is a space, `scp://h/x` is relative to
 * the home directory and `scp://h//x` is not. Otherwise the first colon ends the host, unless it comes first or after
 * a slash (then the path is local) or inside `[…]`; the user is what precedes the last `@`.
 *
 * @throws {OperandError} a malformed URI. OpenSSH skips such a source and goes on with the next.
 */
export function parseOperand(text: string, options: OperandOptions = {}): Operand {
  if (text.startsWith("scp://")) return parseUri(text);
  const colon = findColon(text, options.windows ?? process.platform === "win32");
  if (colon < 0) return { type: "local", path: text };
  const where = text.slice(0, colon);
  const at = where.lastIndexOf("@");
  return {
    type: "remote",
    user: at > 0 ? where.slice(0, at) : undefined,
    host: where.slice(at + 1).replace(/^\[(.*)\]$/s, "$1"),
    port: undefined,
    path: text.slice(colon + 1) || ".",
  };
}

/** Whether `text` names something on another host, well formed or not. */
export function hasHost(text: string, options: OperandOptions = {}): boolean {
  return findColon(text, options.windows ?? process.platform === "win32") >= 0;
}

/**
 * OpenSSH's check of user names that could be taken for something else by a shell: for the user of every source, and for
 * the user of the target with `-R`.
 *
 * @throws {OperandError} it has a byte above 127, a quote, a backquote, a space or `#`
 */
export function checkUserName(user: string): void {
  if (/[^\0-\x7f]|['"` #]/.test(user)) {
    throw new OperandError(`${user}: invalid user name`, "Set the user with -o User=name, where any name is taken");
  }
}

/** Index of the colon that ends the host, or -1 for a local path. */
function findColon(text: string, windows: boolean): number {
  if (text.startsWith(":")) return -1;
  if (windows && /^[A-Za-z]:($|[\\/])/.test(text)) return -1;
  let bracket = text.startsWith("[");
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "@" && text[index + 1] === "[") bracket = true;
    if (character === "]" && text[index + 1] === ":" && bracket) return index + 1;
    if (character === ":" && !bracket) return index;
    if (character === "/" || (windows && character === "\\")) return -1;
  }
  return -1;
}

function parseUri(text: string): Operand {
  const invalid = new OperandError(
    `${text}: invalid uri`,
    "A URI is scp://[user@]host[:port][/path], with %XX for special characters",
  );
  // OpenSSH looks for the @ in the path too, so that scp://h/a@b goes to host b as user h/a.
  const match = /^scp:\/\/(?:([^@/]*)@)?(\[[^\]/]*\]|[^:/]*)(?::([^/]*))?(?:\/(.*))?$/s.exec(text);
  if (match === null) throw invalid;
  const [, rawUser, rawHost = "", rawPort, rawPath] = match;
  const user = rawUser === undefined ? undefined : decode(rawUser.replace(/;.*/s, ""));
  const host = uriHost(rawHost);
  const port = rawPort === undefined || (rawPort === "" && rawPath === undefined) ? undefined : parsePort(rawPort);
  const path = decode(rawPath ?? "");
  const badPort = port === undefined && rawPort !== undefined && !(rawPort === "" && rawPath === undefined);
  if (user === null || user === "" || host === undefined || badPort || path === null) throw invalid;
  return { type: "remote", user, host, port, path: path || "." };
}

function uriHost(text: string): string | undefined {
  if (text.startsWith("[")) {
    const match = /^\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:%(?:25)?([A-Za-z0-9._-]+))?\]$/.exec(text);
    if (match === null) return undefined;
    return match[2] === undefined ? match[1] : `${match[1]}%${match[2]}`;
  }
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*$/.test(text) ? text.replace(/\.$/, "") : undefined;
}

/** `%XX` and `+` decoded; `null`: malformed, a NUL, or bytes that are not UTF-8. */
function decode(text: string): string | null {
  if (/%00|%(?![0-9A-Fa-f]{2})/.test(text)) return null;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}
