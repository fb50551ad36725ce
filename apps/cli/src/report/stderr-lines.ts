import { escapeText } from "@scpkit/codec";

/** Characters of a line that is shown before its end has come. */
const longestLine = 8192;

/** What remote commands write to standard error, made safe for the terminal and shown by whole lines. */
export class StderrLines {
  readonly #print: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #shown = false;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** Whether anything came. */
  get shown(): boolean {
    return this.#shown || this.#rest !== "";
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    if (lines.length > 0) this.#show(lines);
    if (this.#rest.length > longestLine) this.flush();
  }

  /** Shows a last line that has no end. */
  flush(): void {
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "") this.#show([rest]);
  }

  #show(lines: readonly string[]): void {
    this.#shown = true;
    this.#print(lines.map(escapeText).join("\n"));
  }
}
