import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { ScpConnectionError, type ScpExecChannel, type ScpExit, TailStream } from "@scpkit/core";
import { readPipe } from "./read-pipe.ts";
import { writePipe } from "./write-pipe.ts";

/** Bytes of standard error that are kept while nobody reads it. */
const stderrBytes = 64 * 1024;

/** Milliseconds between SIGTERM and SIGKILL. */
const killGraceMs = 2_000;

/**
 * Milliseconds to wait for the remaining standard error of a child that has exited. It can stay open for longer: `ssh`
 * leaves it to the process that shares its connection.
 */
const lastWordsMs = 250;

/** Options for starting a child process. */
export interface SpawnOptions {
  /** @default the environment of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default the working directory of this process */
  readonly cwd?: string | undefined;
  /**
   * With `"inherit"`, standard error goes to that of this process; the channel's `stderr` is then empty.
   * @default "pipe"
   */
  readonly stderr?: "pipe" | "inherit" | undefined;
  /** Ends the child. Its streams error with the reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a program, without a shell, and returns a channel over its standard streams. Standard error is always read.
 * Closing the channel before the program has ended sends SIGTERM, and SIGKILL two seconds later.
 *
 * @param argv the arguments, without the program's name
 * @throws {ScpConnectionError} `spawn-failed`
 */
export async function spawnChannel(
  program: string,
  argv: readonly string[],
  options: SpawnOptions = {},
): Promise<ScpExecChannel> {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = await start(program, argv, options);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("The child has no pipes");

  let running = true;
  const exited = new Promise<ScpExit>((resolve) => {
    child.once("exit", (code, killedBy) => {
      running = false;
      resolve(killedBy === null ? { code: code ?? undefined } : { signal: killedBy.replace(/^SIG/, "") });
    });
  });
  const stderr = new TailStream(stderrBytes);
  child.stderr?.on("data", (chunk: Uint8Array) => stderr.push(chunk));
  const readable = readPipe(stdout, stop);
  const writable = writePipe(stdin, { end: true, onAbort: stop });

  const closed = (async (): Promise<ScpExit> => {
    const exit = await exited;
    await readable.done;
    await lastWords(child);
    stderr.end();
    return exit;
  })();

  let ended = false;
  void readable.done.then(() => {
    ended = true;
  });
  let stopped = false;
  function stop(reason: unknown): void {
    if (stopped) return;
    stopped = true;
    if (running) void endChild(child, exited, ended ? lastWordsMs : 0);
    // A child whose output is not read would block on its full pipe, so both its pipes are closed.
    readable.stop(reason);
    writable.stop(reason);
  }

  const abort = (): void => stop(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  void closed.then(() => signal?.removeEventListener("abort", abort));

  const close = async (): Promise<void> => {
    stop(new DOMException("This side closed the channel", "AbortError"));
    await closed;
  };
  return {
    readable: readable.stream,
    writable: writable.stream,
    stderr: stderr.readable,
    closed,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function start(program: string, argv: readonly string[], options: SpawnOptions): Promise<ChildProcess> {
  const { cwd, env, stderr = "pipe" } = options;
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(spawnError(program, cause));
    try {
      const child = spawn(program, argv, {
        stdio: ["pipe", "pipe", stderr],
        cwd,
        env: env === undefined ? undefined : { ...env },
        windowsHide: true,
      });
      child.stdin?.on("error", () => {});
      child.once("spawn", () => resolve(child));
      // The listener stays: killing can fail later, and an `error` event without a listener ends the process.
      child.on("error", fail);
    } catch (cause) {
      fail(cause);
    }
  });
}

/**
 * @param patienceMs milliseconds to wait for the child to end by itself, because a child whose output has ended still
 * has a status to report
 */
async function endChild(child: ChildProcess, exited: Promise<unknown>, patienceMs: number): Promise<void> {
  if (patienceMs > 0 && (await endsWithin(exited, patienceMs))) return;
  child.kill("SIGTERM");
  if (!(await endsWithin(exited, killGraceMs))) killNow(child);
}

async function endsWithin(ended: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Kills by process id, which is not reused before the exit is reported. On Deno, a child can be signalled only once.
 */
function killNow({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  } catch {
    // The child has just ended.
  }
}

async function lastWords({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null || stderr.readableEnded) return;
  const over = new Promise<void>((resolve) => {
    stderr.once("end", resolve);
    stderr.once("close", resolve);
  });
  await endsWithin(over, lastWordsMs);
  stderr.destroy();
}

function spawnError(program: string, cause: unknown): ScpConnectionError {
  const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ScpConnectionError(
    "spawn-failed",
    `Cannot run ${JSON.stringify(program)}: ${missing ? "it was not found" : reason}`,
    missing ? "Install it, or give its full path" : "Check that you have permission to execute it",
    { cause },
  );
}
