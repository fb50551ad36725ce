import { open } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { type ExpandTokens, expandTilde, expandTokens } from "../values/expand.ts";
import { expandAt, problemAt } from "../values/expand-at.ts";
import { parseJumpChain } from "../values/jump-chain.ts";
import type { LocalEnvironment } from "../values/local-environment.ts";
import { matchPattern, matchPatternList } from "../values/pattern.ts";
import type { SettingOrigin, Settings } from "../values/settings.ts";
import { errorOfProblems, SshConfigError, type SshConfigProblem } from "../values/ssh-config-error.ts";
import { parseConfigLine } from "./config-line.ts";
import { expandGlob } from "./expand-glob.ts";
import { isTrustedFile } from "./file-trust.ts";
import { readKeywordValue } from "./keyword-value.ts";
import { findKeyword } from "./keywords.ts";
import { evaluateMatch, type MatchSubject } from "./match-criteria.ts";
import { splitArguments } from "./split-arguments.ts";

const maxDepth = 16;
const commandLine: SettingOrigin = { file: "command-line", line: 0 };

/** The state of one pass over all files. */
export interface ConfigPass {
  readonly local: LocalEnvironment;
  readonly settings: Settings;
  /** The name that `Host` is compared with: the alias, and in the second pass the host name. */
  readonly host: string;
  /** The name that the user gave. */
  readonly alias: string;
  /** Whether this is the second pass. */
  readonly final: boolean;
  /** Returns the tokens for `Match exec` and `Include` as far as they are known. */
  tokens(): Promise<ExpandTokens>;
  /** Runs the command of `Match exec`. If absent, such lines do not match. */
  readonly matchExec?: ((command: string) => Promise<boolean>) | undefined;
  requestFinalPass(): void;
  /** Called for each line that is valid and has no effect. */
  warn(message: string): void;
}

/** How one file is read. */
export interface ConfigFile {
  readonly path: string;
  /** The folder for relative includes. */
  readonly includeFolder: string;
  /** Whether this is the user's file, in which `Include` may use `~`. */
  readonly userConfig: boolean;
  /** Whether it must belong to the user or root and must not be writable by anybody else. */
  readonly checkTrust: boolean;
}

/** The state of reading a file or one of its includes. */
interface Frame extends ConfigFile {
  readonly depth: number;
  /** Whether the include is in a block that does not match: the file is checked, but not used. */
  readonly neverMatch: boolean;
  active: boolean;
}

/**
 * Reads a configuration file and its includes into `pass.settings`.
 *
 * @returns whether the file exists
 * @throws {SshConfigError} if a line is invalid, or the file must not be used
 */
export async function readConfigFile(pass: ConfigPass, file: ConfigFile): Promise<boolean> {
  return readFrame(pass, { ...file, depth: 0, neverMatch: false, active: true });
}

/**
 * Applies an option of the command line: the text of an `-o` option (`Keyword=value` or `Keyword value`), or a keyword
 * and its only value.
 *
 * @throws {SshConfigError} if it cannot be parsed
 */
export function applyOverride(pass: ConfigPass, override: string | readonly [keyword: string, value: string]): void {
  const line =
    typeof override === "string"
      ? parseConfigLine(override)
      : { keyword: override[0].toLowerCase(), text: override[1] };
  if (line === undefined) return;
  const args = typeof override === "string" ? splitArguments(line.text) : [line.text];
  const structural = ["host", "match", "include"].includes(line.keyword);
  const found = structural
    ? problemAt(commandLine, `"${line.keyword}" cannot be given as an option`, "Put it into a file and use -F")
    : applyKeyword(pass, line.keyword, line.text, args, commandLine, true);
  if (found !== undefined) throw errorOfProblems([found]);
}

async function readFrame(pass: ConfigPass, frame: Frame): Promise<boolean> {
  if (frame.depth > maxDepth) {
    throw new SshConfigError("bad-config", `${frame.path}: More than ${maxDepth} files include each other`, {
      file: frame.path,
      hint: "Look for a file that includes itself",
    });
  }
  const text = await readTrusted(frame, pass.local.uid);
  if (text === undefined) return false;
  const problems: SshConfigProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const origin = { file: frame.path, line: index + 1 };
    const found = await applyLine(pass, frame, raw, origin);
    if (found !== undefined) problems.push(found);
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw errorOfProblems([first, ...others]);
  return true;
}

