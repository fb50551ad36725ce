import { type OptionCompletion, visibleOptions } from "./option-table.ts";
import { type Subcommand, subcommands } from "./subcommand-table.ts";

/** An option as the completion knows it. */
interface Completed {
  readonly flag: string;
  readonly argument?: string;
  readonly completion?: OptionCompletion;
}

/**
 * Returns the completion script for bash 3.2 or newer. It needs nothing of the package bash-completion.
 *
 * bash splits words at the characters of COMP_WORDBREAKS, `=`, `:` and `@` among them, and replaces only the last piece.
 * `_scpkit_words` joins the pieces again, and `_scpkit` takes the part that bash does not replace off each reply.
 */
export function bashCompletion(): string {
  const takers = visibleOptions.filter((row) => row.argument !== undefined).map((row) => row.flag);
  return `# bash completion for scpkit: source <(scpkit completion bash)
_scpkit_hosts() {
  # The hosts of ssh_config and known_hosts, one per line. Hashed names cannot be shown.
  sed -n 's/^[[:space:]]*[Hh][Oo][Ss][Tt][[:space:]=][[:space:]]*//p' ~/.ssh/config 2>/dev/null |
    tr ' \\t' '\\n\\n' | grep -v '[*?!]'
  sed -e '/^[|@#]/d' -e 's/[[:space:]].*//' -e 's/\\[\\([^]]*\\)\\]:[0-9]*/\\1/g' ~/.ssh/known_hosts 2>/dev/null |
    tr ',' '\\n'
}
_scpkit_offer() {
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}
_scpkit_paths() {
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
_scpkit_operands() {
  local file host hosts= user=
  [[ $cur == *@* ]] && user=\${cur%%@*}@
  [[ $cur == */* ]] || hosts=$(compgen -W "$(_scpkit_hosts | sort -u)" -- "\${cur#"$user"}")
  if [[ ! $hosts ]]; then _scpkit_paths -f; return; fi
  # Not as file names: bash would quote the colon after a host.
  compopt -o nospace 2>/dev/null
  for host in $hosts; do COMPREPLY+=("$user$host:"); done
  for file in $(compgen -f -- "$cur"); do
    [[ -d $file ]] && file+=/
    COMPREPLY+=("$(printf %q "$file")")
  done
}
_scpkit_words() {
  local index word rest line=\${COMP_LINE:0:COMP_POINT}
  for ((index = 0; index <= COMP_CWORD; index++)); do
    rest=\${line#"\${line%%[![:space:]]*}"} word=\${COMP_WORDS[index]}
    [[ $rest == "$word"* ]] || word=$rest
    if ((index == 0)) || [[ $rest != "$line" ]]; then words+=("$word"); else words[\${#words[@]}-1]+=$word; fi
    line=\${rest#"$word"}
  done
  cword=$((\${#words[@]} - 1)) cur=\${words[\${#words[@]}-1]} last=$word
}
_scpkit_copy() {
  local index
  for ((index = 1; index < cword; index++)); do
    case \${words[index]} in
    --) _scpkit_operands; return ;;
    ${takers.join("|")}) ((++index)) ;;
    -?*) ;;
    *) _scpkit_operands; return ;;
    esac
  done
  if ((index > cword)); then
${argumentCase(visibleOptions, 4)}
    return
  fi
  case $cur in
${longCases(visibleOptions, 2)}
  -*) _scpkit_offer '${visibleOptions.map((row) => row.flag).join(" ")}' ;;
  *)
    _scpkit_operands
    ((cword > 1)) || COMPREPLY+=($(IFS=' '; compgen -W '${subcommands.map(({ name }) => name).join(" ")}' -- "$cur"))
    ;;
  esac
}
${subcommands.map(subcommandFunction).join("")}_scpkit() {
  local cur cword last words=() IFS=$'\\n' index kept
  COMPREPLY=()
  _scpkit_words
  case $((cword > 1)):\${words[1]} in
${subcommands.map(({ name }) => `  1:${name}) _scpkit_${name} ;;`).join("\n")}
  *) _scpkit_copy ;;
  esac
  [[ \${#last} == 1 && $COMP_WORDBREAKS == *"$last"* ]] && last=
  # bash replaces an @ before the last piece, too.
  kept=\${cur%"$last"} kept=\${kept%@}
  for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]=\${COMPREPLY[index]#"$kept"}; done
}
complete -F _scpkit scpkit
`;
}

function subcommandFunction({ name, options, completion }: Subcommand): string {
  const operands = completion === "directory" ? "_scpkit_paths -d" : `_scpkit_offer '${completion.join(" ")}'`;
  const flags = options.flatMap(({ flag, short }) => [flag, short ?? []].flat());
  const offer = flags.length === 0 ? "" : `  -*) _scpkit_offer '${flags.join(" ")}' ;;\n`;
  const takers = options.filter(({ argument }) => argument !== undefined);
  const inArgument = takers.map((option) => `  ${option.flag}) ${offerOf(option, "") ?? ":"}; return ;;\n`).join("");
  const before = inArgument === "" ? "" : `  case \${words[cword-1]} in\n${inArgument}  esac\n`;
  const inLong = takers.length === 0 ? "" : `${longCases(takers, 2)}\n`;
  return `_scpkit_${name}() {
${before}  case $cur in
${inLong}${offer}  *) ${operands} ;;
  esac
}
`;
}

/** Completes the argument of the option before the current word. */
function argumentCase(options: readonly Completed[], indent: number): string {
  const cases = options.flatMap((option) => {
    const action = offerOf(option, "");
    return action === undefined ? [] : [`${option.flag}) ${action} ;;`];
  });
  const text = [`case \${words[cword-1]} in`, ...cases, "esac"];
  return text.map((line) => " ".repeat(indent) + line).join("\n");
}

/** Completes the argument of an option that is glued to it with `=`. */
function longCases(options: readonly Completed[], indent: number): string {
  const long = options.filter(({ flag, argument }) => flag.startsWith("--") && argument !== undefined);
  const cases = long.flatMap((option) => {
    const action = offerOf(option, `${option.flag}=`);
    return action === undefined ? [] : [`${option.flag}=*) ${action} ;;`];
  });
  return [...cases, "--*=*) ;;"].map((line) => " ".repeat(indent) + line).join("\n");
}

function offerOf({ completion }: Completed, prefix: string): string | undefined {
  if (Array.isArray(completion)) return `_scpkit_offer '${completion.map((value) => prefix + value).join(" ")}'`;
  if (completion === "host") return '_scpkit_offer "$(_scpkit_hosts | sort -u)"';
  if (completion === "command") return '_scpkit_paths -f; COMPREPLY+=($(compgen -c -- "$cur"))';
  if (completion !== "file") return undefined;
  if (prefix === "") return "_scpkit_paths -f";
  return `cur=\${cur#*=}; _scpkit_paths -f`;
}
