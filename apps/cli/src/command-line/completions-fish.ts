import { type OptionCompletion, visibleOptions } from "./option-table.ts";
import { type Subcommand, subcommands } from "./subcommand-table.ts";

/** Returns the completion script for fish 3 or newer. */
export function fishCompletion(): string {
  const names = subcommands.map(({ name }) => name);
  const options = visibleOptions.map((row) => optionLine("__scpkit_copies", row));
  return `# fish completion for scpkit: scpkit completion fish | source
function __scpkit_hosts
    if functions -q __fish_print_hostnames
        __fish_print_hostnames
    end
end
function __scpkit_user
    # The user name before the host, or one empty line.
    string match -r '^[^@/]*@' -- (commandline -ct); or echo
end
function __scpkit_runs
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end
function __scpkit_copies
    not __scpkit_runs ${names.join(" ")}
end
function __scpkit_operands
    __scpkit_copies; and not string match -q -- "-*" (commandline -ct)
end
complete -c scpkit -n __scpkit_operands -a '(__scpkit_user)(__scpkit_hosts):' -d 'Remote host'
${subcommands.map(({ name, brief }) => `complete -c scpkit -n 'test (count (commandline -opc)) -eq 1' -a ${name} -d '${fishText(brief)}'`).join("\n")}
${options.join("\n")}
${subcommands.map(subcommandLines).join("\n")}
`;
}

function subcommandLines({ name, options, completion }: Subcommand): string {
  const condition = `'__scpkit_runs ${name}'`;
  const operands =
    completion === "directory" ? "'(__fish_complete_directories (commandline -ct))'" : `'${completion.join(" ")}'`;
  return [
    `complete -c scpkit -n ${condition} -f -a ${operands}`,
    ...options.map((option) => optionLine(condition, option)),
  ].join("\n");
}

function optionLine(
  condition: string,
  option: { flag: string; short?: string; argument?: string; description: string; completion?: OptionCompletion },
): string {
  const names = [option.flag, option.short ?? []]
    .flat()
    .map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return `complete -c scpkit -n ${condition} ${names.join(" ")}${fishArgument(option)} -d '${fishText(option.description)}'`;
}

function fishArgument({ argument, completion }: { argument?: string; completion?: OptionCompletion }): string {
  if (argument === undefined) return "";
  if (Array.isArray(completion)) return ` -x -a '${completion.join(" ")}'`;
  if (completion === "file") return " -r -F";
  if (completion === "command") return " -x -a '(__fish_complete_command)'";
  return completion === "host" ? " -x -a '(__scpkit_hosts)'" : " -x";
}

function fishText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
