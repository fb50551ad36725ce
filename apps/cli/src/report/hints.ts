import { ScpPeerError, ScpProtocolError, type ScpProtocolErrorCode } from "@scpkit/codec";

/** On which side the error message that a rule is about. */
type Side = "peer" | "local" | "any";

/** Describes the situation of an error, apart from the error itself. */
export interface HintContext {
  /** Whether the target must be a directory, as with several sources. @default false */
  readonly targetIsDirectory?: boolean;
}

/** What an error says about its cause. */
export interface HintSubject {
  /** As `errorCode` returns it. */
  readonly code: string | undefined;
  /** The words that are shown for the error. */
  readonly message: string;
}

interface Rule {
  readonly side: Side;
  /** Codes of the errors that the rule is about. @default every error */
  readonly codes?: readonly string[];
  /** What programs on the remote host print, where no code stands for it. @default any words */
  readonly words?: RegExp;
  /** Where the rule applies. @default everywhere */
  readonly when?: (context: HintContext) => boolean;
  readonly hint: string;
}

/** The first that fits gives the hint. */
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
    hint: "This server offers only SFTP, which scpkit does not support: use sftp there",
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
    hint: "-r copies directories; devices, sockets and FIFOs are not copied",
  },
  { side: "peer", codes: ["permission-denied"], hint: "Check what the remote account may read and write there" },
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
  { side: "any", codes: ["read-only"], hint: "Copy to a place that can be written to" },
  {
    side: "any",
    codes: ["not-directory"],
    when: ({ targetIsDirectory }) => targetIsDirectory === true,
    hint: "The target has to be a directory when there is more than one source",
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
    hint: "Make the directory first, or leave out the slash at the end: the target is a file then",
  },
  { side: "any", codes: ["is-directory"], hint: "-r copies directories" },
  { side: "local", codes: ["too-many-open"], hint: "Raise the limit with ulimit -n, or use a lower --parallel" },
  {
    side: "local",
    codes: ["ECONNREFUSED"],
    hint: "Check that an SSH server is running there, and its port (-P)",
  },
  {
    side: "local",
    codes: ["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"],
    hint: "Check the address and the network of this machine; -4 and -6 choose the address family",
  },
  { side: "local", codes: ["ETIMEDOUT"], hint: "Check the address, and whether a firewall drops the packets" },
  { side: "local", codes: ["own-copy"], hint: "Copy to a place outside of the directory" },
  { side: "any", words: /filename does not match request/, hint: "-T accepts whatever names the server sends" },
];

const protocolHints: Readonly<Partial<Record<ScpProtocolErrorCode, string>>> = {
  "unrequested-name": "If it is wanted, -T accepts whatever names the server sends",
  "unrequested-directory": "-r copies directories",
  "bad-name":
    "Ask for a directory by its name (for the home directory: -T 'host:$PWD'): a server that is asked for . or .. sends what no client accepts",
  "unexpected-eof": "Try again; -v shows where it ends",
  "missing-status":
    "Compare the file with the original: it has the announced size, but the other side did not confirm it",
};

/** What shells say about a path with a quote too many. */
const shellSyntax =
  /unexpected EOF while looking for matching|unterminated quoted string|unmatched ['"`]|syntax error/i;

/**
 * What to try about a remote command that failed, where its words tell more than its status.
 *
 * @param words what it wrote to standard error
 */
export function hintForCommand(words: string): string | undefined {
  if (!shellSyntax.test(words)) return undefined;
  return "The remote shell reads the path as well: put a backslash before quotes and other special characters in it";
}

/** Returns what to try about `error`, as far as its code or its words show the cause. */
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
