import { getSystemErrorMap } from "node:util";
import { escapeText, ScpError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { errorCode, type ScpFailure, ScpIncompleteError, type ScpTransferSummary } from "@scpkit/core";
import { formatDuration, formatRate, formatSize } from "./format.ts";
import { type HintContext, hintFor } from "./hints.ts";
import { isOutOfFiles, tooManyFiles } from "./too-many-files.ts";

/** The description of an error for the user. Control characters of both lines are escaped. */
export interface Explanation {
  /** What failed and why: one line, without the program's name. */
  readonly message: string;
  /** What to try: one line. */
  readonly hint: string | undefined;
}

/** Describes any error. */
export function explain(error: unknown, context: HintContext = {}): Explanation {
  const described = oneLine(describe(error));
  const outOfFiles = isOutOfFiles(error);
  const message = outOfFiles && !described.includes(tooManyFiles) ? `${described}: ${tooManyFiles}` : described;
  // A hint about the file that could not be opened would name the wrong cause.
  const ownHint = outOfFiles ? undefined : hintOf(error);
  const hint = ownHint ?? hintFor(error, { code: outOfFiles ? "too-many-open" : errorCode(error), message }, context);
  return { message, hint: hint === undefined ? undefined : oneLine(hint) };
}

/**
 * Returns the lines for standard error, each with a newline: the message, and `hint: ` with what to try. As in scp, messages of the
 * peer (`scp: f: Permission denied`) and messages about a single local file have no program name in front.
 */
export function formatError(error: unknown, program = "scpkit"): string {
  const { message, hint } = explain(error);
  const own = error instanceof ScpPeerError || isOperandError(error) || isFileError(error);
  const first = own ? message : `${program}: ${message}`;
  return hint === undefined ? `${first}\n` : `${first}\nhint: ${hint}\n`;
}

/** Describes one failure of a transfer on one line. The path comes first, unless the message contains it. */
export function formatFailure(failure: ScpFailure): string {
  const { message } = explain(failure.error);
  const path = oneLine(failure.path);
  const named = message.includes(path) || namesItself(failure.error);
  return path === "" || named ? message : `${path}: ${message}`;
}

/**
 * Returns the summary of a copy: the totals, then the recorded failures and the number of the others.
 *
 * @param seconds how long it took
 */
export function formatSummary(summary: ScpTransferSummary, seconds: number, program = "scpkit"): string {
  const { files, directories, bytes, failures, failureCount } = summary;
  const rate = formatRate(seconds > 0 ? bytes / seconds : bytes).trim();
  const time = formatDuration(seconds).trim();
  const amount = bytes < 10_000 ? count(bytes, "byte") : formatSize(bytes).trim();
  const counts = [count(files, "file")];
  if (directories > 0) counts.push(count(directories, "directory"));
  const arrived = `${program}: ${counts.join(", ")}, ${amount} in ${time} (${rate}/s)`;
  if (failureCount === 0) return `${arrived}\n`;
  const lines = [`${arrived}; ${count(failureCount, "failure")}:`];
  for (const failure of failures) lines.push(`  ${formatFailure(failure)}`);
  if (failureCount > failures.length) lines.push(`  and ${failureCount - failures.length} more`);
  return `${lines.join("\n")}\n`;
}

/** Returns whether the message of the peer or of the file system begins with a path: that of the target, not of the entry. */
function namesItself(error: unknown): boolean {
  if (error instanceof ScpPeerError) return /^(scp: )?[^:]+: \S/.test(error.peerMessage.trim());
  return error instanceof Error && error.name === "ScpFsError" && "path" in error && error.path !== "";
}

function describe(error: unknown): string {
  if (error instanceof ScpPeerError) return error.peerMessage;
  if (error instanceof ScpIncompleteError) {
    return `The transfer is incomplete: ${count(error.summary.failureCount, "failure")}`;
  }
  if (error instanceof ScpProtocolError && error.noise) {
    return `The remote host did not answer with the SCP protocol, but with "${error.line}"`;
  }
  if (error instanceof ScpError || !(error instanceof Error))
    return error instanceof Error ? error.message : String(error);
  return describeSystemError(error) ?? (error.message || error.name);
}

interface SystemError extends Error {
  readonly errno?: unknown;
  readonly path?: unknown;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
}

/** Node's `ENOENT: no such file or directory, open 'x'` in scp's form: `x: No such file or directory`. */
function describeSystemError(error: SystemError): string | undefined {
  const { errno, path, syscall, address, port } = error;
  const words = typeof errno === "number" ? getSystemErrorMap().get(errno)?.[1] : undefined;
  if (words === undefined) return undefined;
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  if (syscall === "connect" && address !== undefined) return `connect to host ${address} port ${port}: ${text}`;
  return typeof path === "string" ? `${path}: ${text}` : text;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "path" in error && typeof error.path === "string" && !("spawnargs" in error);
}

function isOperandError(error: unknown): boolean {
  return error instanceof Error && error.name === "OperandError";
}

function hintOf(error: unknown): string | undefined {
  const hint = error instanceof Error && "hint" in error ? error.hint : undefined;
  return typeof hint === "string" && hint !== "" ? hint : undefined;
}

/** Joins lines with spaces: a message of several lines would look like several messages. Takes linear time. */
function oneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return escapeText(lines.filter((line) => line !== "").join(" "));
}

function count(number: number, noun: string): string {
  const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number} ${number === 1 ? noun : plural}`;
}
