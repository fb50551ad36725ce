import { parseSeconds } from "../values/duration.ts";
import { type Environment, ExpandError, expandVariables } from "../values/expand.ts";
import { parseJumpChain, parsePort } from "../values/jump-chain.ts";
import { parseRekeyLimit } from "../values/rekey-limit.ts";
import type { KeywordKind } from "./keywords.ts";

/** The result of checking the arguments of a keyword. */
export type KeywordValue =
  /** The values to store, in their stored form. */
  | { readonly type: "values"; readonly values: readonly string[] }
  /** Allowed, but sets nothing: a duration of `none`. */
  | { readonly type: "nothing" }
  | { readonly type: "problem"; readonly message: string; readonly hint: string };

const logLevels: Readonly<Record<string, string>> = {
  silent: "QUIET",
  quiet: "QUIET",
  fatal: "FATAL",
  error: "ERROR",
  info: "INFO",
  verbose: "VERBOSE",
  debug: "DEBUG",
  debug1: "DEBUG",
  debug2: "DEBUG2",
  debug3: "DEBUG3",
};

/**
 * Checks the arguments of a keyword as `ssh` does.
 *
 * @param args the arguments without quotes
 * @param text the same as they were written
 */
export function readKeywordValue(
  kind: KeywordKind,
  args: readonly string[],
  text: string,
  environment: Environment,
): KeywordValue {
  switch (kind.type) {
    case "ignored":
    case "unsupported":
      return { type: "nothing" };
    case "command":
      return values(text.replace(/^[ \t=]+/, ""));
    case "jump":
      return parseJumpChain(text.replace(/^[ \t=]+/, "")) === undefined
        ? problem(
            `${quote(text)} is not a list of jump hosts`,
            "Write [user@]host[:port] or ssh:// addresses, separated by commas",
          )
        : values(text.replace(/^[ \t=]+/, ""));
    case "words":
    case "more":
    case "any":
    case "files":
      return readList(kind.type, args);
    case "variables":
    case "variableNames":
      return readVariables(kind.type, args);
    case "rekeyLimit":
      return readRekeyLimit(args);
    default:
      return readOne(kind, args, environment);
  }
}

function readList(type: "words" | "more" | "any" | "files", args: readonly string[]): KeywordValue {
  // Only a comment, which ssh accepts here.
  if (type === "files" && args.length === 0) return { type: "nothing" };
  if (args.length === 0 || (type !== "any" && args.includes(""))) {
    return problem("An argument is missing or empty", "Give it a value or remove the line");
  }
  if (type === "files" && args.length > 1 && args.some((arg) => arg.toLowerCase() === "none")) {
    return problem('"none" must stand alone', 'Remove "none" or the other files');
  }
  return { type: "values", values: args };
}

function readVariables(type: "variables" | "variableNames", args: readonly string[]): KeywordValue {
  const wrong = args.find((arg) => arg.includes("=") !== (type === "variables"));
  if (args.length === 0 || wrong !== undefined) {
    return problem(
      `${quote(wrong ?? "")} is not ${type === "variables" ? "a NAME=value pair" : "the name of an environment variable"}`,
      type === "variables" ? "Write NAME=value" : "Write only the name; to send another value, use SetEnv NAME=value",
    );
  }
  return { type: "values", values: args };
}

function readOne(
  kind: Exclude<
    KeywordKind,
    {
      type:
        | "ignored"
        | "unsupported"
        | "command"
        | "jump"
        | "words"
        | "more"
        | "any"
        | "files"
        | "variables"
        | "variableNames"
        | "rekeyLimit";
    }
  >,
  args: readonly string[],
  environment: Environment,
): KeywordValue {
  const [arg = "", ...extra] = args;
  if (arg === "") return problem("An argument is missing or empty", "Give it a value or remove the line");
  if (extra.length > 0) {
    return problem(
      `${quote(extra.join(" "))} is one argument too many`,
      "Put quotes around a value that contains blanks",
    );
  }
  switch (kind.type) {
    case "flag":
      return readChoice({ yes: "yes", true: "yes", no: "no", false: "no" }, arg);
    case "choice":
      return readChoice(kind.words, arg);
    case "logLevel":
      return readChoice(logLevels, arg);
    case "number":
      return readNumber(arg);
    case "seconds":
      return readSeconds(arg);
    case "port":
      return parsePort(arg) === undefined
        ? problem(`${quote(arg)} is not a port`, "Give a number from 1 to 65535")
        : values(String(parsePort(arg)));
    case "agent":
      return readAgent(arg, environment);
    case "word":
    case "file":
    case "algorithms":
      return values(arg);
  }
}

function readChoice(words: Readonly<Record<string, string>>, arg: string): KeywordValue {
  const word = arg.toLowerCase();
  const value = Object.hasOwn(words, word) ? words[word] : undefined;
  return value === undefined
    ? problem(`${quote(arg)} is not allowed here`, `Use one of ${Object.keys(words).join(", ")}`)
    : values(value);
}

function readNumber(arg: string): KeywordValue {
  const number = /^\s*\+?\d+$/.test(arg) ? Number(arg) : Number.NaN;
  return number <= 0x7fffffff
    ? values(String(number))
    : problem(`${quote(arg)} is not a number`, "Give a whole number");
}

function readSeconds(arg: string): KeywordValue {
  if (arg === "none") return { type: "nothing" };
  const seconds = parseSeconds(arg);
  return seconds === undefined
    ? problem(`${quote(arg)} is not a duration, or too long`, "Write a duration such as 90, 5m or 1h30m")
    : values(String(seconds));
}

function readRekeyLimit(args: readonly string[]): KeywordValue {
  return parseRekeyLimit(args) === undefined
    ? problem(
        `${quote(args.join(" "))} is not a limit of data and time`,
        "Write a limit such as 1G, 500M 1h or default 30m",
      )
    : // A time of none leaves it to later lines.
      { type: "values", values: args.filter((arg, index) => index === 0 || arg !== "none") };
}

function readAgent(arg: string, environment: Environment): KeywordValue {
  try {
    expandVariables(arg, environment);
  } catch (error) {
    if (!(error instanceof ExpandError)) throw error;
    return problem(error.message, "Set the variable or write the path of the socket");
  }
  return /^\$(?!\{)/.test(arg) && !/^\$[A-Za-z_][A-Za-z0-9_]*$/.test(arg)
    ? problem(
        `${quote(arg.slice(1))} is not the name of an environment variable`,
        "Write $NAME or the path of the socket",
      )
    : values(arg);
}

function values(value: string): KeywordValue {
  return { type: "values", values: [value] };
}

function problem(message: string, hint: string): KeywordValue {
  return { type: "problem", message, hint };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
