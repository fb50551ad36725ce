import type { OptionCompletion } from "./option-table.ts";

/** One option of a command such as `scpkit serve`. */
export interface SubcommandOption {
  /** `--port`, or a letter without a long form: `-o`. */
  readonly flag: string;
  /** A letter that means the same: `-r`. */
  readonly short?: string;
  /** Name of its argument. Absent: it has none. */
  readonly argument?: string;
  /** One sentence without its full stop. */
  readonly description: string;
  /** @default "none" for options with an argument */
  readonly completion?: OptionCompletion;
}

/** Names of the commands other than the copy. */
export type SubcommandName = "serve" | "clean" | "completion";

/** A command that is chosen by the first word. Parsing, help, completions and the man page are made from it. */
export interface Subcommand {
  readonly name: SubcommandName;
  /** As in a synopsis: `DIR`. */
  readonly operands: string;
  /** What a completion offers as an operand. */
  readonly completion: "directory" | readonly string[];
  /** A few words for lists. */
  readonly brief: string;
  /** Sentences that explain it. */
  readonly description: string;
  readonly options: readonly SubcommandOption[];
  /** Sentences after the options. */
  readonly remark?: string;
}

/** What `-o` of `scpkit serve` takes; the same as `sshdKeywords` of serve-sshd-options.ts, which loads the SSH library. */
const sshdKeywords: readonly string[] = [
  "Ciphers",
  "HostKeyAlgorithms",
  "KexAlgorithms",
  "MACs",
  "MaxStartups",
  "PerSourceMaxStartups",
  "PubkeyAcceptedAlgorithms",
  "StrictModes",
];

const helpOption: SubcommandOption = { flag: "--help", short: "-h", description: "Show this text and exit" };

/** Every command other than the copy. */
export const subcommands: readonly Subcommand[] = [
  {
    name: "serve",
    operands: "DIR",
    completion: "directory",
    brief: "run an SSH server for scp clients",
    description:
      "Runs an SSH server for scp clients until it is interrupted. Clients log in with a key, see DIR as /, and can only copy to and from DIR. " +
      "They cannot run commands other than scp. OpenSSH's scp needs -O, PuTTY's pscp needs -scp.",
    options: [
      { flag: "--port", argument: "N", description: "Listen on this port (default: a free port)" },
      {
        flag: "--host",
        argument: "ADDR",
        description: "Listen on this address (default: 127.0.0.1, for clients on this machine only)",
      },
      {
        flag: "--host-key",
        argument: "FILE",
        description:
          "Read the server's private key, without a passphrase, from this file (default: a new key for this run)",
        completion: "file",
      },
      {
        flag: "--authorized-keys",
        argument: "FILE",
        description: "Read the keys that may log in, one per line, from this file (default: ~/.ssh/authorized_keys)",
        completion: "file",
      },
      {
        flag: "--user",
        argument: "NAME",
        description: "Accept this user name; may be given several times (default: the current user)",
      },
      { flag: "--read-only", description: "Reject uploads" },
      { flag: "--write-only", description: "Reject downloads" },
      {
        flag: "--winscp",
        description:
          "Support WinSCP's SCP mode: clients can then list DIR and, without --read-only, create, rename and remove files and change " +
          "their modes",
      },
      {
        flag: "--max-connections",
        argument: "N",
        description: "Accept this many connections at the same time, and drop further ones (default: 128)",
      },
      {
        flag: "--max-depth",
        argument: "N",
        description: "Reject uploads with more levels of directories than this (default: 256)",
      },
      {
        flag: "-o",
        argument: "KEYWORD=VALUE",
        description:
          "Set an option as in sshd_config(5); may be given several times. The keywords are " +
          `${sshdKeywords.slice(0, -1).join(", ")} and ${sshdKeywords.at(-1)}`,
        completion: sshdKeywords.map((keyword) => `${keyword}=`),
      },
      helpOption,
    ],
    remark:
      "The log on standard output has one line for each login, for each transfer, and for each of the first failures of a " +
      "transfer. Old clients may need " +
      "-o KexAlgorithms=+diffie-hellman-group14-sha1 -o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa and an RSA key " +
      "as --host-key.",
  },
  {
    name: "clean",
    operands: "[DIR ...]",
    completion: "directory",
    brief: "remove temporary files of interrupted transfers",
    description:
      "Removes files that interrupted transfers have left in DIR (default: the current directory): regular files named .scpkit-UUID.tmp that " +
      "have not been written to for a day. Nothing else is touched, and no symbolic link is followed.",
    options: [
      { flag: "--recursive", short: "-r", description: "Look into subdirectories, too" },
      { flag: "--dry-run", short: "-n", description: "Print the files that would be removed, but remove nothing" },
      {
        flag: "--older-than",
        argument: "TIME",
        description: "Remove files that have not been written to for this time: 90s, 10m, 12h or 2d (default: 1d)",
      },
      helpOption,
    ],
    remark:
      "Each removed file is printed on a line. A running transfer writes to its file all the time: choose a TIME that is longer than any " +
      "pause in it.",
  },
  {
    name: "completion",
    operands: "bash|zsh|fish",
    completion: ["bash", "zsh", "fish"],
    brief: "print a completion script",
    description: "Prints the script that completes the command line of scpkit in this shell.",
    options: [],
  },
];

/** Returns the command of that name. */
export function findSubcommand(name: SubcommandName): Subcommand {
  const found = subcommands.find((subcommand) => subcommand.name === name);
  if (found === undefined) throw new Error(`Unknown command ${name}`);
  return found;
}
