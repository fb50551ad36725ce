import { type OptionRow, visibleOptions } from "./option-table.ts";
import { type Subcommand, subcommands } from "./subcommand-table.ts";
import { synopsisWords } from "./usage.ts";

/**
 * Returns the manual page scpkit(1), in the man(7) language of troff.
 *
 * @param version of scpkit
 */
export function manPage(version: string): string {
  return `${[
    `.TH SCPKIT 1 "" "scpkit ${text(version)}" "User Commands"`,
    ".ad l",
    ".SH NAME",
    "scpkit \\- copy files between hosts over SSH",
    ".SH SYNOPSIS",
    ".B scpkit",
    ...synopsisWords().map(synopsisLine),
    ...subcommands.flatMap(({ name, options, operands }) => [
      ".br",
      `.B scpkit ${name}`,
      ...(options.length === 0 ? [] : [".RI [ options ]"]),
      `.I ${text(operands)}`,
    ]),
    ".SH DESCRIPTION",
    "scpkit copies files between hosts with the SCP protocol, over SSH connections of its own or, with",
    ".BR \\-S ,",
    "of another program. It takes the options of",
    ".BR scp (1)",
    "and means the same by them.",
    ".PP",
    "A source or target is a local path, a remote one in the form",
    ".IR [user@]host:[path] ,",
    "or a URI in the form",
    ".IR scp://[user@]host[:port][/path] .",
    "An IPv6 address stands in brackets. A local name with a colon is written with a slash before it:",
    ".IR ./a:b .",
    "A remote path is read by the remote shell, which expands patterns and wants spaces quoted;",
    "without a leading slash it starts in the remote home directory.",
    ".PP",
    "Options end at the first operand. Of several options that contradict each other the last one counts.",
    ".SH OPTIONS",
    ...visibleOptions.flatMap(option),
    ".SH PROGRESS",
    "On a terminal each file has a line with its name, the part of it that has arrived, the amount, the rate and the time left.",
    "Several files on their way have a line each, and trees one for the whole. In the background nothing is drawn.",
    ".B \\-\\-progress=json",
    "writes one JSON object per line, described in docs/cli/progress-json.md.",
    ".SH COMMANDS",
    "A command is recognized only as the first word. To copy a local file of that name, write",
    ".I ./serve",
    "instead of",
    ".IR serve .",
    ...subcommands.flatMap(subcommand),
    ".SH EXIT STATUS",
    "0 when everything arrived, 1 when anything failed or the command line made no sense,",
    "255 for a bad argument of",
    ".BR \\-P ,",
    ".B \\-X",
    "or",
    ".BR \\-1 ,",
    "for SFTP options, for braces in a remote path that do not pair, and for a target port with",
    ".BR \\-R .",
    ".SH ENVIRONMENT",
    ...environment.flatMap(([name, description]) => [".TP", `.B ${text(name)}`, text(description)]),
    ".SH FILES",
    ...files.flatMap(([name, description]) => [".TP", `.I ${text(name)}`, text(description)]),
    ".SH EXAMPLES",
    ...examples.flatMap(([description, line]) => [
      ".PP",
      text(description),
      ".PP",
      ".nf",
      ".RS",
      text(line),
      ".RE",
      ".fi",
    ]),
    ".SH SEE ALSO",
    ".BR scp (1),",
    ".BR ssh (1),",
    ".BR ssh_config (5),",
    ".BR ssh\\-agent (1)",
  ].join("\n")}\n`;
}

/** Variables that the command reads, and what they mean. */
const environment: readonly (readonly [name: string, description: string])[] = [
  ["SSH_AUTH_SOCK", "Path of the socket of ssh-agent(1), unless IdentityAgent in the configuration names another one."],
  ["SHELL", "The shell that runs ProxyCommand and Match exec of the configuration (default: /bin/sh)."],
];

/** Files that the command reads or writes, and their purposes. */
const files: readonly (readonly [name: string, description: string])[] = [
  [
    "~/.ssh/config, /etc/ssh/ssh_config",
    "Configuration of connections, see ssh_config(5). The option -F names another file.",
  ],
  ["~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts", "Keys of known hosts. New keys are added to the first one."],
  ["~/.ssh/id_*", "Private keys that are tried unless the configuration or -i names others."],
  ["~/.ssh/authorized_keys", "Keys that may log in to a server of scpkit serve."],
  [
    ".scpkit-UUID.tmp",
    "A file that is being received, in the directory that it will be in. scpkit clean removes old ones.",
  ],
];

const examples: readonly (readonly [description: string, line: string])[] = [
  ["Copy a directory to a host, with times and modes:", "scpkit -rp site/ user@example.org:/srv/www"],
  ["Copy a file from a host through a jump host:", "scpkit -J bastion.example.org app.internal:/var/log/app.log ."],
  ["Copy between two hosts:", "scpkit one.example.org:backup.tar two.example.org:"],
  ["Follow the progress in a program:", "scpkit --progress=json -r tree example.org: | jq ."],
  ["Receive files in a directory for a while:", "scpkit serve --write-only --port 2222 uploads"],
  ["Complete the command line in bash:", "source <(scpkit completion bash)"],
];

function subcommand({ name, operands, options, description, remark }: Subcommand): string[] {
  return [
    `.SS "scpkit ${name}${options.length === 0 ? "" : " [options]"} ${text(operands)}"`,
    text(description),
    ...options.flatMap(({ flag, short, argument, description: meaning }) => {
      const flags = short === undefined ? flag : `${short}, ${flag}`;
      return option({ flag: flags, description: meaning, ...(argument !== undefined && { argument }) });
    }),
    ...(remark === undefined ? [] : [".PP", text(remark)]),
  ];
}

function option(row: Pick<OptionRow, "flag" | "argument" | "description">): string[] {
  const argument = row.argument === undefined ? "" : ` " " "${text(row.argument)}"`;
  const heading = row.argument === undefined ? `.B "${text(row.flag)}"` : `.BI "${text(row.flag)}"${argument}`;
  return [".TP", heading, `${text(row.description)}.`];
}

function synopsisLine(word: string): string {
  const match = /^\[(-\S+) (\S+)\]$/.exec(word);
  if (match !== null) return `.RB [ "${text(match[1] ?? "")}" " \\fI${text(match[2] ?? "")}\\fR" ]`;
  return word.startsWith("[") ? `.RB [ "${text(word.slice(1, -1))}" ]` : `.I ${text(word)}`;
}

function text(plain: string): string {
  return plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("~", "\\(ti")
    .replace(/^([.'])/, "\\&$1");
}
