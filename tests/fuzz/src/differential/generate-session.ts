import { concat, fromLatin1 } from "../input/bytes.ts";
import { mutate } from "../input/mutate.ts";
import type { Random } from "../input/random.ts";

/** One command line and everything that its peer sends before it closes. */
export interface Session {
  readonly recursive: boolean;
  readonly preserve: boolean;
  readonly targetIsDirectory: boolean;
  /** Last component of the destination, in a folder that contains only the directory `here` and the file `file`. */
  readonly destination: "here" | "file" | "new";
  readonly bytes: Uint8Array;
}

const names = ["a", "b", "c", "here", "file", "sp ace", "\xe9\xff", "-x", "...", "\\", "a\x1b[2J"];
const badNames = ["", ".", "..", "a/b", "/", "../x", "nul\0byte"];
const modes = ["0644", "0755", "0600", "0444", "0000", "0777", "0640", "2755", "4755", "1777", "7777"];
const seconds = ["0", "1", "981173106", "1700000000", "2147483648", "4294967296", "99999999999999999999"];
const extras = [
  "E\n",
  "\x01scp: b: Permission denied\n",
  "\x02scp: over\n",
  "T1 0 1 0\n",
  "\n",
  "\0",
  "C",
  "D0755 0 ",
  "hello\n",
];
const dictionary = [...extras, "C0644 3 a\nabc\0", "D0755 0 d\n", "0 ", " 0"].map(fromLatin1);

/** Generates a session of a source, mostly without mistakes and sometimes with a few. */
export function generateSession(random: Random): Session {
  const recursive = !random.oneIn(8);
  const source = new Source(random, random.below(3));
  for (let count = random.below(4); count >= 0; count--) source.entry(0);
  let bytes = concat(...source.pieces.map(fromLatin1));
  if (random.oneIn(6)) bytes = bytes.slice(0, random.below(bytes.length + 1));
  if (random.oneIn(4)) bytes = mutate(bytes, { random, dictionary, corpus: [bytes], maxBytes: 2000 });
  return {
    recursive,
    preserve: random.oneIn(2),
    targetIsDirectory: random.oneIn(6),
    destination: random.pick(["here", "here", "here", "new", "file"]),
    bytes,
  };
}

class Source {
  readonly pieces: string[] = [];
  readonly #random: Random;
  /** 0 makes no mistakes. */
  readonly #mischief: number;

  constructor(random: Random, mischief: number) {
    this.#random = random;
    this.#mischief = mischief;
  }

  entry(depth: number): void {
    const random = this.#random;
    if (this.#errs()) this.pieces.push(random.pick(extras));
    for (let count = random.oneIn(2) ? 1 + (this.#errs() ? 1 : 0) : 0; count > 0; count--) this.#times();
    if (depth < 4 && random.oneIn(3)) this.#directory(depth);
    else this.#file();
  }

  #file(): void {
    const random = this.#random;
    const size = random.pick([0, 1, 5, 16, 300]);
    const announced = this.#errs()
      ? random.pick([String(size + 1), String(Math.max(0, size - 1)), "9007199254740993"])
      : size;
    const zeros = this.#errs() ? "00" : "";
    this.pieces.push(`C${random.pick(modes)} ${zeros}${announced} ${this.#name()}\n`, this.#body(size));
    this.pieces.push(this.#errs() ? random.pick(["\x01scp: a: Input/output error\n", "\x02bye\n", "", "x\n"]) : "\0");
  }

  #directory(depth: number): void {
    const random = this.#random;
    this.pieces.push(`D${random.pick(modes)} ${this.#errs() ? "17" : "0"} ${this.#name()}\n`);
    for (let count = random.below(4); count > 0; count--) this.entry(depth + 1);
    if (!this.#errs()) this.pieces.push(this.#errs() ? "E and more\n" : "E\n");
  }

  #times(): void {
    const random = this.#random;
    const micros = (): string => (this.#errs() ? random.pick(["999999", "1000000", "-1", " 5", "x", ""]) : "0");
    this.pieces.push(`T${random.pick(seconds)} ${micros()} ${random.pick(seconds)} ${micros()}\n`);
  }

  #name(): string {
    return this.#random.pick(this.#errs() ? badNames : names);
  }

  /** Returns a body, sometimes one that looks like records. */
  #body(size: number): string {
    const text = this.#random.oneIn(4) ? "C0755 1 evil\nx\0E\n" : "The quick brown fox\n";
    return text.repeat(Math.ceil(size / text.length)).slice(0, size);
  }

  #errs(): boolean {
    return this.#mischief > 0 && this.#random.oneIn(12 / this.#mischief);
  }
}
