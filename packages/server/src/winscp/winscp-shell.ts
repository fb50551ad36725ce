import { escapeText, parseCommand, ScpLimitError, ScpPeerError } from "@scpkit/codec";
import { ScpIncompleteError, type ScpSessionChannel, serverLimits } from "@scpkit/core";
import { ChannelIO, yieldWhenDue } from "@scpkit/core/engine";
import { ScpRefusalError } from "@scpkit/middleware";
import type { Awaitable } from "@scpkit/sink";
import type { ScpServeOptions, ScpSessionOption } from "../serve-options.ts";
import { ClientWatch, clientGone } from "../session/client-watch.ts";
import { describeForPeer } from "../session/describe-for-peer.ts";
import { createRequestId } from "../session/request.ts";
import { runSession } from "../session/run-session.ts";
import { sendExit, writeToStderr } from "../session/session-exit.ts";
import { guardFiles } from "./guard-files.ts";
import { type CommandResult, resolvePath, type ShellState, shellCommands } from "./shell-commands.ts";
import type { ScpShellFiles } from "./shell-files.ts";
import { ShellInput } from "./shell-input.ts";
import { type ShellCommand, type ShellWord, splitShellLine } from "./shell-syntax.ts";

/** Options of a WinSCP shell, in addition to the handlers of `serveCommand`. */
export interface WinscpShellOptions<S = undefined> {
  /**
   * Returns the files that the shell lists and changes. Called once per session. They must be the files that `target`
   * and `entries` reach. The signal is aborted when the session is aborted or its client has disconnected; long
   * operations should end then.
   */
  readonly files: (session: S, signal: AbortSignal) => Awaitable<ScpShellFiles>;
  /** The directory where a session begins, an absolute path. @default "/" */
  readonly home?: string | undefined;
  /** The owner shown for files without one. @default "user" */
  readonly user?: string | undefined;
  /** The group shown for files without one, and the output of `groups`. @default "user" */
  readonly group?: string | undefined;
  /** Milliseconds without a command after which the session ends. 0 never ends it. @default 900000 */
  readonly idleMs?: number | undefined;
}

/** The result of a shell session. */
export interface WinscpShellOutcome {
  /** The exit status that was sent. */
  readonly exitCode: number;
  /** The reason why the session ended, unless the client ended it. */
  readonly error?: unknown;
}

/** The maximum length of a command line in bytes. */
const maxLineBytes = 16 * 1024;

/**
 * Serves the shell that WinSCP opens in SCP mode. It is not a real shell: it answers the commands that WinSCP sends and
 * runs no programs.
 *
 * | command | answer |
 * |---|---|
 * | `echo`, `pwd`, `groups`, `uname`, `printenv LANG` | text; `$?` is the last status, every other variable is empty |
 * | `unset`, `unalias` | nothing |
 * | `cd`, `ls -la`, `ls -la -d`, each with or without `--full-time` | from `files` |
 * | `mkdir`, `rm -f -r`, `mv -f`, `chmod`, with octal modes | by `files`, if it has the method |
 * | `scp -r -p -d -t`, `scp -r -p -d -f` | by `target` and `entries`, with absolute paths; an upload ends with the client's last `E` record |
 * | `exit` | ends the session |
 * | anything else | status 127 (`ln`, `cp`, `chown`, `chgrp`), or 2 for shell syntax that is not supported |
 *
 * The session ends when the client disconnects, or when more than `limits.maxRefusals` commands fail. It also ends when
 * a transfer is aborted instead of ending with failures, because the next bytes from the client could be the rest of a
 * file. Never rejects.
 */
export async function serveWinscpShell<S = undefined>(
  channel: ScpSessionChannel,
  options: ScpServeOptions<S> & WinscpShellOptions<S> & ScpSessionOption<S>,
): Promise<WinscpShellOutcome> {
  const { idleMs = 900_000 } = options;
  const { stallMs } = { ...serverLimits, ...options.limits };
  const watch = new ClientWatch(channel, options.signal, stallMs);
  const { signal } = watch;
  let outcome: WinscpShellOutcome;
  if (signal.aborted) {
    writeToStderr(channel, [describeForPeer(signal.reason, "")]);
    channel.readable.cancel().catch(() => {});
    outcome = { exitCode: 1, error: signal.reason };
  } else {
    outcome = await runShell(channel, { ...options, signal }, idleMs);
  }
  await sendExit(channel, outcome.exitCode, stallMs, signal);
  watch.end();
  return outcome;
}

async function runShell<S>(
  channel: ScpSessionChannel,
  options: ScpServeOptions<S> & WinscpShellOptions<S> & { readonly signal: AbortSignal },
  idleMs: number,
): Promise<WinscpShellOutcome> {
  const { signal } = options;
  const port = new ChannelIO(channel, {
    signal,
    limits: { stallMs: idleMs, firstByteMs: idleMs },
  });
  try {
    // `session` is only absent if S allows undefined.
    const files = await port.raceFailure((async () => options.files(options.session as S, signal))());
    const exitCode = await new Shell(port, channel, underPolicy(files, options), options).run();
    await port.closeWritable();
    port.release();
    return { exitCode };
  } catch (error) {
    port.fail(error);
    return { exitCode: 1, error };
  }
}

