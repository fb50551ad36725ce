import { type ChildProcess, spawn } from "node:child_process";
import { ScpConnectionError, type ScpExecChannel, type ScpExit, TailStream } from "@scpkit/channel";
import { readPipe } from "./read-pipe.ts";
import { writePipe } from "./write-pipe.ts";

/** Bytes of standard error kept while nobody reads it. */
const stderrBytes = 64 * 1024;

/** Milliseconds between asking a child to end and making it. */
const killGraceMs = 2_000;

/**
 * Milliseconds the last words of a child that has ended may take. Its standard error can stay open for longer: `ssh`
 * leaves it to the process that shares its connection.
 */
const lastWordsMs = 250;

/** How a child process is started. */
export interface SpawnOptions {
  /** @default the environment of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default the working directory of this process */
  readonly cwd?: string | undefined;
  /** `"inherit"` shows standard error where this process shows its own; the channel's `stderr` is empty then. @default "pipe" */
  readonly stderr?: "pipe" | "inherit" | undefined;
  /** Ends the child; its streams error with the reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a program, without a shell, and gives its standard streams as a channel. Standard error is always read. Closing
 * the channel before the program has ended sends it SIGTERM, and SIGKILL two seconds later.
 *
 * @param argv its arguments, without its own name
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

  const exited = new Promise<ScpExit>((resolve) => {
    child.once("exit", (code, killedBy) =>
      resolve(killedBy === null ? { code: code ?? undefined } : { signal: killedBy.replace(/^SIG/, "") }),
    );
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

  let stopped = false;
  // A child that is not read any more would hang on its full pipe: both its pipes are closed.
  function stop(reason: unknown): void {
    if (stopped) return;
    stopped = true;
    readable.stop(reason);
    writable.stop(reason);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), killGraceMs);
    void exited.then(() => clearTimeout(timer));
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
      // Stays: killing can fail later, and an `error` without a listener ends the process.
      child.on("error", fail);
    } catch (cause) {
      fail(cause);
    }
  });
}

async function lastWords({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null || stderr.readableEnded) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<void>((resolve) => {
    stderr.once("end", resolve);
    stderr.once("close", resolve);
    timer = setTimeout(resolve, lastWordsMs);
  });
  clearTimeout(timer);
  stderr.destroy();
}

function spawnError(program: string, cause: unknown): ScpConnectionError {
  const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ScpConnectionError(
    "spawn-failed",
    `Cannot run ${JSON.stringify(program)}: ${missing ? "it was not found" : reason}`,
    missing ? "Install it, or give its full path" : "Check that it may be executed",
    { cause },
  );
}
