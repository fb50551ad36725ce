import { type OptionRow, visibleOptions } from "./option-table.ts";
import { synopsisWords } from "./usage.ts";

/**
 * The manual page scpkit(1), in the man(7) language of troff.
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
    ".br",
    ".B scpkit completion",
    ".RB [ bash | zsh | fish ]",
    ".br",
    ".B scpkit serve",
    ".RI [ options ] \\& DIR",
    ".br",
    ".B scpkit clean",
    ".RI [ options ] \\& [ DIR \\& ...]",
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
    "writes one JSON object per line, described in docs/progress-json.md.",
    ".SH CLEANING UP",
    "A file is received under the name",
    ".RI .scpkit\\- UUID .tmp",
    "and renamed when it is whole. A transfer that was killed may leave one behind.",
    ".B scpkit clean",
    "removes those in the directories named, or in the current one, that nobody has written to for a day,",
    "and nothing else;",
    ".B \\-r",
    "looks below as well,",
    ".B \\-n",
    "only tells, and",
    ".B \\-\\-older\\-than",
    ".I 12h",
    "takes another time. No symbolic link is followed.",
    ".SH EXIT STATUS",
    "0 when everything arrived, 1 when anything failed or the command line made no sense,",
    "255 for a bad argument of",
    ".BR \\-P ,",
    ".B \\-X",
    "or",
    ".BR \\-1 ,",
    "for SFTP options, for braces in a remote path that do not pair, and for a target port with",
    ".BR \\-R .",
    ".SH SEE ALSO",
    ".BR scp (1),",
    ".BR ssh (1),",
    ".BR ssh_config (5),",
    ".BR ssh\\-agent (1)",
  ].join("\n")}\n`;
}

function option(row: OptionRow): string[] {
  const argument = row.argument === undefined ? "" : ` " " "${text(row.argument)}"`;
  const heading = row.argument === undefined ? `.B ${text(row.flag)}` : `.BI "${text(row.flag)}"${argument}`;
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