async function readTrusted(frame: Frame, uid: number): Promise<string | undefined> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(frame.path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    // `ssh` ignores its own files if they cannot be opened, but rejects included ones.
    if (frame.depth === 0) return undefined;
    throw unreadable(frame.path, error);
  }
  try {
    const stats = await handle.stat();
    if (frame.checkTrust && !(await isTrustedFile(stats, uid))) {
      throw new SshConfigError("bad-permissions", `Bad owner or permissions on ${frame.path}`, {
        file: frame.path,
        hint: `Make it yours and let nobody else write to it: chmod go-w ${frame.path}`,
      });
    }
    return stats.isDirectory() ? "" : await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

async function applyLine(
  pass: ConfigPass,
  frame: Frame,
  raw: string,
  origin: SettingOrigin,
): Promise<SshConfigProblem | undefined> {
  const line = parseConfigLine(raw);
  if (line === undefined) return undefined;
  const { keyword, text } = line;
  if (keyword !== "host" && keyword !== "match" && keyword !== "include") {
    return applyKeyword(pass, keyword, text, splitArguments(text), origin, frame.active);
  }
  const args = splitArguments(text);
  if (args === undefined) return openQuote(origin);
  if (text === "" || (keyword !== "match" && args.includes(""))) {
    return problemAt(origin, `The keyword ${JSON.stringify(keyword)} has no or an empty argument`, "Complete the line");
  }
  if (keyword === "include") return include(pass, frame, args, origin);
  if (keyword === "host") {
    frame.active = !frame.neverMatch && matchHostLine(pass.host, args);
    return undefined;
  }
  const result = await evaluateMatch(args, await matchSubject(pass, frame, origin));
  if (result.type === "problem") return problemAt(origin, result.message, "See Match in the manual of ssh_config");
  frame.active = !frame.neverMatch && result.matched;
  return undefined;
}

/**
 * Compares a host with the patterns of a `Host` line. Only here the case matters, and a negated pattern decides as soon
 * as it matches.
 */
function matchHostLine(host: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const entry of patterns) {
    const negated = entry.startsWith("!");
    if (!matchPattern(host, negated ? entry.slice(1) : entry)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

async function matchSubject(pass: ConfigPass, frame: Frame, origin: SettingOrigin): Promise<MatchSubject> {
  const tokens = await pass.tokens();
  return {
    host: tokens.h ?? pass.host,
    originalHost: pass.alias,
    user: tokens.r ?? pass.local.localUser,
    localUser: pass.local.localUser,
    tag: pass.settings.value("tag") ?? "",
    finalPass: pass.final,
    requestFinalPass: () => pass.requestFinalPass(),
    exec: async (command) => {
      if (frame.neverMatch) return undefined;
      if (pass.matchExec === undefined) {
        pass.warn(`${origin.file} line ${origin.line}: "Match exec" is not run here, the block is left out`);
        return undefined;
      }
      return pass.matchExec(await expandAt(origin, () => expandTokens(command, tokens)));
    },
  };
}

async function include(
  pass: ConfigPass,
  frame: Frame,
  args: readonly string[],
  origin: SettingOrigin,
): Promise<SshConfigProblem | undefined> {
  for (const arg of args) {
    const tokens = await pass.tokens();
    const written = await expandAt(origin, () => expandTokens(arg, tokens, pass.local.env));
    if (written.startsWith("~") && !frame.userConfig) {
      return problemAt(
        origin,
        `${JSON.stringify(written)} is not allowed in the system's files`,
        "Write the whole path",
      );
    }
    const anchored = written.startsWith("~") || isAbsolute(written) ? written : `${frame.includeFolder}/${written}`;
    const path = await expandAt(origin, () => expandTilde(anchored, pass.local.home));
    for (const found of await expandGlob(path)) {
      await readFrame(pass, {
        ...frame,
        path: found,
        checkTrust: true,
        depth: frame.depth + 1,
        neverMatch: frame.neverMatch || !frame.active,
      });
    }
  }
  return undefined;
}

function applyKeyword(
  pass: ConfigPass,
  written: string,
  text: string,
  args: readonly string[] | undefined,
  origin: SettingOrigin,
  active: boolean,
): SshConfigProblem | undefined {
  if (text === "")
    return problemAt(origin, `The keyword ${JSON.stringify(written)} has no argument`, "Complete the line");
  if (args === undefined) return openQuote(origin);
  const keyword = findKeyword(written, pass.local.platform);
  if (keyword === undefined) {
    const tolerated = pass.settings.value("ignoreunknown");
    if (tolerated !== undefined && matchPatternList(written, tolerated.toLowerCase())) return undefined;
    return problemAt(
      origin,
      `Bad configuration option ${JSON.stringify(written)}`,
      `Correct or remove the line, or put "IgnoreUnknown ${written}" above it`,
    );
  }
  const { name, kind } = keyword;
  if (kind.type === "unsupported") pass.warn(`${origin.file} line ${origin.line}: "${written}" is not supported`);
  const value = readKeywordValue(kind, args, text, pass.local.env);
  if (value.type === "problem") return problemAt(origin, `${value.message} (keyword "${written}")`, value.hint);
  if (value.type === "nothing" || !active) return undefined;
  if (kind.type === "file") pass.settings.add(name, value.values, origin);
  else if (kind.type === "more") pass.settings.add(name, [value.values.join(" ")], origin);
  else if (kind.type === "variableNames") pass.settings.append(name, value.values, origin);
  else if (kind.type === "rekeyLimit") pass.settings.fill(name, value.values, origin);
  else if (!isPreempted(name, pass.settings)) pass.settings.setOnce(name, value.values, origin);
  return undefined;
}

/**
 * Returns whether an earlier line preempts `name`: the first of `ProxyCommand` and `ProxyJump` takes precedence, except
 * that a jump of `none` only ends jumps.
 */
function isPreempted(name: string, settings: Settings): boolean {
  const jump = settings.value("proxyjump");
  if (name === "proxyjump") return settings.get("proxycommand") !== undefined;
  return name === "proxycommand" && jump !== undefined && (parseJumpChain(jump)?.length ?? 0) > 0;
}

function openQuote(origin: SettingOrigin): SshConfigProblem {
  return problemAt(origin, "A quote is not closed", "Close it, or write \\\" or \\' for the character itself");
}

function isMissing(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Returns the error for a requested file that cannot be read. */
export function unreadable(path: string, cause?: unknown): SshConfigError {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new SshConfigError("unreadable", `Cannot read the configuration file ${path}${reason}`, {
    file: path,
    hint: "Check its name and whether you may read it",
    cause,
  });
}
