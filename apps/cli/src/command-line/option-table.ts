/** Headings of the help, in its order. */
export type OptionGroup = "Copying" | "Connecting" | "Showing and limiting" | "Other";

/** What a completion offers as the option's argument. */
export type OptionCompletion = "file" | "command" | "host" | "none" | readonly string[];

/**
 * One option of the command line. Parsing, usage, help, completions, the man page and `docs/cli/options.md`
 * are made from this table.
 */
export interface OptionRow {
  /** `-c` or `--parallel`. */
  readonly flag: string;
  /** Name of its argument as in scp(1). Absent if it takes none. */
  readonly argument?: string;
  readonly group: OptionGroup;
  /** A few words for the help, at most 22 characters or so: a line of it has 79 columns. */
  readonly brief: string;
  /** One sentence without its full stop, for completions, the man page and the documentation. */
  readonly description: string;
  /** Words it adds to the argument list of the ssh program, in command-line order; `%s` stands for the argument. */
  readonly ssh?: readonly string[];
  /** Its effect on ssh where that is not a matter of adding words in order. */
  readonly sshNote?: string;
  /** What it adds to the scp command run on the other side. */
  readonly remote?: string;
  /** Compares it with OpenSSH's scp. */
  readonly state: string;
  /** @default "none" for options with an argument */
  readonly completion?: OptionCompletion;
  /** Options of other programs that mean the same. They are rejected, with this option as the suggestion. */
  readonly mistakenFor?: readonly string[];
  /** Undocumented in scp(1): accepted, shown in no help and no completion. */
  readonly hidden?: true;
}

const same = "as OpenSSH";

