import { type ChildProcess, spawn } from "node:child_process";
import { errnoCode } from "./fs-error.ts";
import type { FsPath } from "./path.ts";

/** The path is absolute: a name that is looked up in PATH could lead into the directory that is listed. */
const program = "/bin/ls";

/**
 * `-l`: mode and mark; `-n`: no lookup of user names; `-d`: directories themselves; `-q`: one line for each name; `-U`:
 * unsorted; `-Z`: SELinux contexts. The ls of macOS and FreeBSD has the same mark, but no `-Z`.
 */
const flags = process.platform === "linux" ? "-lanqUZ" : "-lanq";

/** The maximum number of concurrent processes, also with many sessions. */
const most = 4;

/**
 * Returns whether `ls` shows only mode bits for these files and for the directory itself: no access control list, no
 * other access method, and the SELinux type of the directory, which new files in it get.
 *
 * `node:fs` cannot read these attributes. GNU ls marks them with a character after the mode (`+`; `.` for a SELinux
 * context alone), BSD's with `+` or `@`.
 *
 * @param directory its path; empty for the working directory
 * @param name one file in it; absent: every regular file in it
 * @returns `undefined` if this cannot be determined
 * @throws the error of `spawn` if there are too few descriptors or processes
 */
export async function onlyModeBits(directory: FsPath, name?: string): Promise<boolean | undefined> {
  if (process.platform === "win32") return true;
  if (typeof directory !== "string" || name?.includes("\0") || !(await isKnownProgram())) return undefined;
  const operands = name === undefined ? ["."] : ["-d", "--", `./${name}`, "."];
  const check = new LineCheck(name === undefined ? 1 : 2);
  const status = await run([flags, ...operands], directory, (text, child) => {
    if (!check.add(text)) child.kill();
  });
  if (check.failed) return false;
  return status === 0 && check.isComplete ? true : undefined;
}

/** Parses the lines of `ls -l` for regular files and `.`. */
export class LineCheck {
  readonly #expected: number;
  readonly #types = new Set<string>();
  #rest = "";
  #seen = 0;
  #failed = false;

  /** @param expected the minimum number of lines */
  constructor(expected: number) {
    this.#expected = expected;
  }

  /** Whether a line showed more than mode bits. */
  get failed(): boolean {
    return this.#failed;
  }

  get isComplete(): boolean {
    return this.#seen >= this.#expected && this.#rest === "";
  }

  /** @returns `false` once a line showed more than mode bits */
  add(text: string): boolean {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#addLine(line);
    return !this.#failed;
  }

  #addLine(line: string): void {
    const found = /^([-d])[-rwxsStT]{9}(.) *\d+ +\d+ +\d+ +(\S+)/.exec(line);
    if (found === null || (found[1] === "d" && !line.endsWith(" ."))) return;
    this.#seen += 1;
    if (found[2] !== " " && found[2] !== ".") this.#failed = true;
    // user:role:type:level. Other systems show a question mark or, without -Z, the size in this column.
    const [, , type] = found[3]?.split(":") ?? [];
    if (type !== undefined) this.#types.add(type);
    if (this.#types.size > 1) this.#failed = true;
  }
}

let known: Promise<boolean> | undefined;

/** Returns whether the program marks access control lists. BusyBox does not. */
function isKnownProgram(): Promise<boolean> {
  if (process.platform !== "linux") return Promise.resolve(true);
  known ??= (async () => {
    let output = "";
    const status = await run(["--version"], "/", (text) => {
      output += text;
    });
    return status === 0 && output.includes("GNU coreutils");
  })().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

let running = 0;
const waiting: (() => void)[] = [];

/** @returns the exit status; `undefined` if the program was killed or does not exist */
async function run(
  args: readonly string[],
  directory: string,
  onText: (text: string, child: ChildProcess) => void,
): Promise<number | undefined> {
  if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        stdio: ["ignore", "pipe", "ignore"],
        ...(directory !== "" && { cwd: directory }),
      });
      child.stdout.setEncoding("utf8").on("data", (text: string) => onText(text, child));
      child.on("error", reject).on("close", (code) => resolve(code ?? undefined));
    });
  } catch (error) {
    if (["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"].includes(errnoCode(error) ?? "")) throw error;
    return undefined;
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
