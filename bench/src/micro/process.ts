import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MicroResult } from "../report/results.ts";
import { type MicroJob, runMicro } from "./run.ts";

/**
 * Does the same as {@link runMicro} in its own process, so that compiled code and garbage of one measurement do not
 * affect the next.
 */
export async function runMicroProcess(
  job: MicroJob,
  bounds: { readonly limitSeconds: number; readonly signal: AbortSignal },
): Promise<MicroResult> {
  const { name } = job;
  try {
    const words = [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(job)];
    const { stdout } = await promisify(execFile)(process.execPath, words, {
      timeout: bounds.limitSeconds * 1000,
      signal: bounds.signal,
    });
    return JSON.parse(stdout);
  } catch (error) {
    bounds.signal.throwIfAborted();
    return { name, title: name, unit: "", variants: [], ratios: {}, note: describeFailure(error) };
  }
}

/** Returns the line with the error from the output of a failed process. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("killed" in error && error.killed === true) return "stopped: it took too long";
  const lines = error.message.split("\n").filter((line) => line.trim() !== "");
  return `failed: ${(lines.find((line) => /^\w*Error/.test(line)) ?? lines[1] ?? lines[0] ?? "").trim()}`;
}

const argument = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && argument !== undefined) {
  process.stdout.write(JSON.stringify(await runMicro(JSON.parse(argument))));
}
