import { escapeText } from "@scpkit/codec";
import { joinBytes, yieldWhenDue } from "@scpkit/core/engine";
import type { ScpShellEntry, ScpShellFiles } from "./shell-files.ts";
import { listingLine } from "./shell-listing.ts";

/** The state that the commands of a shell share. */
export interface ShellState {
  readonly files: ScpShellFiles;
  readonly home: string;
  readonly user: string;
  readonly group: string;
  /** The current directory, absolute. */
  directory: string;
  /** Describes an error of the embedder's files to the user. */
  readonly describe: (error: unknown, path: string) => string;
  readonly writeOut: (bytes: Uint8Array) => Promise<void>;
}

/** The result of a command: its exit status and its error message for standard error. */
export interface CommandResult {
  readonly status: number;
  readonly error?: string;
}

/** Runs a command. Gets its arguments without its name. */
export type ShellCommandRunner = (args: readonly string[], state: ShellState) => Promise<CommandResult>;

const done: CommandResult = { status: 0 };
const encoder = new TextEncoder();

/** All commands except `scp` and `exit`. Any other command is answered with status 127. */
export const shellCommands: ReadonlyMap<string, ShellCommandRunner> = new Map<string, ShellCommandRunner>([
  ["echo", (args, state) => print(state, args.join(" "))],
  ["pwd", (_, state) => print(state, state.directory)],
  ["groups", (_, state) => print(state, state.group)],
  ["uname", (_, state) => print(state, "scpkit")],
  ["printenv", (args, state) => (args[0] === "LANG" ? print(state, "C.UTF-8") : Promise.resolve({ status: 1 }))],
  ["unset", () => Promise.resolve(done)],
  ["unalias", () => Promise.resolve(done)],
  ["cd", changeDirectory],
  ["ls", list],
  ["mkdir", makeDirectory],
  ["rm", remove],
  ["mv", rename],
  ["chmod", changeMode],
]);

/**
 * Resolves `path` against `directory`. Returns an absolute path without `.`, `..` and doubled slashes; `..` stops at
 * the root.
 */
