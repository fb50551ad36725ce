import type { OptionCompletion } from "./option-table.ts";

/** One option of a command such as `scpkit serve`. */
export interface SubcommandOption {
  /** `--port`, or a letter without a long form: `-o`. */
  readonly flag: string;
  /** A letter that means the same: `-r`. */
  readonly short?: string;
  /** Name of its argument. Absent: it takes none. */
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
      "Runs an SSH server for scp clients until it is interrupted. Clients log in with a key, see DIR as /, and can copy to and from DIR " +
      "and nowhere else. They can run nothing but scp. OpenSSH's scp needs -O, PuTTY's pscp needs -scp.",
    options: [
      { flag: "--port", argument: "N", description: "Listen on this port (default: any that is free)" },
      {
        flag: "--host",
        argument: "ADDR",
        description: "Listen on this address (default: 127.0.0.1, which only this machine reaches)",
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
      { flag: "--read-only", description: "Refuse uploads" },
      { flag: "--write-only", description: "Refuse downloads" },
      {
        flag: "--winscp",
        description:
          "Support WinSCP's SCP mode: clients can then list DIR and, without --read-only, make, rename and remove files and change " +
          "their modes",
      },
      {
        flag: "--max-connections",
        argument: "N",
        description: "Drop connections beyond this number at the same time (default: 128)",
      },
      {
        flag: "--max-depth",
        argument: "N",
        description: "Refuse uploads of more directories inside each other than this (default: 256)",
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
      "Standard output has one line for every login and every transfer, and for the first failures of a transfer. Old clients may need " +
      "-o KexAlgorithms=+diffie-hellman-group14-sha1 -o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa and an RSA key " +
      "as --host-key.",
  },
  {
    name: "clean",
    operands: "[DIR ...]",
    completion: "directory",
    brief: "remove what interrupted transfers left behind",
    description:
      "Removes what interrupted transfers have left in DIR (default: the current directory): regular files named .scpkit-UUID.tmp that " +
      "have not been written to for a day. Nothing else is touched, and no symbolic link is followed.",
    options: [
      { flag: "--recursive", short: "-r", description: "Look into the directories below, too" },
      { flag: "--dry-run", short: "-n", description: "Print what would be removed, and remove nothing" },
      {
        flag: "--older-than",
        argument: "TIME",
        description: "Remove files that have not been written to for this time: 90s, 10m, 12h or 2d (default: 1d)",
      },
      helpOption,
    ],
    remark:
      "Each removed file is printed on a line. A transfer that is still running writes to its file all the time: keep TIME longer than any " +
      "pause.",
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
  if (found === undefined) throw new Error(`There is no command ${name}`);
  return found;
}
