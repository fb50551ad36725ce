import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { needProgram } from "@scpkit/test-support/programs";

/** A command to run. */
export interface Command {
  /** Program and arguments; no shell. */
  readonly argv: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** The result of measuring a command. */
export interface Measurement {
  /** Wall-clock time from its start to its end. */
  readonly seconds: number;
  /** User and system time of the command and of every process that it waited for. It does not include the server. */
  readonly cpuSeconds: number;
  /** Resident memory of the largest single process among them, at its peak, in KiB. */
  readonly peakRssKiB: number;
}

/** Limits of a run. */
export interface MeasureOptions {
  /** Seconds after which the command is killed. */
  readonly limitSeconds: number;
  /** Kills the command. */
  readonly signal?: AbortSignal | undefined;
}

const wait4 = fileURLToPath(new URL("wait4.py", import.meta.url));

/**
 * Runs a command without a terminal and without input, and measures it.
 *
 * @returns the measurement, or `"limit"` if the command was killed at its limit
 * @throws if it fails, with the end of its standard error
 */
export async function measure(command: Command, options: MeasureOptions): Promise<Measurement | "limit"> {
  options.signal?.throwIfAborted();
  // The system's python3 is preferred: version managers put slow shell scripts with the same name into PATH.
  const python = needProgram("python3", ["/usr/bin"]);
  const child = spawn(python, ["-I", "-S", wait4, ...command.argv], {
    env: { ...process.env, ...command.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let stopped: "limit" | "signal" | undefined;
  const stop = (reason: "limit" | "signal"): void => {
    stopped ??= reason;
    killGroup(child.pid);
  };
  const timer = setTimeout(() => stop("limit"), options.limitSeconds * 1000);
  const onAbort = (): void => stop("signal");
  options.signal?.addEventListener("abort", onAbort);
  try {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
    if (stopped === "limit") return "limit";
    options.signal?.throwIfAborted();
    const report: unknown = stdout === "" ? undefined : JSON.parse(stdout);
    if (!isReport(report)) throw new Error(`Could not run ${command.argv[0]}: ${stderr.trim()}`);
    const { exit, ...measurement } = report;
    if (exit !== 0) throw new Error(`${command.argv.join(" ")} ended with ${exit}: ${stderr.trim()}`);
    return measurement;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch {
    // The process has just ended by itself.
  }
}

function isReport(value: unknown): value is Measurement & { readonly exit: number } {
  return typeof value === "object" && value !== null && "exit" in value;
}

function ended(child: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("close", () => resolve());
    child.once("error", reject);
  });
}

/** Returns the last 4 KiB of a stream. */
async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  let all = "";
  for await (const chunk of stream) all = (all + chunk.toString()).slice(-4096);
  return all;
}
