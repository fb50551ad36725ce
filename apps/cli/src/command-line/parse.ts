import { hasHost } from "../operands/operand.ts";
import { parsePort } from "../operands/service-port.ts";
import { GetoptError, getopt } from "./getopt.ts";
import { commandHint, optionHint } from "./hints.ts";
import { findOption } from "./option-table.ts";
import { usage } from "./usage.ts";

/** How progress is shown. `auto`: a meter on a terminal, nothing elsewhere. */
export type ProgressMode = "auto" | "bar" | "plain" | "json" | "none";

/** Shells for which there are completions. */
export type CompletionShell = "bash" | "zsh" | "fish";

/** The values of the options of the command line. */
export interface ScpkitOptions {
  /** `-r` */
  readonly recursive: boolean;
  /** `-p` */
  readonly preserve: boolean;
  /** `--in-place` */
  readonly inPlace: boolean;
  /** `-d`, or more than one source. */
  readonly targetIsDirectory: boolean;
  /** Not `-T`. */
  readonly checkNames: boolean;
  /** Between two remote hosts: `through-local` (`-3`, the default) or `direct` (`-R`); the last one given. */
  readonly remoteToRemote: "through-local" | "direct";
  /** `-S`: the program to connect with; `undefined`: scpkit's own connection. */
  readonly program: string | undefined;
  /** `-P`: for operands that are not URIs with a port. */
  readonly port: number | undefined;
  /** `-l`, in bytes per second: kbit/s of 1024 bits, as OpenSSH counts. */
  readonly limitBytesPerSecond: number | undefined;
  /** `-q` */
  readonly quiet: boolean;
  /** Number of `-v`, at most 3. */
  readonly verbosity: number;
  /** `--parallel`; `undefined`: chosen by the size of the tree. */
  readonly parallel: number | undefined;
  /** `--progress`; without it, `none` with `-q`. */
  readonly progress: ProgressMode;
  /** `-4` or `-6`, the last one given. */
  readonly addressFamily: 4 | 6 | undefined;
  /** `-A` */
  readonly agentForwarding: boolean;
  /** `-B` */
  readonly batch: boolean;
  /** `-C` */
  readonly compression: boolean;
  /** `-c`, the last one given. */
  readonly cipher: string | undefined;
  /** `-F`, the last one given. */
  readonly configFile: string | undefined;
  /** `-i`, in order. */
  readonly identityFiles: readonly string[];
  /** `-J` */
  readonly jump: string | undefined;
  /** `-o`, in order: `Key=value` or `Key value`. The first value of a key wins. */
  readonly sshOptions: readonly string[];
  /** All options meant for ssh as words of its argument list, in command-line order; without `-p`, `-l` and scp's own. */
  readonly sshArguments: readonly string[];
  /** Warnings about options that were accepted and have no effect. */
  readonly notes: readonly string[];
}

/** A parsed command line. */
export type ScpkitCommand =
  | {
      readonly type: "copy";
      readonly options: ScpkitOptions;
      /** One or more. */
      readonly sources: readonly string[];
      readonly target: string;
    }
  | {
      /** `source`: `-f`, run by an scp on the other side to send; `sink`: `-t`, to receive. */
      readonly type: "source" | "sink";
      readonly options: ScpkitOptions;
      /** Any number. scp reports a wrong number over the protocol. */
      readonly paths: readonly string[];
    }
  | { readonly type: "help" | "version" }
  | { readonly type: "completion"; readonly shell: CompletionShell }
  | { readonly type: "serve" | "clean" /** What follows that word. */; readonly argv: readonly string[] };

/** The command line is invalid. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
  /** 1, or 255 where OpenSSH's scp ends with `fatal()`. */
  readonly exitCode: 1 | 255;
  /** Everything to write to standard error, newline included: the message with the program's name, the usage. */
  readonly text: string;

  constructor(message: string, exitCode: 1 | 255, text: string) {
    super(message);
    this.exitCode = exitCode;
    this.text = text;
  }
}

/**
 * Parses the command line as scp(1) does: with BSD getopt and the same limits, error messages and exit statuses.
 *
 * @param argv the words after the program's name
 * @param program name of the command in messages. @default "scpkit"
 * @throws {CommandLineError}
 */
