import { type ScpParsedCommand, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import {
  ScpConnectionError,
  ScpIncompleteError,
  type ScpLimits,
  type ScpSessionChannel,
  serverLimits,
} from "@scpkit/core";
import { raceAbort } from "@scpkit/core/engine";
import { ScpRefusalError, withPolicy, withSourcePolicy } from "@scpkit/middleware";
import { receiveEntries, type ScpReceiveOptions, type ScpTarget } from "@scpkit/sink";
import { answersOnce, sendEntries } from "@scpkit/source";
import type { ScpHandled, ScpServeOptions } from "../serve-options.ts";
import { ClientWatch } from "./client-watch.ts";
import { describeForPeer } from "./describe-for-peer.ts";
import { createRequestId, type ScpServeRequest } from "./request.ts";
import { requestedEntries } from "./requested-entries.ts";
import { refuseCommand, sendExit, writeToStderr } from "./session-exit.ts";
import { SessionSummary } from "./session-summary.ts";

/**
 * Options of a command in a shell. The connection continues after the command, so an upload ends with an `E` record of
 * its own.
 */
export interface SessionInShell {
  /**
   * Called when the client may start to send entries. If the upload fails after that, the remaining entries cannot be
   * distinguished from commands.
   */
  readonly onReceive: () => void;
}

/** Milliseconds that an aborted transfer may take to roll back before the session stops waiting for it. */
const rollBackMs = 5000;

/** Runs one parsed command to its exit status. Never rejects. */
export async function runSession<S>(
  command: ScpParsedCommand,
  channel: ScpSessionChannel,
  options: ScpServeOptions<S>,
  shell?: SessionInShell,
): Promise<ScpHandled> {
  const session = new Session(command, channel, options);
  const outcome = await session.run(shell);
  await session.leave(outcome.exitCode);
  return outcome;
}

class Session<S> {
  readonly #channel: ScpSessionChannel;
  readonly #options: ScpServeOptions<S>;
  readonly #limits: ScpLimits;
  readonly #request: ScpServeRequest<S>;
  readonly #tally: SessionSummary;
  readonly #watch: ClientWatch;
  readonly #describe: (error: unknown, path: string) => string;
  readonly #startMs = performance.now();

  constructor(command: ScpParsedCommand, channel: ScpSessionChannel, options: ScpServeOptions<S>) {
    this.#channel = channel;
    this.#options = options;
    this.#limits = { ...serverLimits, ...options.limits };
    this.#describe = options.describeError ?? describeForPeer;
    this.#tally = new SessionSummary(command.role);
    this.#watch = new ClientWatch(channel, options.signal, this.#limits.stallMs);
    this.#request = {
      id: createRequestId(),
      command,
      direction: command.role === "sink" ? "upload" : "download",
      // `session` is only absent if S allows undefined.
      session: options.session as S,
      signal: this.#watch.signal,
    };
  }

  async run(shell: SessionInShell | undefined): Promise<ScpHandled> {
    const { command } = this.#request;
    let failure: { readonly error: unknown } | undefined;
    try {
      this.#options.onEvent?.({ type: "session-start", request: this.#request });
      const { signal } = this.#request;
      if (signal.aborted) throw this.#refuse("", signal.reason);
      const transfer = command.role === "sink" ? this.#receive(shell) : this.#send();
      await raceAbort(transfer, signal, rollBackMs);
    } catch (error) {
      failure = { error };
    }
    try {
      this.#tellOnStderr(failure?.error);
    } catch (error) {
      failure ??= { error };
    }
    const { role } = command;
    const summary = this.#tally.summary();
    const outcome: ScpHandled =
      failure === undefined
        ? { handled: true, command, role, exitCode: 0, summary }
        : { handled: true, command, role, exitCode: 1, summary, error: failure.error };
    try {
      const durationMs = performance.now() - this.#startMs;
      this.#options.onEvent?.({ type: "session-end", request: this.#request, outcome, durationMs });
      return outcome;
    } catch (error) {
      return { ...outcome, exitCode: 1, error };
    }
  }

  async leave(exitCode: number): Promise<void> {
    await sendExit(this.#channel, exitCode, this.#limits.stallMs, this.#request.signal);
    this.#watch.end();
  }

  async #receive(shell: SessionInShell | undefined): Promise<void> {
    const { recursive, preserve } = this.#request.command;
    const target = await this.#openTarget();
    shell?.onReceive();
    const options: ScpReceiveOptions = { ...this.#engineOptions(), replies: "lockstep", recursive, preserve };
    await receiveEntries(this.#channel, target, {
      ...options,
      endsWithDirectoryEnd: shell !== undefined,
      allowLeadingEnd: true,
    });
  }

  async #send(): Promise<void> {
    const { entries, policy } = this.#options;
    if (entries === undefined) {
      throw this.#refuse("", new ScpRefusalError("download-off", "Downloads are not allowed here"));
    }
    const request = this.#request;
    const once = this.#options.answersOnce ?? answersOnce(this.#options);
    const requested = requestedEntries(request, entries);
    await sendEntries(
      this.#channel,
      policy === undefined ? requested : withSourcePolicy(requested, (entry) => policy(entry, request)),
      {
        ...this.#engineOptions(),
        preserve: request.command.preserve,
        answersOnce: once,
        // python3-scp reads everything that arrives at once as one record.
        batch: once,
        // The client waits for the exit status before it closes.
        waitForClose: false,
      },
    );
  }

  async #openTarget(): Promise<ScpTarget> {
    const { target, policy } = this.#options;
    const request = this.#request;
    const [path, ...more] = request.command.paths;
    if (target === undefined) {
      throw this.#refuse("", new ScpRefusalError("upload-off", "Uploads are not allowed here"));
    }
    if (path === undefined || more.length > 0) {
      throw this.#refuse("", new ScpRefusalError("ambiguous-target", "ambiguous target"));
    }
    try {
      const opened = await raceAbort((async () => target(request, path))(), request.signal);
      return policy === undefined ? opened : withPolicy(opened, (entry) => policy(entry, request));
    } catch (error) {
      throw this.#refuse(path, error);
    }
  }

  /** Reports to the client why the command is rejected. Returns the error for the outcome. */
  #refuse(path: string, error: unknown): unknown {
    refuseCommand(this.#channel, this.#describe(error, path));
    return error;
  }

  #engineOptions(): Pick<ScpReceiveOptions, "limits" | "signal" | "onEvent" | "describeError"> {
    return {
      limits: this.#limits,
      signal: this.#request.signal,
      describeError: this.#describe,
      onEvent: (event) => {
        this.#tally.observe(event);
        this.#options.onEvent?.({ type: "transfer", request: this.#request, event });
      },
    };
  }

  /** Writes errors to standard error that the client cannot have received over the protocol. */
  #tellOnStderr(error: unknown): void {
    const sentences = this.#tally.late.kept.map((failure) => this.#describe(failure.error, failure.path));
    const { role } = this.#request.command;
    // A source cannot report a final error over the protocol. A sink can. Errors of the client itself are not repeated.
    if (role === "source" && this.#options.entries !== undefined && isOurs(error)) {
      sentences.push(this.#describe(error, ""));
    }
    writeToStderr(this.#channel, sentences);
  }
}

/** Returns whether the server ended the transfer, and not the client. */
function isOurs(error: unknown): boolean {
  const theirs = [ScpIncompleteError, ScpPeerError, ScpProtocolError, ScpConnectionError];
  return error !== undefined && !theirs.some((kind) => error instanceof kind);
}
