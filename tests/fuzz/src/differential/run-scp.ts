import { spawn } from "node:child_process";
import { type ScpParsedCommand, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import type { ScpExit, ScpSessionChannel } from "@scpkit/core";
import { createFsTarget, walk } from "@scpkit/fs";
import { serveCommand } from "@scpkit/server";
import { concat } from "../input/bytes.ts";
import { createScriptedChannel } from "../scripted-channel.ts";

/** How one end of a session ended. */
export interface ScpOutcome {
  readonly exitCode: number | undefined;
  /** What it wrote to its peer. */
  readonly output: Uint8Array;
  /** Of ours: what the session failed with. */
  readonly error?: unknown;
  /** Of ours: the files that the source itself called damaged, by their names. */
  readonly damaged?: readonly string[] | undefined;
  /** Of ours: the file whose source closed in place of its status. */
  readonly unconfirmed?: string | undefined;
}

/** The command line, in a form both can run. */
export type ScpRun = Pick<ScpParsedCommand, "role" | "paths" | "recursive" | "preserve" | "targetIsDirectory">;

/** The system's own `scp` on pipes; its peer says all at once and closes. */
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

/** `scpkit -t` and `-f` in this process: the same engines, the same file system, the whole machine within reach. */
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
