import { createStdioChannel } from "@scpkit/child-process";
import { createFsTarget, walk } from "@scpkit/fs";
import { serveCommand } from "@scpkit/server";
import type { ScpkitCommand } from "../command-line/parse.ts";
import { commandLimits } from "../copy/command-limits.ts";
import { targetOptions } from "../copy/target-options.ts";
import { checkArgument } from "../operands/argument-bytes.ts";
import { errorText } from "../report/error-text.ts";

/**
 * Runs `-t` and `-f`: the remote end of another scp, which an SSH server runs on its standard streams.
 *
 * As with OpenSSH's scp the client may see everything that the account may see: its shell has expanded the paths, the file system
 * decides, and error messages are the system's own. No time limit applies to the client.
 *
 * SIGINT, SIGTERM and SIGHUP end the process, whether the client reads or not. With `-t` the file that is half received is removed
 * first; a second signal ends the process without that. `-f` has nothing to remove and leaves them to the system, as scp does.
 *
 * @returns the exit status
 */
export async function runServerMode(
  command: Extract<ScpkitCommand, { readonly type: "source" | "sink" }>,
): Promise<number> {
  const { recursive, preserve, targetIsDirectory, verbosity } = command.options;
  const abort = new AbortController();
  if (command.type === "sink") {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => abort.abort(new Error(`Ended by ${signal}`)));
    }
  }
  const outcome = await serveCommand(
    {
      program: "scp",
      role: command.type,
      paths: command.paths,
      patterns: command.paths.map(() => false),
      recursive,
      preserve,
      targetIsDirectory,
      verbose: verbosity > 0,
    },
    createStdioChannel(),
    {
      target: (_, path) => createFsTarget(checkArgument(path), targetOptions(command.options)),
      entries: (_, path) => walk(checkArgument(path), { recursive, blocking: true }),
      limits: { ...commandLimits, stallMs: 0, firstByteMs: 0 },
      describeError: errorText,
      signal: abort.signal,
    },
  );
  const exitCode = outcome.handled ? outcome.exitCode : 1;
  // Replies that the client has not read would keep the process alive.
  if (abort.signal.aborted) process.exit(exitCode);
  return exitCode;
}
