import { ScpPeerError, ScpProtocolError, type ScpProtocolErrorCode } from "@scpkit/codec";

/** On which side the error message that a rule is about. */
type Side = "peer" | "local" | "any";

/** Describes the situation of an error, apart from the error itself. */
export interface HintContext {
  /** Whether the target must be a directory, as with several sources. @default false */
  readonly targetIsDirectory?: boolean;
}

/** The parts of an error that show its cause. */
export interface HintSubject {
  /** As `errorCode` returns it. */
  readonly code: string | undefined;
  /** The message that is shown for the error. */
  readonly message: string;
}

interface Rule {
  readonly side: Side;
  /** Error codes that the rule applies to. @default every error */
  readonly codes?: readonly string[];
  /** Matches what programs on the remote host print where there is no error code. @default any message */
  readonly words?: RegExp;
  /** Where the rule applies. @default everywhere */
  readonly when?: (context: HintContext) => boolean;
  readonly hint: string;
}

/** The first rule that applies provides the hint. */
const rules: readonly Rule[] = [
  {
    side: "any",
    words:
      /\bscp: (command )?not found|command not found: scp|scp: No such file or directory"?$|scp.? is not recognized/,
    hint: "Install scp on the remote host, or put it into the PATH of its non-interactive shells",
  },
  {
    side: "any",
    words: /sftp connections only|sftp only|subsystem/i,
    hint: "The server supports only SFTP, which scpkit does not support: use sftp instead",
  },
  {
    side: "any",
    words: /account is (currently )?not available|nologin|restricted shell|not allowed to execute/i,
    hint: "The remote account may not run commands: use another account, or ask the server's owner",
  },
  {
    side: "peer",
    words: /ambiguous target/,
    hint: "The remote shell splits the target at spaces: quote it twice, as in host:'\"my file\"'",
  },
  {
    side: "peer",
    codes: ["not-found"],
    hint: "Check the remote path: without a leading slash it starts in the remote home directory",
  },
  { side: "local", codes: ["not-found"], hint: "Check the path, and that the directory to copy into exists" },
  {
    side: "any",
    codes: ["not-a-regular-file"],
    hint: "Pass -r to copy directories; devices, sockets and FIFOs cannot be copied",
  },
  { side: "peer", codes: ["permission-denied"], hint: "Check the permissions of the remote account on this path" },
  {
    side: "local",
    codes: ["permission-denied"],
    hint: "Check the owner and mode of the file and of the directory it is in",
  },
  {
    side: "peer",
    codes: ["no-space", "quota", "too-large"],
    hint: "Free disk space on the remote file system, or copy to another one",
  },
  {
    side: "local",
    codes: ["no-space", "quota", "too-large"],
    hint: "Free disk space at the destination, or copy to another file system; with --in-place, replacing a file needs no space for a second copy",
  },
  { side: "any", codes: ["read-only"], hint: "Choose a target on a writable file system" },
  {
    side: "any",
    codes: ["not-directory"],
    when: ({ targetIsDirectory }) => targetIsDirectory === true,
    hint: "Use an existing directory as the target of several sources",
  },
  {
    side: "any",
    codes: ["not-directory"],
    hint: "Check the path: each part before a slash must be a directory",
  },
  {
    side: "any",
    codes: ["is-directory"],
    words: /\/: Is a directory$/,
    hint: "Create the directory first, or omit the trailing slash to copy to a file",
  },
  { side: "any", codes: ["is-directory"], hint: "Pass -r to copy directories" },
  { side: "local", codes: ["too-many-open"], hint: "Raise the limit with ulimit -n, or use a lower --parallel" },
  {
    side: "local",
    codes: ["ECONNREFUSED"],
    hint: "Check that an SSH server is running on the host, and pass its port with -P",
  },
  {
    side: "local",
    codes: ["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"],
    hint: "Check the address and the network of this machine; pass -4 or -6 to choose the address family",
  },
  { side: "local", codes: ["ETIMEDOUT"], hint: "Check the address, and whether a firewall drops the packets" },
  { side: "local", codes: ["own-copy"], hint: "Choose a target outside the directory" },
  { side: "any", words: /filename does not match request/, hint: "Pass -T to accept any name that the server sends" },
];

const protocolHints: Readonly<Partial<Record<ScpProtocolErrorCode, string>>> = {
  "unrequested-name": "If you expect this name, pass -T to accept any name that the server sends",
  "unrequested-directory": "Pass -r to copy directories",
  "bad-name":
    "Name the directory (for the home directory: -T 'host:$PWD'): for . or .. the server sends a name that clients reject",
  "unexpected-eof": "Try again with -v to see where it ends",
  "missing-status":
    "Compare the file with the original: it has the announced size, but the other side did not confirm it",
};

/** Error messages of shells about an unmatched quote. */
const shellSyntax =
  /unexpected EOF while looking for matching|unterminated quoted string|unmatched ['"`]|syntax error/i;

/**
 * Returns a hint for a remote command that failed, if its output shows the cause.
 *
 * @param words its output on standard error
 */
export function hintForCommand(words: string): string | undefined {
  if (!shellSyntax.test(words)) return undefined;
  return "Put a backslash before quotes and other special characters of the path: the remote shell interprets it, too";
}

/** Returns a hint for `error`, if its code or message shows the cause. */
export function hintFor(error: unknown, subject: HintSubject, context: HintContext = {}): string | undefined {
  const fromPeer = error instanceof ScpPeerError || error instanceof ScpProtocolError;
  const rule = rules.find(
    ({ side, codes, words, when }) =>
      (side === "any" || (side === "peer") === fromPeer) &&
      (codes?.includes(subject.code ?? "") ?? true) &&
      (words?.test(subject.message) ?? true) &&
      (when?.(context) ?? true),
  );
  if (rule !== undefined) return rule.hint;
  if (!(error instanceof ScpProtocolError)) return undefined;
  if (error.noise)
    return "Change the remote login scripts so that they print nothing without a terminal; run ssh host true to check";
  return protocolHints[error.code];
}
