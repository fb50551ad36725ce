import type { ScpParsedCommand } from "@scpkit/codec";
import type { ScpLimits, ScpTransferEvent, ScpTransferSummary } from "@scpkit/core";
import type { ScpPolicyDecision, ScpPolicyEntry } from "@scpkit/middleware";
import type { Awaitable, ScpTarget } from "@scpkit/sink";
import type { ScpEntries } from "@scpkit/source";
import type { ScpServeRequest } from "./session/request.ts";

/** Handlers and limits of a server, shared by all its sessions. */
export interface ScpServeHandlers<S = undefined> {
  /**
   * Returns the target of an upload to `path`, the destination as the client wrote it: it was not resolved, expanded or
   * checked. The target's `destination` states where it stores entries; `resolveDestination` of `@scpkit/sink` creates
   * a target by scp's rule. If absent, uploads are rejected.
   *
   * If it throws, the upload is rejected in place of the first acknowledgement, as in OpenSSH. An error whose `code` is
   * an errno name is reported with OpenSSH's message (`scp: f: Not a directory`). With
   * `request.command.targetIsDirectory` the target must be an existing directory.
   */
  readonly target?: ((request: ScpServeRequest<S>, path: string) => Awaitable<ScpTarget>) | undefined;
  /**
   * Returns the entries that a download of `path` sends. Called for one path after the other. An entry that does not
   * declare its `path` is treated as an entry in the directory of the requested path. If absent, downloads are
   * rejected.
   *
   * If it throws, that path is reported as failed, and the next one follows. No shell has expanded `path`:
   * `request.command.patterns[index]` states whether a shell would have expanded it.
   */
  readonly entries?: ((request: ScpServeRequest<S>, path: string, index: number) => Awaitable<ScpEntries>) | undefined;
  /**
   * Decides about every entry before anything is opened, truncated, created or listed for it. It also decides about
   * everything that the WinSCP shell creates, renames, removes or changes the mode of. These changes are offered as
   * uploads, with the command `scp -r -t /` in the request.
   * @default everything is allowed
   */
  readonly policy?: ((entry: ScpPolicyEntry, request: ScpServeRequest<S>) => Awaitable<ScpPolicyDecision>) | undefined;
  /** Limits on the resources that a client can use. Omitted limits keep the value of `serverLimits`. */
  readonly limits?: Partial<ScpLimits> | undefined;
  /**
   * Returns the message that the client gets for an error of the server.
   * @default describeForPeer, which reveals no message, path or stack
   */
  readonly describeError?: ((error: unknown, path: string) => string) | undefined;
  /** Called with every event. If it throws, the session of the event ends. */
  readonly onEvent?: ((event: ScpServerEvent<S>) => void) | undefined;
}

/** Options of `serveCommand`. */
export interface ScpServeOptions<S = undefined> extends ScpServeHandlers<S> {
  /** The user, connection or address of the session. Passed to every handler and with every event. */
  readonly session?: S | undefined;
  /** Aborts the command. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The identification line of the client's SSH program, if it is known. OpenSSH and scpkit get records in batches,
   * which makes downloads of many files faster. Other clients get one record at a time.
   */
  readonly peerIdentification?: string | undefined;
  /**
   * Whether the client is known to answer every record exactly once, which makes downloads of many files faster.
   * @default the result of `answersOnce` of `@scpkit/source` for `peerIdentification`
   */
  readonly answersOnce?: boolean | undefined;
}

/** Makes `session` required if a handler expects one. */
export type ScpSessionOption<S> = undefined extends S ? unknown : { readonly session: S };

/** The result of a command. */
export type ScpServeOutcome = ScpUnhandled | ScpHandled;

/** The result if the command is not an scp command. The channel was not used. */
export interface ScpUnhandled {
  readonly handled: false;
}

/** The result of an scp command. Its exit status was sent. */
export interface ScpHandled {
  readonly handled: true;
  readonly command: ScpParsedCommand;
  /** The role of this side: `sink` received an upload, `source` sent a download. */
  readonly role: "source" | "sink";
  /** 0: everything was transferred, except entries skipped on purpose. 1: something failed. */
  readonly exitCode: 0 | 1;
  /** What was transferred, also when the command ended early. */
  readonly summary: ScpTransferSummary;
  /**
   * The reason why `exitCode` is 1: `ScpIncompleteError`, another error of the transfer, or the error that a handler
   * threw.
   */
  readonly error?: unknown;
}

/** An event of a command, with the request that it belongs to. */
export type ScpServerEvent<S = undefined> =
  | { readonly type: "session-start"; readonly request: ScpServeRequest<S> }
  | { readonly type: "transfer"; readonly request: ScpServeRequest<S>; readonly event: ScpTransferEvent }
  | {
      readonly type: "session-end";
      readonly request: ScpServeRequest<S>;
      readonly outcome: ScpHandled;
      readonly durationMs: number;
    };
