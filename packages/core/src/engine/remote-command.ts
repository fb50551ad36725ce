import { escapeText, ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import type { ScpExecChannel, ScpExecOptions, ScpExit, ScpTransport } from "../channel.ts";
import { ScpConnectionError } from "../connection-error.ts";
import type { ScpLimits } from "../limits.ts";
import { ScpIncompleteError } from "../transfer.ts";

/** Options of {@link runRemoteCommand}. */
export interface RemoteCommandOptions {
  readonly signal?: AbortSignal | undefined;
  /** As in `ScpExecOptions`. @default false */
  readonly queue?: boolean | undefined;
  /** Receives what the remote command writes to standard error. Escape it before it reaches a terminal. */
  readonly onStderr?: ((chunk: Uint8Array) => void) | undefined;
  /**
   * Of which `firstByteMs` bounds how long the peer may take to start the command, and `stallMs` how long the command may take to end
   * once its transfer is over. @default no limit
   */
  readonly limits?: Partial<Pick<ScpLimits, "stallMs" | "firstByteMs">> | undefined;
}

/** What shells (sh, bash, zsh, fish, csh, cmd.exe) and servers of SFTP alone print in place of scp. */
const missingScp =
  /\bscp: (?:command )?not found|command not found: scp|Unknown command:? .?scp|scp.? is not recognized|allows sftp connections only/i;

const keptStderrBytes = 4096;
/** How long a command whose output has ended may take to end itself, in ms. */
const exitGraceMs = 1000;

/**
 * Runs one transfer over one remote command. Combines the result of the transfer, the exit of the command and its standard error into
 * one outcome.
 *
 * A transfer that looks complete is a success only if the command ended with status 0: in SCP, a connection that is cut between two
 * files looks like the end. A status of 1 without a failure that explains it, a signal, or no status at all is an error.
 *
 * @param transfer runs over the channel; resolves to its result, whether this side refused something, in which case the command is
 *   expected to end with status 1, and whether it needs nothing more of the command, which is then closed: its end does not count
 * @throws {ScpConnectionError} `lost` or `command-failed`
 * @throws {ScpLimitError} `limit-first-byte` or `limit-stall`
 */
export async function runRemoteCommand<T>(
  transport: ScpTransport,
  command: string,
  options: RemoteCommandOptions,
  transfer: (
    channel: ScpExecChannel,
  ) => Promise<{ readonly result: T; readonly refused: boolean; readonly abandoned?: boolean }>,
): Promise<T> {
  const { stallMs = 0, firstByteMs = 0 } = options.limits ?? {};
  const channel = await startWithin(firstByteMs, transport, command, { signal: options.signal, queue: options.queue });
  const stderr = collectStderr(channel.stderr, options.onStderr);
  try {
    const { result, refused, abandoned = false } = await transfer(channel);
    if (abandoned) {
      await channel.close();
      return result;
    }
    const exit = await unlessAborted(within(stallMs, channel.closed), options.signal);
    if (exit === undefined) throw new ScpLimitError("limit-stall", stallMs, notEnded(stallMs));
    if (exit.code === 0 || (exit.code === 1 && refused)) return result;
    throw commandError(exit, await stderr, undefined);
  } catch (error) {
    // Its own exit status says more than that of being ended by us.
    if (endedEarly(error)) await within(exitGraceMs, channel.closed);
    await channel.close();
    if (options.signal?.aborted) throw options.signal.reason;
    throw explain(error, await channel.closed, await stderr);
  }
}

/** A command may go on although its transfer is over. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** An input that ended too early says less than the exit status and the words on standard error. */
function explain(error: unknown, exit: ScpExit, stderr: string): unknown {
  if (error instanceof ScpIncompleteError || error instanceof ScpConnectionError) return error;
  if (error instanceof ScpProtocolError && error.noise && missingScp.test(error.line ?? "")) {
    return commandError(exit, stderr.trim() === "" ? (error.line ?? "") : stderr, error);
  }
  if (!endedEarly(error) || error.cause instanceof ScpPeerError) return error;
  if (exit.code === 0 && stderr === "") return error;
  return commandError(exit, stderr, error);
}

function endedEarly(error: unknown): error is ScpProtocolError {
  return error instanceof ScpProtocolError && error.code === "unexpected-eof";
}

/** Starts the command. One that starts too late is ended. */
async function startWithin(
  ms: number,
  transport: ScpTransport,
  command: string,
  options: ScpExecOptions,
): Promise<ScpExecChannel> {
  const starting = transport.exec(command, options);
  const channel = await within(ms, starting);
  if (channel !== undefined) return channel;
  starting.then((late) => late.close()).catch(() => {});
  throw new ScpLimitError("limit-first-byte", ms, `The peer did not start the command within ${ms} ms`);
}

function notEnded(ms: number): string {
  return `The transfer is over, but the remote command did not end within ${ms} ms`;
}

/** @param ms 0: no limit */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  if (ms === 0) return await promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function commandError(exit: ScpExit, stderr: string, cause: unknown): ScpConnectionError {
  const words = stderr.trim() === "" ? "" : `: "${escapeText(stderr.trim())}"`;
  const fields = { cause, exitCode: exit.code, stderr };
  const noScp = exit.code === 127 || missingScp.test(stderr);
  if (!noScp && exit.code === undefined && exit.signal === undefined) {
    return new ScpConnectionError(
      "lost",
      `The connection was lost before the remote command ended${words}`,
      "Run the transfer again; what arrived whole is in place",
      fields,
    );
  }
  const message = `The remote command ended ${describeEnd(exit)}${words}`;
  const installed = "Install scp on the remote host, or make it reachable in the PATH of non-interactive shells";
  if (noScp) return new ScpConnectionError("no-remote-scp", message, installed, fields);
  const silent = "Check that the remote account may run scp and that its login scripts print nothing";
  return new ScpConnectionError("command-failed", message, silent, fields);
}

function describeEnd({ code, signal }: ScpExit): string {
  if (signal !== undefined) return `by signal ${signal}`;
  return code === undefined ? "without a status" : `with status ${code}`;
}

/** Keeps the last few KiB as text. Never rejects. */
async function collectStderr(
  stderr: ReadableStream<Uint8Array>,
  onStderr: ((chunk: Uint8Array) => void) | undefined,
): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stderr.getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      onStderr?.(value);
      text = (text + decoder.decode(value, { stream: true })).slice(-keptStderrBytes);
    }
  } catch {
    return text;
  }
}
