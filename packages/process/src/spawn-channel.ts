import { spawn } from "node:child_process";
import { ScpConnectionError, type ScpExecChannel, type ScpExit, TailStream } from "@scpkit/channel";
import { readPipe } from "./read-pipe.ts";
import { writePipe } from "./write-pipe.ts";

/** Bytes of standard error kept while nobody reads it. */
const stderrBytes = 64 * 1024;

/** Milliseconds between asking a child to end and making it. */
const killGraceMs = 2_000;

/** How a child process is started. */
export interface SpawnOptions {
  /** @default the environment of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default the working directory of this process */
  readonly cwd?: string | undefined;
  /** Ends the child; its streams error with the reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a program, without a shell, and gives its standard streams as a channel.
 *
 * @throws {ScpConnectionError} `spawn-failed`
 */
export async function spawnChannel(
  program: string,
  argv: readonly string[],
  options: SpawnOptions = {},
): Promise<ScpExecChannel> {
  const { signal, cwd, env } = options;
  signal?.throwIfAborted();
  const child = spawn(program, argv, {
    stdio: ["pipe", "pipe", "pipe"],
    cwd,
    env: env === undefined ? undefined : { ...env },
  });
  const closed = new Promise<ScpExit>((resolve) => {
    child.once("close", (code, killedBy) =>
      resolve({ code: code ?? undefined, signal: killedBy?.replace(/^SIG/, "") }),
    );
  });
  child.stdin.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => reject(spawnError(program, cause)));
  });

  let running = true;
  const end = (): void => {
    if (!running) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), killGraceMs);
    void closed.then(() => clearTimeout(timer));
  };
  // A child that is not read any more would hang on its full pipe.
  const dropOutput = (): void => {
    child.stdout.destroy();
    child.stdin.destroy();
    end();
  };
  const stderr = new TailStream(stderrBytes);
  child.stderr.on("data", (chunk: Uint8Array) => stderr.push(chunk));
  const readable = readPipe(child.stdout, end);
  const writable = writePipe(child.stdin, { onAbort: end });
  signal?.addEventListener("abort", dropOutput, { once: true });
  void closed.then(() => {
    running = false;
    stderr.end();
    signal?.removeEventListener("abort", dropOutput);
  });
  const close = async (): Promise<void> => {
    dropOutput();
    await closed;
  };
  return { readable, writable, stderr: stderr.readable, closed, close, [Symbol.asyncDispose]: close };
}

function spawnError(program: string, cause: Error): ScpConnectionError {
  const missing = "code" in cause && cause.code === "ENOENT";
  return new ScpConnectionError(
    "spawn-failed",
    `Cannot run ${JSON.stringify(program)}: ${missing ? "it was not found" : cause.message}`,
    missing ? "Install it, or give its full path" : "Check that it may be executed",
    { cause },
  );
}