/** Every option, grouped, in the order in which the help shows them. */
export const optionTable: readonly OptionRow[] = [
  {
    flag: "-r",
    group: "Copying",
    brief: "whole directories",
    description: "Copy directories with everything in them; symbolic links are followed",
    remote: "-r",
    mistakenFor: ["--recursive", "-a"],
    state: `${same}; top-level names of a download are checked here too`,
  },
  {
    flag: "-p",
    group: "Copying",
    brief: "keep times and modes",
    description: "Preserve modification times, access times and mode bits",
    remote: "-p",
    mistakenFor: ["--preserve", "--times", "--archive"],
    state: same,
  },
  {
    flag: "-T",
    group: "Copying",
    brief: "accept any file name",
    description: "Do not check that the names a server sends are the names asked for",
    state: same,
  },
  {
    flag: "-3",
    group: "Copying",
    brief: "host to host, via here",
    description: "Copy between two remote hosts through this host, the default",
    state: `${same}, with progress, with the errors of both sides, and with names checked`,
  },
  {
    flag: "-R",
    group: "Copying",
    brief: "host to host, directly",
    description: "Copy between two remote hosts by running scp on the first of them",
    state: same,
  },
  {
    flag: "-O",
    group: "Copying",
    brief: "SCP protocol (always)",
    description: "Use the SCP protocol, which scpkit always does",
    state: `${same} -O; the protocol is SCP without it too`,
  },
  {
    flag: "-s",
    group: "Copying",
    brief: "SFTP: not supported",
    description: "Use the SFTP protocol: rejected, scpkit supports only the SCP protocol",
    state: "rejected with an error, unless a later -O overrides it",
  },
  {
    flag: "-D",
    argument: "sftp_server_path",
    group: "Copying",
    brief: "SFTP: not supported",
    description: "Run a local SFTP server instead of ssh: rejected, and ignored with -O",
    state: "rejected with an error; ignored with -O as in OpenSSH",
    completion: "command",
  },
  {
    flag: "-X",
    argument: "sftp_option",
    group: "Copying",
    brief: "SFTP tuning: ignored",
    description: "Tune the SFTP protocol (nrequests=N or buffer=N): checked, then ignored with a warning",
    state: "checked as OpenSSH does, then ignored with a warning",
    completion: ["nrequests=", "buffer="],
  },
  {
    flag: "--in-place",
    group: "Copying",
    brief: "overwrite, no 2nd copy",
    description:
      "Write received files over existing files, which needs no disk space for both; an interrupted copy leaves a partial file",
    state: "scpkit only",
  },
  {
    flag: "-P",
    argument: "port",
    group: "Connecting",
    brief: "port of the remote host",
    description: "Connect to this port or service name on the remote host",
    sshNote: "`-p port` after the others, unless the operand is a URI with a port",
    mistakenFor: ["--port"],
    state: same,
  },
  {
    flag: "-i",
    argument: "identity_file",
    group: "Connecting",
    brief: "private key to try",
    description: "Read the private key from this file; may be given several times",
    ssh: ["-i", "%s"],
    mistakenFor: ["--identity", "--key"],
    state: same,
    completion: "file",
  },
  {
    flag: "-J",
    argument: "destination",
    group: "Connecting",
    brief: "jump host, or a,b,c",
    description: "Connect through these jump hosts, separated by commas",
    ssh: ["-J", "%s"],
    mistakenFor: ["--jump"],
    state: same,
    completion: "host",
  },
  {
    flag: "-F",
    argument: "ssh_config",
    group: "Connecting",
    brief: "ssh_config to read",
    description: "Read this file instead of ~/.ssh/config and the system's",
    ssh: ["-F", "%s"],
    mistakenFor: ["--config"],
    state: same,
    completion: "file",
  },
  {
    flag: "-o",
    argument: "ssh_option",
    group: "Connecting",
    brief: "Key=value of ssh_config",
    description: "Set an option in the form of ssh_config(5), such as Port=2222",
    ssh: ["-o", "%s"],
    mistakenFor: ["--option"],
    state: `${same} for the options that scpkit's own connection knows, and for all with -S`,
  },
  {
    flag: "-c",
    argument: "cipher",
    group: "Connecting",
    brief: "cipher to use",
    description: "Encrypt with this cipher, or the first of this list that the server knows",
    ssh: ["-c", "%s"],
    mistakenFor: ["--cipher"],
    state: same,
  },
  {
    flag: "-S",
    argument: "program",
    group: "Connecting",
    brief: "connect with program",
    description: "Connect with this program, which takes ssh's options; -S ssh uses the system's ssh",
    sshNote: "the program itself",
    mistakenFor: ["--ssh", "--rsh", "-e"],
    state: `${same}; without it scpkit connects by itself instead of running ssh`,
    completion: "command",
  },
  {
    flag: "-4",
    group: "Connecting",
    brief: "IPv4 only",
    description: "Use IPv4 addresses only",
    ssh: ["-4"],
    mistakenFor: ["--ipv4"],
    state: same,
  },
  {
    flag: "-6",
    group: "Connecting",
    brief: "IPv6 only",
    description: "Use IPv6 addresses only",
    ssh: ["-6"],
    mistakenFor: ["--ipv6"],
    state: same,
  },
  {
    flag: "-A",
    group: "Connecting",
    brief: "forward the agent",
    description: "Let the remote host use this host's authentication agent",
    ssh: ["-A"],
    state: same,
  },
  {
    flag: "-B",
    group: "Connecting",
    brief: "never ask anything",
    description: "Batch mode: never ask for a password, a passphrase or a host key",
    ssh: ["-oBatchmode=yes"],
    mistakenFor: ["--batch"],
    state: same,
  },
  {
    flag: "-C",
    group: "Connecting",
    brief: "compress",
    description: "Compress what goes over the connection",
    ssh: ["-C"],
    mistakenFor: ["--compress", "-z"],
    state: same,
  },
  {
    flag: "-l",
    argument: "limit",
    group: "Showing and limiting",
    brief: "at most limit kbit/s",
    description: "Use at most this many kbit/s (1 to 104857600)",
    mistakenFor: ["--limit", "--bwlimit"],
    state: same,
  },
  {
    flag: "--parallel",
    argument: "count",
    group: "Showing and limiting",
    brief: "parallel uploads",
    description: "Upload trees with this many remote commands at once (1 to 100); more than ten use two connections",
    mistakenFor: ["--jobs", "--transfers"],
    state: "scpkit only",
  },
  {
    flag: "-q",
    group: "Showing and limiting",
    brief: "no progress or warnings",
    description: "Show no progress, and no warnings of the connection",
    ssh: ["-q"],
    mistakenFor: ["--quiet", "--silent"],
    state: same,
  },
  {
    flag: "-v",
    group: "Showing and limiting",
    brief: "log more; up to -vvv",
    description: "Log what is being done; up to three times for more detail",
    ssh: ["-v"],
    remote: "-v",
    mistakenFor: ["--verbose", "--debug"],
    state: same,
  },
  {
    flag: "--progress",
    argument: "mode",
    group: "Showing and limiting",
    brief: "bar|plain|json|none",
    description: "Show progress as a meter, as plain lines, as JSON lines, or not at all",
    state: "scpkit only",
    completion: ["auto", "bar", "plain", "json", "none"],
  },
  {
    flag: "--help",
    group: "Other",
    brief: "show this",
    description: "Show the options and exit",
    mistakenFor: ["-h", "-?", "--usage"],
    state: "scpkit only",
  },
  {
    flag: "--version",
    group: "Other",
    brief: "show the version",
    description: "Show the version and exit",
    mistakenFor: ["-V"],
    state: "scpkit only",
  },
  {
    flag: "-1",
    group: "Other",
    brief: "",
    description: "SSH protocol 1: refused, exit status 255",
    state: same,
    hidden: true,
  },
  {
    flag: "-2",
    group: "Other",
    brief: "",
    description: "SSH protocol 2: accepted and ignored",
    state: same,
    hidden: true,
  },
  {
    flag: "-d",
    group: "Other",
    brief: "",
    description: "The target has to be a directory; implied by more than one source",
    remote: "-d",
    state: same,
    hidden: true,
  },
  {
    flag: "-f",
    group: "Other",
    brief: "",
    description: "Run by another scp on its remote side: send the files named",
    remote: "-f",
    state: same,
    hidden: true,
  },
  {
    flag: "-t",
    group: "Other",
    brief: "",
    description: "Run by another scp on its remote side: receive into the target named",
    remote: "-t",
    state: same,
    hidden: true,
  },
];

/** The options that help, completions and man page show. */
export const visibleOptions: readonly OptionRow[] = optionTable.filter((row) => row.hidden !== true);

/** The row of `flag` (`-c`, `--parallel`), or `undefined` for an option that does not exist. */
export function findOption(flag: string): OptionRow | undefined {
  return optionTable.find((row) => row.flag === flag);
}
