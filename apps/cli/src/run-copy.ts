import { ScpIncompleteError, type ScpTransport } from "@scpkit/channel";
import { escapeText } from "@scpkit/codec";
import type { CopySession, RemoteOperand } from "./copy-session.ts";
import { isForeground } from "./foreground.ts";
import { copyLocal } from "./local-copy.ts";
import { formatError, formatFailure } from "./messages.ts";
import { checkUserName, parseOperand } from "./operand.ts";
import type { ScpkitCommand, ScpkitOptions } from "./options.ts";
import { createProgressView } from "./progress-view.ts";
import { openLocalTarget } from "./run-download.ts";
import { createTerminalPrompter } from "./terminal-prompt.ts";

/** SIGINT, SIGTERM or SIGHUP ended the run. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  constructor(signal: NodeJS.Signals) {
    super(`Ended by ${signal}`);
  }
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Carries a copy out, operand by operand.
 *
 * @returns the exit status: 0, or 1 when anything failed
 */
export async function runCopy(command: Extract<ScpkitCommand, { readonly type: "copy" }>): Promise<number> {
  const { options } = command;
  const abort = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => abort.abort(new InterruptedError(signal));
  for (const signal of endingSignals) process.on(signal, onSignal);
  const run = new Run(options, abort.signal);
  try {
    await run.copy(command.sources, command.target);
  } catch (error) {
    run.session.fail(error);
  } finally {
    await run.close();
    for (const signal of endingSignals) process.off(signal, onSignal);
  }
  return run.failed ? 1 : 0;
}

class Run {
  readonly session: CopySession;
  failed = false;
  #close: () => Promise<void> = async () => {};
  #transportFor: Promise<(operand: RemoteOperand) => Promise<ScpTransport>> | undefined;

  constructor(options: ScpkitOptions, signal: AbortSignal) {
    const view = createProgressView({
      mode: options.progress,
      tree: options.recursive || options.targetIsDirectory,
      terminal: {
        isTTY: process.stdout.isTTY === true,
        get columns() {
          return process.stdout.columns;
        },
        get rows() {
          return process.stdout.rows;
        },
        write: (text) => void process.stdout.write(text),
        isForeground,
      },
    });
    const say = (text: string): void => view.around(() => void process.stderr.write(`${text}\n`));
    for (const note of options.notes) say(note);
    const decoder = new TextDecoder();
    this.session = {
      options,
      signal,
      view,
      say,
      prompter: createTerminalPrompter(signal),
      debug: (text) => options.verbosity > 0 && say(`debug1: ${text}`),
      fail: (error) => this.#fail(error),
      transportFor: async (operand) => (await this.#transports())(operand),
      onStderr: (chunk) => {
        const text = decoder.decode(chunk, { stream: true }).replace(/\r?\n$/, "");
        say(text.split(/\r?\n/).map(escapeText).join("\n"));
      },
    };
  }

  async close(): Promise<void> {
    this.session.view.end();
    await this.#close();
  }

  async copy(sources: readonly string[], target: string): Promise<void> {
    const to = parseOperand(target);
    if (to.type === "local") await this.#toLocal(sources, to.path);
    else await this.#toRemote(sources, to);
  }

  async #toLocal(sources: readonly string[], path: string): Promise<void> {
    const { session } = this;
    const target = await openLocalTarget(session, path);
    for (const source of sources) {
      await this.#try(async () => {
        const from = parseOperand(source);
        if (from.type === "local") return this.#local(from.path, path);
        if (from.user !== undefined) checkUserName(from.user);
        const { runDownload } = await import("./run-download.ts");
        await runDownload(session, from, target);
      });
    }
  }

  async #toRemote(sources: readonly string[], target: RemoteOperand): Promise<void> {
    const locals: string[] = [];
    const sendLocals = async (): Promise<void> => {
      const paths = locals.splice(0);
      if (paths.length === 0) return;
      const { runUpload } = await import("./run-upload.ts");
      await runUpload(this.session, paths, target);
    };
    for (const source of sources) {
      await this.#try(async () => {
        const from = parseOperand(source);
        if (from.type === "local") {
          locals.push(from.path);
          return;
        }
        if (from.user !== undefined) checkUserName(from.user);
        await sendLocals();
        await this.#remote(from, target);
      });
    }
    await this.#try(sendLocals);
  }

  async #local(source: string, target: string): Promise<void> {
    const { recursive, preserve } = this.session.options;
    const copied = await copyLocal(source, target, {
      recursive,
      preserve,
      onCommand: (text) => this.session.debug(`Executing: ${text}`),
    });
    if (!copied) this.failed = true;
  }

  async #remote(source: RemoteOperand, target: RemoteOperand): Promise<void> {
    if (this.session.options.remoteToRemote === "direct") {
      const { runDirect } = await import("./run-direct.ts");
      await runDirect(this.session, source, target);
    } else {
      const { runRelay } = await import("./run-relay.ts");
      await runRelay(this.session, source, target);
    }
  }

  /** One operand that fails does not keep the others from being copied. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      this.session.signal.throwIfAborted();
      await work();
    } catch (error) {
      if (this.session.signal.aborted) throw this.session.signal.reason;
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.failed = true;
    if (error instanceof InterruptedError) return;
    const { view } = this.session;
    view.around(() => {
      if (error instanceof ScpIncompleteError) {
        for (const failure of error.summary.failures) process.stderr.write(`${formatFailure(failure)}\n`);
      } else {
        process.stderr.write(formatError(error));
      }
    });
  }

  /** The SSH library is loaded when the first connection is made. */
  #transports(): Promise<(operand: RemoteOperand) => Promise<ScpTransport>> {
    this.#transportFor ??= this.#loadTransports();
    return this.#transportFor;
  }

  async #loadTransports(): Promise<(operand: RemoteOperand) => Promise<ScpTransport>> {
    const { session } = this;
    const { options } = session;
    if (options.program !== undefined) {
      const { programTransport } = await import("./program-transport.ts");
      return async (operand) => programTransport(operand, options);
    }
    const { ConnectionPool } = await import("./connection-pool.ts");
    const pool = new ConnectionPool(session);
    this.#close = () => pool.close();
    return (operand) => pool.transportFor(operand);
  }
}
