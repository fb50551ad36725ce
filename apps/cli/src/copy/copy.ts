import { existsSync } from "node:fs";
import { escapeText } from "@scpkit/codec";
import { createBandwidthLimiter, limitBandwidth, ScpConnectionError } from "@scpkit/core";
import { commandHint } from "../command-line/hints.ts";
import type { ScpkitCommand, ScpkitOptions } from "../command-line/parse.ts";
import { checkArgument } from "../operands/argument-bytes.ts";
import type { RemoteOperand } from "../operands/operand.ts";
import { checkUserName, parseOperand } from "../operands/operand.ts";
import { isForeground } from "../progress/foreground.ts";
import { planLocalCopy } from "../progress/local-progress.ts";
import { createProgressView } from "../progress/view.ts";
import { createPrompter, type RunPrompter } from "../prompt/prompter.ts";
import { FatalError } from "../report/fatal-error.ts";
import { hintForCommand } from "../report/hints.ts";
import { Reporter } from "../report/reporter.ts";
import { StderrLines } from "../report/stderr-lines.ts";
import type { CopyContext } from "./copy-context.ts";
import { openLocalTarget } from "./download.ts";
import { copyLocal } from "./local.ts";
import { RunTotal } from "./run-total.ts";

/** SIGINT, SIGTERM or SIGHUP ended the run. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  constructor(signal: NodeJS.Signals) {
    super(`Ended by ${signal}`);
  }
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a copy, operand by operand.
 *
 * @returns the exit status: 0, 1 when anything failed, or 255 for an error that scp treats as fatal
 */
export async function runCopy(command: Extract<ScpkitCommand, { readonly type: "copy" }>): Promise<number> {
  const abort = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    // A second signal ends the process at once.
    if (abort.signal.aborted) process.exit(1);
    abort.abort(new InterruptedError(signal));
  };
  // The handlers stay: a late signal must not change the exit status.
  for (const signal of endingSignals) process.on(signal, onSignal);
  const run = new Run(command.options, command.sources.length, abort.signal);
  try {
    await run.copy(command.sources, command.target);
  } catch (error) {
    run.fail(error);
  } finally {
    run.close();
  }
  return run.exitStatus;
}

type Transports = Pick<CopyContext, "transportFor" | "secondTransportFor">;

class Run {
  readonly #context: CopyContext;
  readonly #reporter: Reporter;
  readonly #prompter: RunPrompter;
  readonly #stderr: StderrLines;
  #fatal = false;
  #close: () => void = () => {};
  #transportMaker: Promise<Transports> | undefined;

  constructor(options: ScpkitOptions, sources: number, signal: AbortSignal) {
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
    const printError = (text: string): void => view.around(() => void process.stderr.write(`${text}\n`));
    const shown = new Set<string>();
    const reporter = new Reporter((text) => {
      this.#stderr.flush();
      printError(text);
    }, options);
    this.#prompter = createPrompter(signal);
    const { limitBytesPerSecond } = options;
    const limit = limitBytesPerSecond === undefined ? undefined : createBandwidthLimiter(limitBytesPerSecond);
    this.#reporter = reporter;
    this.#stderr = new StderrLines(printError);
    this.#context = {
      options,
      signal,
      view,
      total: new RunTotal(sources, view.setTotal),
      printError,
      printErrorOnce: (text) => {
        if (!shown.has(text)) printError(text);
        shown.add(text);
      },
      prompter: this.#prompter,
      debug: (text) => options.verbosity > 0 && printError(`debug1: ${text}`),
      observe: (event) => {
        view.observe(event);
        reporter.observe(event);
      },
      transportFor: async (operand, role) => (await this.#transports()).transportFor(operand, role),
      secondTransportFor: async (operand, isWorthwhile) =>
        (await this.#transports()).secondTransportFor(operand, isWorthwhile),
      limited: (transport, direction) =>
        limit === undefined ? transport : limitBandwidth(transport, direction, limit),
      onStderr: (chunk) => this.#stderr.push(chunk),
    };
    for (const note of options.notes) printError(note);
  }

  get exitStatus(): number {
    if (this.#fatal) return 255;
    return this.#reporter.failed ? 1 : 0;
  }

  async copy(sources: readonly string[], target: string): Promise<void> {
    const { debug, options } = this.#context;
    if (options.verbosity > 0) {
      const { runtime, version } = await import("../version.ts");
      debug(`scpkit ${version}, ${runtime()}`);
    }
    const to = parseOperand(checkArgument(target));
    if (to.type === "local") await this.#toLocal(sources, to.path);
    else await this.#toRemote(sources, to);
  }

  fail(error: unknown): void {
    if (error instanceof FatalError) this.#fatal = true;
    if (error instanceof InterruptedError) this.#reporter.failed = true;
    else this.#reporter.fail(this.#withoutShownStderr(error));
  }

  /** Shows the end of the progress, and closes the connections. */
  close(): void {
    const { view, options, signal } = this.#context;
    this.#close();
    this.#prompter.close();
    this.#stderr.flush();
    view.end();
    const onTerminal = process.stdout.isTTY === true && (options.progress === "auto" || options.progress === "bar");
    const closing = onTerminal && !signal.aborted && isForeground() ? this.#reporter.closing() : undefined;
    if (closing !== undefined) process.stdout.write(closing);
  }

  async #toLocal(sources: readonly string[], path: string): Promise<void> {
    const context = this.#context;
    const target = await openLocalTarget(context, path);
    for (const source of sources) {
      await this.#try(async () => {
        const from = parseOperand(checkArgument(source));
        if (from.type === "local") return this.#local(from.path, path);
        if (from.user !== undefined) checkUserName(from.user);
        const { runDownload } = await import("./download.ts");
        await runDownload(context, this.#withPort(from), target, path);
      });
    }
  }

