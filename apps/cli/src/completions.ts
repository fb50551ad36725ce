import { type OptionRow, visibleOptions } from "./option-table.ts";
import type { CompletionShell } from "./options.ts";

/** The script that completes scpkit's command line in `shell`: options, their arguments, local files and known hosts. */
export function completions(shell: CompletionShell): string {
  if (shell === "bash") return bash();
  return shell === "zsh" ? zsh() : fish();
}

/** Hosts of ssh_config and known_hosts, one per line. Hashed names cannot be shown. */
const listHosts = [
  "sed -n 's/^[[:space:]]*[Hh][Oo][Ss][Tt][[:space:]=][[:space:]]*//p' ~/.ssh/config 2>/dev/null |",
  "  tr ' \\t' '\\n\\n' | grep -v '[*?!]'",
  "sed -e '/^[|@#]/d' -e 's/[[:space:]].*//' -e 's/\\[\\([^]]*\\)\\]:[0-9]*/\\1/g' ~/.ssh/known_hosts 2>/dev/null | tr ',' '\\n'",
];

/** Options end at the first operand, so that after it only operands are offered. */
function bash(): string {
  const takers = visibleOptions.filter((row) => row.argument !== undefined);
  const cases = takers.flatMap((row) => {
    const action = bashAction(row);
    return action === undefined ? [] : [`    ${row.flag}) ${action}; return ;;`];
  });
  return `# bash completion for scpkit: source <(scpkit completion bash)
_scpkit_hosts() {
${listHosts.map((line) => `  ${line}`).join("\n")}
}
_scpkit_operands() {
  compopt -o nospace -o filenames 2>/dev/null
  local host
  COMPREPLY=($(compgen -f -- "$1"))
  if [[ $1 != */* ]]; then
    for host in $(compgen -W "$(_scpkit_hosts | sort -u)" -- "$1"); do COMPREPLY+=("$host:"); done
  fi
}
_scpkit() {
  local cur prev words cword index
  if declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref -n := cur prev words cword
  else
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  COMPREPLY=()
  for ((index = 1; index < cword; index++)); do
    case \${words[index]} in
    --) _scpkit_operands "$cur"; return ;;
    ${takers.map((row) => row.flag).join("|")}) ((++index)) ;;
    -?*) ;;
    *) _scpkit_operands "$cur"; return ;;
    esac
  done
  if ((index > cword)); then
    case $prev in
${cases.join("\n")}
    *) return ;;
    esac
  fi
  case $cur in
  --*=*) COMPREPLY=($(compgen -W "${longValues().join(" ")}" -- "$cur")) ;;
  -*) COMPREPLY=($(compgen -W "${visibleOptions.map((row) => row.flag).join(" ")}" -- "$cur")) ;;
  *) _scpkit_operands "$cur" ;;
  esac
}
complete -F _scpkit scpkit
`;
}

function bashAction(row: OptionRow): string | undefined {
  const { completion } = row;
  if (Array.isArray(completion)) return `COMPREPLY=($(compgen -W "${completion.join(" ")}" -- "$cur"))`;
  if (completion === "file") return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))`;
  if (completion === "command") return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -c -f -- "$cur"))`;
  if (completion === "host") return `COMPREPLY=($(compgen -W "$(_scpkit_hosts | sort -u)" -- "$cur"))`;
  return undefined;
}

function longValues(): string[] {
  return visibleOptions.flatMap((row) =>
    row.flag.startsWith("--") && Array.isArray(row.completion)
      ? row.completion.map((value) => `${row.flag}=${value}`)
      : [],
  );
}

function zsh(): string {
  const specs = visibleOptions.map((row) => {
    const repeated = row.flag === "-v" || row.ssh?.includes("%s") === true ? "*" : "";
    const glue = row.argument === undefined ? "" : row.flag.startsWith("--") ? "=" : "+";
    const argument = row.argument === undefined ? "" : `:${row.argument.replaceAll("_", " ")}:${zshAction(row)}`;
    return `    '${repeated}${row.flag}${glue}[${zshText(row.description)}]${argument}'`;
  });
  return `#compdef scpkit
# zsh completion for scpkit: save as _scpkit in a directory of $fpath
_scpkit_operands() {
  _alternative 'files:file:_files' 'hosts:host:_hosts -S:'
}
_scpkit() {
  _arguments -s -S -A '-*' \\
${specs.join(" \\\n")} \\
    '*:file:_scpkit_operands'
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _scpkit "$@"; else compdef _scpkit scpkit; fi
`;
}

function zshAction({ completion }: OptionRow): string {
  if (Array.isArray(completion)) return `(${completion.join(" ")})`;
  if (completion === "file") return "_files";
  if (completion === "command") return "_command_names -e";
  return completion === "host" ? "_hosts" : " ";
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, "\\$&");
}

function fish(): string {
  const options = visibleOptions.map((row) => {
    const name = row.flag.startsWith("--") ? `-l ${row.flag.slice(2)}` : `-s ${row.flag.slice(1)}`;
    return `complete -c scpkit ${name}${fishArgument(row)} -d '${fishText(row.description)}'`;
  });
  return `# fish completion for scpkit: scpkit completion fish | source
function __scpkit_hosts
    if functions -q __fish_print_hostnames
        __fish_print_hostnames
    end
end
complete -c scpkit -n 'not string match -q -- "-*" (commandline -ct)' -a '(__scpkit_hosts):' -d 'Remote host'
${options.join("\n")}
`;
}

function fishArgument({ argument, completion }: OptionRow): string {
  if (argument === undefined) return "";
  if (Array.isArray(completion)) return ` -x -a '${completion.join(" ")}'`;
  if (completion === "file") return " -r -F";
  if (completion === "command") return " -x -a '(__fish_complete_command)'";
  return completion === "host" ? " -x -a '(__scpkit_hosts)'" : " -x";
}

function fishText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
