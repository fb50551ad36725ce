import { checkOptions, type OptionKinds, parseCommand, type ScpParsedCommand } from "@scpkit/codec";
import { type ScpSessionChannel, serverLimits } from "@scpkit/core";
import { limitsKind } from "@scpkit/core/engine";
import { ScpRefusalError } from "@scpkit/middleware";
import type { ScpServeHandlers, ScpServeOptions, ScpServeOutcome, ScpSessionOption } from "./serve-options.ts";
import { runSession } from "./session/run-session.ts";
import { sendExit, writeToStderr } from "./session/session-exit.ts";
import { createSessionLimiter, type ScpSessionLimits } from "./session/session-limiter.ts";
import { serveWinscpShell, type WinscpShellOptions, type WinscpShellOutcome } from "./winscp/winscp-shell.ts";

/** Options of {@link createScpServer}, shared by all its sessions. */
export interface ScpServerOptions<S = undefined> extends ScpServeHandlers<S>, ScpSessionLimits {
  /**
   * Options of the shell that WinSCP opens in SCP mode; see `serveWinscpShell`. If absent, {@link ScpServer.serveShell}
   * rejects shells.
   */
  readonly shell?: WinscpShellOptions<S> | undefined;
}

/** Options of one session. */
export type ScpServerSession<S> = Pick<
  ScpServeOptions<S>,
  "session" | "signal" | "answersOnce" | "peerIdentification"
> &
  ScpSessionOption<S> & {
    /** An object that identifies the connection, for `maxSessionsPerConnection`. */
    readonly connection?: object | undefined;
  };

/** The result of a shutdown. */
export interface ScpShutdown {
  /** The number of running sessions that completed. */
  readonly finished: number;
  /** The number of sessions that were aborted at the deadline. */
  readonly cut: number;
}

/** Serves any number of sessions. Sessions do not affect each other. */
export interface ScpServer<S> extends AsyncDisposable {
  /** The number of running sessions. */
  readonly active: number;
  /**
   * Does the same as `serveCommand`, within the session limits. A session over a limit gets an error line and exit
   * status 1.
   */
  serve(
    command: string | ScpParsedCommand,
    channel: ScpSessionChannel,
    session: ScpServerSession<S>,
  ): Promise<ScpServeOutcome>;
  /**
   * Returns a function that runs `command` over a channel, for SSH libraries that ask before they accept a request.
   *
   * @returns `undefined` if it is not an scp command
   */
  handler(
    command: string,
    session: ScpServerSession<S>,
  ): ((channel: ScpSessionChannel) => Promise<ScpServeOutcome>) | undefined;
  /** Does the same as `serveWinscpShell`, within the session limits. */
  serveShell(channel: ScpSessionChannel, session: ScpServerSession<S>): Promise<WinscpShellOutcome>;
  /**
   * Rejects new sessions and waits for the running ones. At the deadline they are aborted: uploads roll back, and
   * clients get exit status 1. Resolves when the last session has ended. A second call may shorten the deadline.
   *
   * @param options.deadlineMs milliseconds from now; 0 aborts at once. @default Infinity
   */
  shutdown(options?: { readonly deadlineMs?: number | undefined }): Promise<ScpShutdown>;
}

const shellOptionKinds: OptionKinds<WinscpShellOptions> = {
  files: "function",
  home: "string",
  user: "string",
  group: "string",
  idleMs: "number",
};

const optionKinds: OptionKinds<ScpServerOptions> = {
  target: "function",
  entries: "function",
  policy: "function",
  limits: limitsKind,
  describeError: "function",
  onEvent: "function",
  maxSessions: "number",
  maxSessionsPerConnection: "number",
  shell: { options: shellOptionKinds },
};

/**
 * Creates a server. It does not listen: the code that accepts connections passes the sessions to it.
 *
 * @throws {ScpStateError} if an option is unknown or has an invalid value
 */
export function createScpServer<S = undefined>(options: ScpServerOptions<S>): ScpServer<S> {
  checkOptions("createScpServer", options, optionKinds);
  const limiter = createSessionLimiter(options);
  const running = new Set<RunningSession>();
  let stopping = false;

  /** Runs a session within the limits, or rejects it. */
  const admit = async <T>(session: ScpServerSession<S>, run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const leave = stopping ? undefined : limiter.enter(session.connection);
    if (leave === undefined) return await run(AbortSignal.abort(stopping ? shuttingDown() : tooMany()));
    let settle: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const state: RunningSession = { controller: new AbortController(), ended, cut: false };
    const onAbort = (): void => state.controller.abort(session.signal?.reason);
    session.signal?.addEventListener("abort", onAbort, { once: true });
    if (session.signal?.aborted) onAbort();
    running.add(state);
    try {
      return await run(state.controller.signal);
    } finally {
      session.signal?.removeEventListener("abort", onAbort);
      running.delete(state);
      leave();
      settle();
    }
  };

  const shutdown = async (deadlineMs: number): Promise<ScpShutdown> => {
    stopping = true;
    const sessions = [...running];
    const cut = (): void => {
      for (const state of running) {
        state.cut = true;
        state.controller.abort(shuttingDown());
      }
    };
    const timer = deadlineMs > 0 && deadlineMs < maxTimerMs ? setTimeout(cut, deadlineMs) : undefined;
    if (deadlineMs <= 0) cut();
    await Promise.all(sessions.map((state) => state.ended));
    clearTimeout(timer);
    const cutOnes = sessions.filter((state) => state.cut).length;
    return { finished: sessions.length - cutOnes, cut: cutOnes };
  };

  const serveParsed = (
    command: ScpParsedCommand,
    channel: ScpSessionChannel,
    session: ScpServerSession<S>,
  ): Promise<ScpServeOutcome> =>
    admit(session, (signal) => runSession(command, channel, { ...options, ...session, signal }));

  return {
    get active() {
      return limiter.active;
    },
    async serve(command, channel, session) {
      const parsed = typeof command === "string" ? parseCommand(command) : command;
      return parsed === undefined ? { handled: false } : await serveParsed(parsed, channel, session);
    },
    handler(command, session) {
      const parsed = parseCommand(command);
      return parsed && ((channel) => serveParsed(parsed, channel, session));
    },
    serveShell(channel, session) {
      const { shell } = options;
      if (shell === undefined) return refuseShell(channel);
      return admit(session, (signal) => serveWinscpShell<S>(channel, { ...options, ...shell, ...session, signal }));
    },
    shutdown: ({ deadlineMs = Number.POSITIVE_INFINITY } = {}) => shutdown(deadlineMs),
    [Symbol.asyncDispose]: async () => {
      await shutdown(0);
    },
  };
}

interface RunningSession {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  cut: boolean;
}

/** The longest delay of a timer, in milliseconds. */
const maxTimerMs = 2 ** 31;

async function refuseShell(channel: ScpSessionChannel): Promise<WinscpShellOutcome> {
  writeToStderr(channel, ["This server has no shell"]);
  channel.readable.cancel().catch(() => {});
  await sendExit(channel, 1, serverLimits.stallMs, new AbortController().signal);
  return { exitCode: 1 };
}

function shuttingDown(): ScpRefusalError {
  return new ScpRefusalError("shutting-down", "The server is shutting down");
}

function tooMany(): ScpRefusalError {
  return new ScpRefusalError("too-many-sessions", "Too many sessions");
}
