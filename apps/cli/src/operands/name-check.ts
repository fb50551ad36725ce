import type { ScpName } from "@scpkit/codec";
import { BracePatternError, braceExpand } from "./brace-expand.ts";
import { compilePattern } from "./fnmatch.ts";
import { shellPatterns, unknownText } from "./shell-patterns.ts";

/**
 * Makes the check of the names that a server sends in answer to `remotePath`: the returned function says whether
 * a name of the top level was asked for. It counts: call it once for each name that arrives, with and without `-r`.
 *
 * Accepted is what OpenSSH's scp accepts, which takes the path for a pattern (braces, then fnmatch(3), of the last component), but no
 * hidden file for a pattern that does not begin with a dot. Accepted is also what a POSIX shell makes of it: `'sp ace'` accepts `sp ace`, `a b` accepts both. Text that only the remote shell knows
 * (`$x`, `$(cmd)`, a bare `~`) is not guessed when it is part of the last component: nothing but the pattern's own text is
 * accepted, as in OpenSSH, and the user needs `-T`. A name arrives once, unless its directory is a pattern or it was asked for twice.
 *
 * @throws {BracePatternError} unbalanced braces or brackets; OpenSSH ends with status 255 over it
 */
export function createNameCheck(remotePath: string): (name: ScpName) => boolean {
  const words = shellPatterns(remotePath);
  const shell = (words ?? []).flatMap(braceExpand).map((path) => toRequest(path, unquote(path)));
  const text = expandAsText(remotePath, words === undefined).map((path) => toRequest(path, path));
  const arrived = new Map<string, number>();
  return (name) => {
    const allowed = count(shell, name.text) || count(text, name.text);
    if (!Number.isFinite(allowed) || allowed === 0) return allowed > 0;
    const key = Buffer.from(name.bytes).toString("latin1");
    const times = (arrived.get(key) ?? 0) + 1;
    arrived.set(key, times);
    return times <= allowed;
  };
}

interface Request {
  readonly matches: (name: string) => boolean;
  /** How often a name may come of it: more than once when its directory may stand for several. */
  readonly times: number;
}

function toRequest(path: string, plain: string): Request {
  const last = lastComponent(path);
  const literal = lastComponent(plain);
  const pattern = compilePattern(last);
  const directory = path.replace(/\/+$/, "").replace(/[^/]*$/, "");
  // No shell lets a pattern stand for the dot that hides a file. OpenSSH calls fnmatch(3) without FNM_PERIOD, so it does.
  const isDotted = /^\\?\./.test(last);
  const many = directory.includes(unknownText) || /[*?[]/.test(directory.replaceAll(/\\./gs, ""));
  return {
    matches: last.includes(unknownText)
      ? () => false
      : (name) => name === literal || ((isDotted || !name.startsWith(".")) && pattern(name)),
    times: many ? Number.POSITIVE_INFINITY : 1,
  };
}

function count(requests: readonly Request[], name: string): number {
  let times = 0;
  for (const request of requests) {
    if (request.matches(name)) times += request.times;
  }
  return times;
}

/**
 * OpenSSH's reading, and the path as it stands, for a server whose shell expands nothing. Where the shell's reading makes
 * sense of the path, this one need not: quotes mean nothing to it.
 */
function expandAsText(path: string, required: boolean): string[] {
  try {
    return [...new Set([...braceExpand(path), path])];
  } catch (error) {
    if (error instanceof BracePatternError && !required) return [path];
    throw error;
  }
}

/** A source strips trailing slashes before it takes the last component for the name. */
function lastComponent(path: string): string {
  return path.replace(/\/+$/, "").replace(/^.*\//s, "");
}

function unquote(pattern: string): string {
  return pattern.replaceAll(/\\(.)/gs, "$1");
}