export function resolvePath(directory: string, path: string, home: string): string {
  const expanded = path === "~" || path.startsWith("~/") ? `${home}/${path.slice(2)}` : path;
  const whole = expanded.startsWith("/") ? expanded : `${directory}/${expanded}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

async function changeDirectory(args: readonly string[], state: ShellState): Promise<CommandResult> {
  const shown = args[0] ?? state.home;
  const path = resolvePath(state.directory, shown, state.home);
  return await attempt("cd", shown, state, async () => {
    if (path !== "/" && (await state.files.stat(path))?.type !== "directory") {
      return { status: 1, error: `cd: ${escapeText(shown)}: No such directory` };
    }
    state.directory = path;
    return done;
  });
}

async function list(args: readonly string[], state: ShellState): Promise<CommandResult> {
  const { flags, operands } = splitArguments(args);
  if (flags.some((flag) => flag !== "--full-time" && !/^-[alFh1d]*$/.test(flag))) return unknownOption("ls");
  const fullTime = flags.includes("--full-time");
  const itself = flags.some((flag) => /^-[^-]*d/.test(flag));
  const shown = operands[0] ?? ".";
  const path = resolvePath(state.directory, shown, state.home);
  return await attempt("ls", shown, state, async () => {
    const entry = await state.files.stat(path);
    if (entry === undefined)
      return { status: 2, error: `ls: cannot access '${escapeText(shown)}': No such file or directory` };
    const line = (of: ScpShellEntry, name: ScpShellEntry["name"]): Uint8Array => listingLine(of, name, fullTime, state);
    if (itself || entry.type !== "directory") {
      await state.writeOut(line(entry, shown));
      return done;
    }
    const parent = path === "/" ? undefined : await state.files.stat(resolvePath(path, "..", state.home));
    await state.writeOut(joinBytes([encoder.encode("total 0\n"), line(entry, "."), line(parent ?? entry, "..")]));
    for await (const child of await state.files.list(path)) {
      await state.writeOut(line(child, child.name));
      await yieldWhenDue();
    }
    return done;
  });
}

async function makeDirectory(args: readonly string[], state: ShellState): Promise<CommandResult> {
  const { flags, operands } = splitArguments(args);
  const [shown] = operands;
  if (flags.length > 0 || shown === undefined || operands.length > 1) return unknownOption("mkdir");
  const { files } = state;
  if (files.makeDirectory === undefined) return notAllowed("mkdir");
  const path = resolvePath(state.directory, shown, state.home);
  return await attempt("mkdir", shown, state, async () => {
    await files.makeDirectory?.(path);
    return done;
  });
}

async function remove(args: readonly string[], state: ShellState): Promise<CommandResult> {
  const { flags, operands } = splitArguments(args);
  const [shown] = operands;
  if (flags.some((flag) => !/^-[rRf]+$/.test(flag)) || shown === undefined || operands.length > 1) {
    return unknownOption("rm");
  }
  const { files } = state;
  const path = resolvePath(state.directory, shown, state.home);
  if (files.remove === undefined || path === "/") return notAllowed("rm");
  return await attempt("rm", shown, state, async () => {
    if ((await files.stat(path)) !== undefined) await files.remove?.(path);
    return done;
  });
}

async function rename(args: readonly string[], state: ShellState): Promise<CommandResult> {
  const { flags, operands } = splitArguments(args);
  const [from, to] = operands;
  if (flags.some((flag) => flag !== "-f") || from === undefined || to === undefined || operands.length > 2) {
    return unknownOption("mv");
  }
  const { files } = state;
  const source = resolvePath(state.directory, from, state.home);
  const wanted = resolvePath(state.directory, to, state.home);
  if (files.rename === undefined || source === "/") return notAllowed("mv");
  return await attempt("mv", from, state, async () => {
    const into = wanted === "/" || (await files.stat(wanted))?.type === "directory";
    await files.rename?.(source, into ? resolvePath(wanted, baseName(source), state.home) : wanted);
    return done;
  });
}

async function changeMode(args: readonly string[], state: ShellState): Promise<CommandResult> {
  const { flags, operands } = splitArguments(args);
  const [mode, shown] = operands;
  if (flags.some((flag) => flag !== "-R") || shown === undefined || operands.length > 2) return unknownOption("chmod");
  if (mode === undefined || !/^[0-7]{3,5}$/.test(mode)) return { status: 1, error: "chmod: mode must be octal" };
  const { files } = state;
  if (files.setMode === undefined) return notAllowed("chmod");
  const path = resolvePath(state.directory, shown, state.home);
  return await attempt("chmod", shown, state, async () => {
    await files.setMode?.(path, Number.parseInt(mode, 8) & 0o7777, { recursive: flags.length > 0 });
    return done;
  });
}

async function print(state: ShellState, text: string): Promise<CommandResult> {
  await state.writeOut(encoder.encode(`${text}\n`));
  return done;
}

/** Runs a command that accesses the embedder's files. Their errors are reported with generic messages. */
async function attempt(
  name: string,
  shown: string,
  state: ShellState,
  run: () => Promise<CommandResult>,
): Promise<CommandResult> {
  try {
    return await run();
  } catch (error) {
    return { status: 1, error: `${name}: ${escapeText(state.describe(error, shown))}` };
  }
}

function splitArguments(args: readonly string[]): { readonly flags: string[]; readonly operands: string[] } {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return {
    flags: options.filter((arg) => arg.length > 1 && arg.startsWith("-")),
    operands: [...options.filter((arg) => arg.length <= 1 || !arg.startsWith("-")), ...args.slice(options.length + 1)],
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function unknownOption(name: string): CommandResult {
  return { status: 2, error: `${name}: only the forms that WinSCP uses are supported` };
}

function notAllowed(name: string): CommandResult {
  return { status: 1, error: `${name}: Operation not permitted` };
}
