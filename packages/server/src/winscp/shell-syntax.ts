/** A word of a command: text, and variables that are expanded when the command runs. */
export type ShellWord = readonly (string | { readonly variable: string })[];

/** One command of a line. */
export interface ShellCommand {
  /** The text as the client wrote it. */
  readonly text: string;
  /** Absent if the command uses syntax that is not supported. */
  readonly words: readonly ShellWord[] | undefined;
}

/** Characters that a real shell interprets outside quotes, and that are not supported here. */
const unknown = "|&<>()`*?[{#\n";
const variableName = /^(?:\?|[A-Za-z_][A-Za-z0-9_]*)/;

/**
 * Splits a line at `;` into commands, and each command into words. Supports blanks, single quotes, double quotes,
 * backslashes, and variables outside single quotes. A command with any other syntax gets no words; the other commands
 * of the line are not affected.
 */
export function splitShellLine(line: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  let command = new CommandReader();
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const following = line.charAt(at + 1);
    if (quote === "" && character === ";") {
      commands.push(command.end());
      command = new CommandReader();
      continue;
    }
    command.text += character;
    if (quote === "'") {
      if (character === "'") quote = "";
      else command.add(character);
    } else if (character === quote) {
      quote = "";
    } else if (character === "\\") {
      command.text += following;
      at += 1;
      if (following === "") command.known = false;
      if (quote === '"' && !'$`"\\'.includes(following)) command.add(character);
      command.add(following);
    } else if (character === "$") {
      const [name] = variableName.exec(line.slice(at + 1)) ?? [];
      if (name === undefined) {
        command.known = false;
      } else {
        command.text += name;
        at += name.length;
        command.addVariable(name);
      }
    } else if (quote === '"') {
      if (character === "`") command.known = false;
      command.add(character);
    } else if (character === "'" || character === '"') {
      quote = character;
      command.add("");
    } else if (character === " " || character === "\t") {
      command.endWord();
    } else {
      if (unknown.includes(character)) command.known = false;
      command.add(character);
    }
  }
  if (quote !== "") command.known = false;
  commands.push(command.end());
  return commands.filter(({ text }) => text !== "");
}

class CommandReader {
  text = "";
  known = true;
  readonly #words: ShellWord[] = [];
  #word: (string | { readonly variable: string })[] | undefined;

  add(text: string): void {
    this.#word ??= [];
    const last = this.#word.at(-1);
    if (typeof last === "string") this.#word[this.#word.length - 1] = last + text;
    else this.#word.push(text);
  }

  addVariable(variable: string): void {
    this.#word ??= [];
    this.#word.push({ variable });
  }

  endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word);
    this.#word = undefined;
  }

  end(): ShellCommand {
    this.endWord();
    return { text: this.text.trim(), words: this.known ? this.#words : undefined };
  }
}