/** Applies the policy for uploads to the changes that the shell makes. */
function underPolicy<S>(
  files: ScpShellFiles,
  { policy, session, signal }: ScpServeOptions<S> & { readonly signal: AbortSignal },
): ScpShellFiles {
  if (policy === undefined) return files;
  const command = parseCommand("scp -r -t /");
  if (command === undefined) throw new Error("The command cannot be parsed");
  // `session` is only absent if S allows undefined.
  const request = { id: createRequestId(), command, direction: "upload", session: session as S, signal } as const;
  return guardFiles(files, (entry) => policy(entry, request), signal);
}

class Shell<S> {
  readonly #port: ChannelIO;
  readonly #channel: ScpSessionChannel;
  readonly #options: ScpServeOptions<S>;
  readonly #input: ShellInput;
  readonly #state: ShellState;
  readonly #maxRefusals: number;
  #status = 0;
  #refusals = 0;
  #exited = false;
  #gone = false;

  constructor(
    port: ChannelIO,
    channel: ScpSessionChannel,
    files: ScpShellFiles,
    options: ScpServeOptions<S> & WinscpShellOptions<S>,
  ) {
    const { home = "/", user = "user", group = user } = options;
    this.#port = port;
    this.#channel = channel;
    this.#options = options;
    this.#maxRefusals = { ...serverLimits, ...options.limits }.maxRefusals;
    this.#input = new ShellInput(port);
    // SIGHUP ends a shell in the same way: pending commands are dropped, because no client is left to read the answers.
    channel.closed.then(() => {
      this.#gone = true;
    });
    this.#state = {
      files,
      home,
      user,
      group,
      directory: home,
      describe: options.describeError ?? describeForPeer,
      writeOut: async (bytes) => await port.write(bytes),
    };
  }

  /** Runs commands until the client ends the session. Resolves to the exit status. */
  async run(): Promise<number> {
    while (!this.#exited) {
      const line = await this.#input.readLine(maxLineBytes);
      if (line === undefined) break;
      for (const command of splitShellLine(line)) {
        if (this.#gone) throw clientGone();
        if (!this.#exited) await this.#runCommand(command);
        await yieldWhenDue();
      }
      // A line may have no commands.
      await yieldWhenDue();
    }
    return this.#status;
  }

  async #runCommand({ text, words }: ShellCommand): Promise<void> {
    const [name = "", ...args] = (words ?? []).map((word) => this.#expand(word));
    const { status, error } = await this.#dispatch(text, words === undefined, name, args);
    this.#status = status;
    if (status !== 0) this.#countRefusal();
    if (error !== undefined) await this.#writeError(error);
  }

  #countRefusal(): void {
    this.#refusals += 1;
    if (this.#refusals <= this.#maxRefusals) return;
    throw new ScpLimitError("limit-refusals", this.#maxRefusals, `More than ${this.#maxRefusals} commands failed`);
  }

  async #dispatch(text: string, unknown: boolean, name: string, args: readonly string[]): Promise<CommandResult> {
    if (unknown) return { status: 2, error: "sh: only the commands that WinSCP sends are supported" };
    if (name === "exit") {
      this.#exited = true;
      return { status: /^\d{1,3}$/.test(args[0] ?? "") ? Number(args[0]) & 0xff : this.#status };
    }
    if (name === "scp") return { status: await this.#transfer(text) };
    const run = shellCommands.get(name);
    if (run === undefined) return { status: 127, error: `sh: ${escapeText(name)}: not found` };
    return await this.#port.raceFailure(run(args, this.#state));
  }

  async #transfer(text: string): Promise<number> {
    const parsed = parseCommand(text);
    if (parsed === undefined) {
      await this.#writeError("scp: this form of the command is not supported");
      return 2;
    }
    const { directory, home } = this.#state;
    const command = { ...parsed, paths: parsed.paths.map((path) => resolvePath(directory, path, home)) };
    const share = this.#lendChannel();
    let begun = parsed.role === "source";
    const { exitCode, error } = await runSession(
      command,
      share.channel,
      { ...this.#options, signal: this.#port.signal },
      {
        onReceive: () => {
          begun = true;
        },
      },
    );
    await share.done;
    const harmless = error instanceof ScpIncompleteError || error instanceof ScpRefusalError;
    // The client of a download may end it with an error line. No file data can follow it.
    const ended = parsed.role === "source" && error instanceof ScpPeerError;
    if (begun && error !== undefined && !harmless && !ended) throw error;
    return exitCode;
  }

  /**
   * Returns a session channel for one command. It reads the command's share of the input, and closing its output keeps
   * the shell's open.
   */
  #lendChannel(): { readonly channel: ScpSessionChannel; readonly done: Promise<void> } {
    const input = this.#input.lend();
    const { stderr } = this.#channel;
    // The shell itself watches for the disconnect. One more listener for each command would leak.
    const closed = new Promise<never>(() => {});
    let settle: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const writable = new WritableStream<Uint8Array>({
      write: async (chunk) => await this.#port.write(chunk),
      close: () => settle(),
      abort: () => settle(),
    });
    const exit = async (): Promise<void> => {
      if (!writable.locked) settle();
      await done;
      input.close();
    };
    return { channel: { readable: input.readable, writable, stderr, closed, exit }, done };
  }

  async #writeError(text: string): Promise<void> {
    const writer = this.#channel.stderr.getWriter();
    try {
      await this.#port.waitForPeer(writer.write(new TextEncoder().encode(`${text}\n`)));
    } finally {
      writer.releaseLock();
    }
  }

  #expand(word: ShellWord): string {
    return word
      .map((part) => {
        if (typeof part === "string") return part;
        return part.variable === "?" ? String(this.#status) : "";
      })
      .join("");
  }
}