export function parseOptions(argv: readonly string[], program = "scpkit"): ScpkitCommand {
  const subcommand = parseSubcommand(argv);
  if (subcommand !== undefined) return subcommand;
  const fatal = (message: string): CommandLineError => new CommandLineError(message, 255, `${program}: ${message}\n`);
  const misuse = (message?: string, hint = `${program} --help lists the options`): CommandLineError =>
    new CommandLineError(
      message ?? "Too few operands",
      1,
      `${message === undefined ? "" : `${program}: ${message}\n`}${usage(program)}hint: ${hint}\n`,
    );

  const seen = new Map<string, string[]>();
  const sshArguments: string[] = [];
  const notes: string[] = [];
  let sftp = false;
  let addressFamily: 4 | 6 | undefined;
  let direct = false;
  let port: number | undefined;

  const parser = getopt(argv, (flag) => {
    const row = findOption(flag);
    return row === undefined ? undefined : row.argument !== undefined;
  });
  let operands: readonly string[];
  try {
    let step = parser.next();
    for (; step.done !== true; step = parser.next()) {
      const { flag, value } = step.value;
      seen.set(flag, [...(seen.get(flag) ?? []), value]);
      sshArguments.push(...(findOption(flag)?.ssh ?? []).map((word) => (word === "%s" ? value : word)));
      if (flag === "--help") return { type: "help" };
      if (flag === "--version") return { type: "version" };
      if (flag === "-1") throw fatal("SSH protocol v.1 is no longer supported");
      if (flag === "-3" || flag === "-R") direct = flag === "-R";
      if (flag === "-4" || flag === "-6") addressFamily = flag === "-4" ? 4 : 6;
      if (flag === "-s" || flag === "-O") sftp = flag === "-s";
      if (flag === "-P") {
        port = parsePort(value);
        if (port === undefined) throw fatal(`bad port "${value}"`);
      }
      if (flag === "-l" && integer(value, 104_857_600) === undefined) throw misuse();
      if (flag === "--parallel" && integer(value, 100) === undefined) {
        throw misuse("--parallel takes a number from 1 to 100");
      }
      if (flag === "--progress" && progressMode(value) === undefined) {
        throw misuse("--progress takes auto, bar, plain, json or none");
      }
      if (flag === "-X") {
        const problem = sftpOptionProblem(value);
        if (problem !== undefined) throw fatal(problem);
      }
    }
    operands = step.value;
  } catch (error) {
    throw error instanceof GetoptError ? misuse(error.message, optionHint(error.flag, program)) : error;
  }

  const has = (flag: string): boolean => seen.has(flag);
  const last = (flag: string): string | undefined => seen.get(flag)?.at(-1);
  const all = (flag: string): readonly string[] => seen.get(flag) ?? [];
  const type = has("-f") ? "source" : has("-t") ? "sink" : "copy";
  if (type === "copy") {
    if (sftp) throw fatal("-s selects the SFTP protocol; scpkit supports only the SCP protocol (-O)");
    if (has("-D") && !has("-O")) throw fatal("-D runs an SFTP server; scpkit supports only the SCP protocol (-O)");
    if (has("-X") && !has("-O"))
      notes.push("-X is ignored: it tunes the SFTP protocol, and scpkit uses the SCP protocol");
    if (operands.length < 2) throw misuse(undefined, commandHint(operands[0] ?? "", program));
  }
  const limit = integer(last("-l") ?? "", 104_857_600);
  const options: ScpkitOptions = {
    recursive: has("-r"),
    preserve: has("-p"),
    inPlace: has("--in-place"),
    targetIsDirectory: has("-d") || (type === "copy" && operands.length > 2),
    checkNames: !has("-T"),
    remoteToRemote: direct ? "direct" : "through-local",
    program: last("-S"),
    port,
    limitBytesPerSecond: limit === undefined ? undefined : (limit * 1024) / 8,
    quiet: has("-q"),
    verbosity: Math.min(all("-v").length, 3),
    parallel: integer(last("--parallel") ?? "", 100),
    progress: progressMode(last("--progress") ?? "") ?? (has("-q") ? "none" : "auto"),
    addressFamily,
    agentForwarding: has("-A"),
    batch: has("-B"),
    compression: has("-C"),
    cipher: last("-c"),
    configFile: last("-F"),
    identityFiles: all("-i"),
    jump: last("-J"),
    sshOptions: all("-o"),
    sshArguments,
    notes,
  };
  return type === "copy"
    ? { type, options, sources: operands.slice(0, -1), target: operands.at(-1) ?? "" }
    : { type, options, paths: operands };
}

/** Parses `completion SHELL`, `serve …` and `clean …`, unless the words are the operands of a copy of files with these names. */
function parseSubcommand(argv: readonly string[]): ScpkitCommand | undefined {
  const [first, second] = argv;
  if (first === "completion" && argv.length === 2 && (second === "bash" || second === "zsh" || second === "fish")) {
    return { type: "completion", shell: second };
  }
  if ((first === "serve" || first === "clean") && !argv.some((word) => hasHost(word))) {
    return { type: first, argv: argv.slice(1) };
  }
  return undefined;
}

function progressMode(value: string): ProgressMode | undefined {
  const modes: readonly ProgressMode[] = ["auto", "bar", "plain", "json", "none"];
  return modes.find((mode) => mode === value);
}

/** As strtonum(3): decimal, white space and sign in front allowed, 1 to `most`. */
function integer(value: string, most: number): number | undefined {
  if (!/^\s*[+-]?\d+$/.test(value)) return undefined;
  const number = Number(value);
  return number >= 1 && number <= most ? number : undefined;
}

/** Returns OpenSSH's error message for an invalid argument of `-X`. */
function sftpOptionProblem(value: string): string | undefined {
  const [key, number = ""] = value.split(/=(.*)/s);
  if (key === "buffer" && value.includes("=")) {
    const scale = { "": 1, b: 1, k: 1024 }[number.replace(/^\s*[+-]?\d+(\.\d*)?/, "").toLowerCase()];
    const bytes = scale === undefined ? Number.NaN : Number.parseFloat(number) * scale;
    return bytes >= 1 && bytes <= 262_144 ? undefined : `Invalid buffer size "${number}": Invalid argument`;
  }
  if (key === "nrequests" && value.includes("=")) {
    if (integer(number, 262_144) !== undefined) return undefined;
    const reason = !/^\s*[+-]?\d+$/.test(number) ? "invalid" : Number(number) < 1 ? "too small" : "too large";
    return `Invalid number of requests "${number}": ${reason}`;
  }
  return "Invalid -X option";
}