  async #toRemote(sources: readonly string[], target: RemoteOperand): Promise<void> {
    const locals: string[] = [];
    const sendLocals = async (): Promise<void> => {
      const paths = locals.splice(0);
      if (paths.length === 0) return;
      const { runUpload } = await import("./upload.ts");
      await runUpload(this.#context, paths, this.#withPort(target));
    };
    for (const source of sources) {
      await this.#try(async () => {
        const from = parseOperand(checkArgument(source));
        if (from.type === "local") {
          locals.push(from.path);
          return;
        }
        if (from.user !== undefined) checkUserName(from.user);
        await this.#try(sendLocals);
        await this.#remote(from, target);
      });
    }
    await this.#try(sendLocals);
  }

  async #local(source: string, target: string): Promise<void> {
    const { recursive, preserve, progress } = this.#context.options;
    // As scp, cp shows nothing by itself.
    const isShown = progress !== "auto" && progress !== "none";
    const shown = isShown ? await planLocalCopy(source, target, recursive) : undefined;
    if (shown !== undefined) this.#context.total.part()(shown.total);
    const copied = await copyLocal(source, target, {
      recursive,
      preserve,
      onCommand: (text) => this.#context.debug(`Executing: ${text}`),
    });
    // cp has printed its errors, so the failures only go to the view.
    await shown?.report(copied, this.#context.view.observe);
    if (copied) return;
    this.#reporter.failed = true;
    const hint = existsSync(source) ? undefined : commandHint(source, "scpkit");
    if (hint !== undefined) this.#context.printError(`hint: ${hint}`);
  }

  async #remote(source: RemoteOperand, target: RemoteOperand): Promise<void> {
    if (this.#context.options.remoteToRemote === "direct") {
      const { runDirect } = await import("./direct.ts");
      if (!(await runDirect(this.#context, source, target))) this.#reporter.failed = true;
    } else {
      const { runRelay } = await import("./relay.ts");
      await runRelay(this.#context, this.#withPort(source), this.#withPort(target));
    }
  }

  /** Applies `-P` to an operand without a port. Not used with `-R`. */
  #withPort(operand: RemoteOperand): RemoteOperand {
    return { ...operand, port: operand.port ?? this.#context.options.port };
  }

  /** Reports an error of one operand, so that the others are still copied. */
  async #try(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#context;
    try {
      signal.throwIfAborted();
      await work();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof FatalError) throw error;
      this.fail(error);
    }
  }

  /** Removes from the error what standard error has already shown. With `-S`, reports the failure of the program. */
  #withoutShownStderr(error: unknown): unknown {
    if (!(error instanceof ScpConnectionError)) return error;
    const { program } = this.#context.options;
    const failed = error.code === "command-failed" || error.code === "no-remote-scp";
    if (program !== undefined && failed) {
      const words =
        error.exitCode === undefined ? withoutStderr(error) : `${program} ended with status ${error.exitCode}`;
      return new ScpConnectionError("command-failed", words, "Check the messages above, or run with -v for more", {
        cause: error,
      });
    }
    if (!this.#stderr.shown || !(failed || error.code === "lost")) return error;
    const hint = hintForCommand(error.stderr) ?? error.hint;
    return new ScpConnectionError(error.code, withoutStderr(error), hint, { cause: error });
  }

  /** The SSH library is loaded when the first connection is made. */
  #transports(): Promise<Transports> {
    this.#transportMaker ??= this.#loadTransports();
    return this.#transportMaker;
  }

  async #loadTransports(): Promise<Transports> {
    const { options } = this.#context;
    if (options.program !== undefined) {
      const { programTransport } = await import("../connect/program-transport.ts");
      const { program } = options;
      return {
        transportFor: async (operand, role) => programTransport(program, operand, options, role === "second"),
        secondTransportFor: async () => undefined,
      };
    }
    const { ConnectionPool } = await import("../connect/connection-pool.ts");
    const pool = new ConnectionPool(this.#context);
    this.#close = () => pool.close();
    return pool;
  }
}

/** Returns the message of an error without its quotation of standard error. */
function withoutStderr({ message, stderr }: ScpConnectionError): string {
  const quoted = `: "${escapeText(stderr.trim())}"`;
  return message.endsWith(quoted) ? message.slice(0, -quoted.length) : message;
}
