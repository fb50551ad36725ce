import { spawn } from "node:child_process";
import { type ScpParsedCommand, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import type { ScpExit, ScpSessionChannel } from "@scpkit/core";
import { createFsTarget, walk } from "@scpkit/fs";
import { serveCommand } from "@scpkit/server";
import { concat } from "../input/bytes.ts";
import { createScriptedChannel } from "../scripted-channel.ts";

/** The outcome of one end of a session. */
export interface ScpOutcome {
  readonly exitCode: number | undefined;
  /** The bytes that it wrote to its peer. */
  readonly output: Uint8Array;
  /** For scpkit: the error of the session. */
  readonly error?: unknown;
  /** For scpkit: the names of the files that the source itself reported as damaged. */
  readonly damaged?: readonly string[] | undefined;
  /** For scpkit: the file whose source closed in place of its status. */
  readonly unconfirmed?: string | undefined;
}

/** The command line, in a form that both programs can run. */
export type ScpRun = Pick<ScpParsedCommand, "role" | "paths" | "recursive" | "preserve" | "targetIsDirectory">;

/** Runs the system's own `scp` on pipes. Its peer sends everything at once and closes. */
export function runRealScp(run: ScpRun, input: Uint8Array): Promise<ScpOutcome> {
  const flags = [run.recursive && "-r", run.preserve && "-p", run.targetIsDirectory && "-d"].filter(
    (flag) => flag !== false,
  );
  const argv = [...flags, run.role === "source" ? "-f" : "-t", "--", ...run.paths];
  const child = spawn("scp", argv, {
    stdio: ["pipe", "pipe", "ignore"],
    timeout: 20_000,
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  const output: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? undefined, output: concat(...output) }));
  });
}

/** Runs `scpkit -t` or `-f` in this process, with the same engines and file system and without a confinement. */
export async function runOurScp(run: ScpRun, chunks: readonly Uint8Array[]): Promise<ScpOutcome> {
  const { recursive, preserve, targetIsDirectory } = run;
  const channel = createScriptedChannel(chunks);
  let end: (exit: ScpExit) => void = () => {};
  let exitCode: number | undefined;
  const session: ScpSessionChannel = {
    ...channel,
    stderr: new WritableStream(),
    closed: new Promise((resolve) => {
      end = resolve;
    }),
    async exit(code) {
      exitCode ??= code;
      end({ code });
    },
  };
  const command = { ...run, program: "scp", verbose: false, patterns: run.paths.map(() => false) };
  const damaged: string[] = [];
  let unconfirmed: string | undefined;
  const outcome = await serveCommand(command, session, {
    target: (_, path) => createFsTarget(path, { preserve, targetIsDirectory, blocking: true }),
    entries: (_, path) => walk(path, { recursive, blocking: true }),
    onEvent: (event) => {
      if (event.type !== "transfer" || event.event.type !== "failure") return;
      const { path, error } = event.event.failure;
      if (path !== "" && error instanceof ScpPeerError) damaged.push(path);
      if (error instanceof ScpProtocolError && error.code === "missing-status") unconfirmed = path;
    },
    describeError: (error) => (error instanceof Error ? error.message : String(error)),
  });
  const error = outcome.handled ? outcome.error : undefined;
  return { exitCode, output: await channel.written(), error, damaged, unconfirmed };
}
