import { spawn } from "node:child_process";
import { once } from "node:events";
import { ScpConnectionError } from "@scpkit/core";
import type { ScpkitOptions } from "../command-line/parse.ts";
import type { RemoteOperand } from "../operands/operand.ts";
import { checkUserName } from "../operands/operand.ts";
import { FatalError } from "../report/fatal-error.ts";
import type { CopyContext } from "./copy-context.ts";

/**
 * `-R`: has the source's host run scp towards the target. The target is for that host's scp to reach: nothing of this side's
 * configuration, port or keys goes there. As in OpenSSH both paths are left to the shell of the source's host.
 *
 * @returns whether that scp ended with status 0. What went wrong it has said itself.
 * @throws {FatalError} the target has a port
 */
export async function runDirect(context: CopyContext, source: RemoteOperand, target: RemoteOperand): Promise<boolean> {
  if (target.port !== undefined) {
    throw new FatalError("target port not supported with two remote hosts and the -R option");
  }
  if (target.user !== undefined) checkUserName(target.user);
  checkInnerWord("user name", target.user ?? "");
  checkInnerWord("host name", target.host);
  const words = innerScp(context.options, source, target);
  if (context.options.program !== undefined) {
    return await runProgram(context, context.options.program, directArguments(context.options, source, words));
  }
  const transport = await context.transportFor(source);
  // A path that looks like an option stays a path; scp itself leaves this out.
  const [scp = "", ...paths] = words;
  const command = [scp, ...(source.path.startsWith("-") ? ["--"] : []), ...paths].join(" ");
  context.debug(`Executing: ${command}`);
  await using channel = await transport.exec(command, { signal: context.signal });
  await channel.writable.close();
  await Promise.all([pass(channel.readable, context.onStderr), pass(channel.stderr, context.onStderr)]);
  context.signal.throwIfAborted();
  const { code, signal } = await channel.closed;
  if (code === undefined && signal === undefined) {
    throw new ScpConnectionError("lost", "The connection was lost", "Run the transfer again");
  }
  return code === 0;
}

/**
 * The paths are for the other shell to expand, users and hosts are not. scp itself hands them on.
 *
 * @throws {FatalError}
 */
function checkInnerWord(what: string, word: string): void {
  if (/^-|[^\w.%@:+=,~-]/.test(word)) throw new FatalError(`${what} contains invalid characters`);
}

/** The words that scp gives to ssh after the host; ssh puts spaces between them. */
function innerScp(options: ScpkitOptions, source: RemoteOperand, target: RemoteOperand): string[] {
  const { verbosity, recursive, preserve, targetIsDirectory } = options;
  const flags = `${verbosity > 0 ? " -v" : ""}${recursive ? " -r" : ""}${preserve ? " -p" : ""}${targetIsDirectory ? " -d" : ""}`;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const to = `${target.user === undefined ? "" : `${target.user}@`}${host}:${target.path}`;
  return [`scp${flags}`, source.path, to];
}

/** The argument list of the program, as OpenSSH's scp makes it. */
function directArguments({ sshArguments }: ScpkitOptions, source: RemoteOperand, words: readonly string[]): string[] {
  const { host, user, port } = source;
  return [
    "-x",
    "-oClearAllForwardings=yes",
    "-n",
    ...sshArguments,
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
    "--",
    host,
    ...words,
  ];
}

async function runProgram(context: CopyContext, program: string, argv: readonly string[]): Promise<boolean> {
  context.debug(`Executing: ${program} ${argv.join(" ")}`);
  const child = spawn(program, argv, { stdio: ["inherit", "pipe", "pipe"] });
  const end = (): void => {
    child.kill("SIGTERM");
  };
  context.signal.addEventListener("abort", end, { once: true });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", context.onStderr);
  try {
    const [code] = await once(child, "close");
    context.signal.throwIfAborted();
    return code === 0;
  } finally {
    context.signal.removeEventListener("abort", end);
  }
}

async function pass(readable: ReadableStream<Uint8Array>, onChunk: (bytes: Uint8Array) => void): Promise<void> {
  for await (const chunk of readable) onChunk(chunk);
}
