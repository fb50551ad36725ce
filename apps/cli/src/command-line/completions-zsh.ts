import { type OptionCompletion, visibleOptions } from "./option-table.ts";
import { type Subcommand, subcommands } from "./subcommand-table.ts";

/** Returns the completion script for zsh 5 or newer, to be loaded with `source` or from a directory of `$fpath`. */
export function zshCompletion(): string {
  const specs = visibleOptions.map((row) => {
    const isRepeated = row.flag === "-v" || row.ssh?.includes("%s") === true;
    return `${isRepeated ? "*" : ""}${spec(row)}`;
  });
  return `#compdef scpkit
# zsh completion for scpkit: source <(scpkit completion zsh)
_scpkit_hosts() {
  compset -P '*@'
  _hosts -S:
}
_scpkit_operands() {
  _alternative 'files:file:_files' 'hosts:host:_scpkit_hosts'
}
_scpkit_first() {
  _alternative 'files:file:_files' 'hosts:host:_scpkit_hosts' \\
    'commands:command:((${subcommands.map(({ name, brief }) => `${name}\\:"${brief}"`).join(" ")}))'
}
_scpkit() {
  if (( CURRENT > 2 )); then
    case $words[2] in
${subcommands.map(subcommandCase).join("\n")}
    esac
  fi
  _arguments -s -S -A '-*' \\
${specs.map((text) => `    '${text}'`).join(" \\\n")} \\
    '1:file:_scpkit_first' \\
    '*:file:_scpkit_operands'
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _scpkit "$@"; else compdef _scpkit scpkit; fi
`;
}

function subcommandCase({ name, options, completion }: Subcommand): string {
  const operands = completion === "directory" ? "*:directory:_files -/" : `1:shell:(${completion.join(" ")})`;
  const specs = options.flatMap((option) => {
    const aliases = option.short === undefined ? [option.flag] : [option.short, option.flag];
    return aliases.map((flag) => spec({ ...option, flag }));
  });
  const words = [...specs, operands].map((text) => `'${text}'`).join(" \\\n          ");
  return `      ${name})
        shift words; (( CURRENT-- ))
        _arguments -s -S \\
          ${words}
        return
        ;;`;
}

function spec(option: { flag: string; argument?: string; description: string; completion?: OptionCompletion }): string {
  const { flag, argument, description } = option;
  if (argument === undefined) return `${flag}[${zshText(description)}]`;
  const action = zshAction(option.completion);
  return `${flag}${flag.startsWith("--") ? "=" : "+"}[${zshText(description)}]:${argument.replaceAll("_", " ")}:${action}`;
}

function zshAction(completion: OptionCompletion | undefined): string {
  if (Array.isArray(completion)) return `(${completion.join(" ")})`;
  if (completion === "file") return "_files";
  if (completion === "command") return "_command_names -e";
  return completion === "host" ? "_hosts" : " ";
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, "\\$&");
}
