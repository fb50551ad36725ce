import { type OptionRow, optionTable } from "./option-table.ts";

/** The text of docs/cli/options.md. A test holds the file to it. */
export function optionsDocument(): string {
  const documented = optionTable.filter((row) => row.state !== "scpkit only" && row.hidden !== true);
  const hidden = optionTable.filter((row) => row.hidden === true);
  const own = optionTable.filter((row) => row.state === "scpkit only");
  return `# Options

This page is generated from \`apps/cli/src/command-line/option-table.ts\`. To update it, run
\`SCPKIT_UPDATE_DOCS=1 node --import tsx --test apps/cli/test/options-document.test.ts\`.

The column "to ssh" shows what an option adds to the arguments of the program that \`-S\` names, in the order of the command line.
The column "to the remote scp" shows what it adds to the command that runs on the remote host. The column "state" compares
scpkit with OpenSSH 10.5.

## Options of scp(1)

${table(documented)}

## Undocumented options of scp

${table(hidden)}

## Options of scpkit

${table(own)}

\`scpkit completion bash|zsh|fish\` prints a completion script, \`scpkit serve DIR\` starts a server, and \`scpkit clean [DIR ...]\`
removes files that interrupted transfers have left. These commands are recognized only as the first word; see [differences](differences.md).
`;
}

function table(rows: readonly OptionRow[]): string {
  const cells = rows.map((row) => [
    code(row.argument === undefined ? row.flag : `${row.flag} ${row.argument}`),
    row.description,
    row.sshNote ?? (row.ssh === undefined ? "" : code(row.ssh.join(" ").replace("%s", row.argument ?? ""))),
    row.remote === undefined ? "" : code(row.remote),
    row.state,
  ]);
  const lines = [["option", "meaning", "to ssh", "to the remote scp", "state"], Array(5).fill("---"), ...cells];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
