import { createFsTarget, walk } from "@scpkit/fs";
import { createStdioChannel } from "@scpkit/process";
import { serveCommand } from "@scpkit/server";
import type { ScpkitCommand } from "./options.ts";

/**
 * `-t` and `-f`: the remote end of somebody's scp, run by an SSH server on its standard streams.
 *
 * As in OpenSSH the client may see everything the account may: its shell has expanded the paths, its file system decides, and it
 * hears the system's own words. A client may take its time.
 *
 * @returns the exit status
 */
export async function runServerMode(
  command: Extract<ScpkitCommand, { readonly type: "source" | "sink" }>,
): Promise<number> {
  const { recursive, preserve, targetIsDirectory, verbosity } = command.options;
  // The session ends with these in its own way: what is half received is removed.
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => abort.abort(new Error(`Ended by ${signal}`)));
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
      target: (_, path) => createFsTarget(path, { preserve, targetIsDirectory, blocking: true }),
      entries: (_, path) => walk(path, { recursive, blocking: true }),
      limits: { stallMs: 0, firstByteMs: 0 },
      describeError: (error) => (error instanceof Error ? error.message : String(error)),
      signal: abort.signal,
    },
  );
  return outcome.handled ? outcome.exitCode : 1;
}
