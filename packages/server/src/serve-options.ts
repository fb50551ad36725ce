import type { ScpLimits, ScpTransferEvent, ScpTransferSummary } from "@scpkit/channel";
import type { ScpParsedCommand } from "@scpkit/codec";
import type { Awaitable, ScpTarget } from "@scpkit/sink";
import type { ScpEntries } from "@scpkit/source";
import type { ScpPolicyDecision, ScpPolicyEntry } from "./policy.ts";
import type { ScpServeRequest } from "./request.ts";

/** What a server allows, and how: the same for all its sessions. */
export interface ScpServeHandlers<S = undefined> {
  /**
   * Returns the target of an upload to `path`, the destination as the client wrote it: nothing was resolved, expanded or checked. The target
   * says in its `destination` where it stores entries; `resolveDestination` of `@scpkit/sink` makes one by scp's rule. Absent: uploads are
   * refused.
   *
   * If it throws, the upload is rejected in place of the first acknowledgement, as in OpenSSH. An error whose `code` is an errno name is
   * reported with OpenSSH's message (`scp: f: Not a directory`). With `request.command.targetIsDirectory` the target must be an existing directory.
   */
  readonly target?: ((request: ScpServeRequest<S>, path: string) => Awaitable<ScpTarget>) | undefined;
  /**
   * Returns what a download of `path` sends. Called for one path after the other, when its turn has come. An entry that does not declare
   * its `path` is taken for one in the directory of the requested path. Absent: downloads are refused.
   *
   * If it throws, that path is reported as failed, and the next one follows. No shell has expanded `path`:
   * `request.command.patterns[index]` is whether one would have.
   */
  readonly entries?: ((request: ScpServeRequest<S>, path: string, index: number) => Awaitable<ScpEntries>) | undefined;
  /**
   * Decides about every entry before anything is opened, truncated, created or listed for it. It also decides about what the WinSCP shell
   * makes, renames, removes or gives another mode. It sees these changes as uploads, with the command `scp -r -t /` in the request.
   * @default everything is allowed
   */
  readonly policy?: ((entry: ScpPolicyEntry, request: ScpServeRequest<S>) => Awaitable<ScpPolicyDecision>) | undefined;
  /** Bounds on what a client can make this side do; those left out keep `serverLimits`. */
  readonly limits?: Partial<ScpLimits> | undefined;
  /** Returns the message that the client gets for an error of this side. @default describeForPeer, which reveals no message, path or stack */
  readonly describeError?: ((error: unknown, path: string) => string) | undefined;
  /** Called with every event. If it throws, the session of the event ends. */
  readonly onEvent?: ((event: ScpServerEvent<S>) => void) | undefined;
}

/** Options of `serveCommand`. */
export interface ScpServeOptions<S = undefined> extends ScpServeHandlers<S> {
  /** The user, connection or address of the session. Passed to every handler and with every event. */
  readonly session?: S | undefined;
  /** Cuts the command. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The identification line of the client's SSH program, if there is one: OpenSSH and scpkit get what speeds up downloads of many
   * files, others are sent one record at a time.
   */
  readonly peerIdentification?: string | undefined;
  /**
   * The client is known to answer every record exactly once: downloads of many files are faster.
   * @default what `answersOnce` of `@scpkit/source` says of `peerIdentification`
   */
  readonly answersOnce?: boolean | undefined;
}

/** Asks for `session` wherever a handler expects one. */
export type ScpSessionOption<S> = undefined extends S ? unknown : { readonly session: S };

/** What became of a command. */
export type ScpServeOutcome = ScpUnhandled | ScpHandled;

/** It is no scp command; the channel was not touched. */
export interface ScpUnhandled {
  readonly handled: false;
}

/** An scp command was answered, and its exit status sent. */
export interface ScpHandled {
  readonly handled: true;
  readonly command: ScpParsedCommand;
  /** What this side was: `sink` took an upload, `source` sent a download. */
  readonly role: "source" | "sink";
  /** 0: everything arrived, except what was skipped on purpose. 1: anything failed. */
  readonly exitCode: 0 | 1;
  /** What was transferred, also when the command ended early. */
  readonly summary: ScpTransferSummary;
  /** Why `exitCode` is 1: `ScpIncompleteError`, whatever else the transfer rejected with, or what a handler threw. */
  readonly error?: unknown;
}

/** What happens to a command, with the identity of who asked for it. */
export type ScpServerEvent<S = undefined> =
  | { readonly type: "session-start"; readonly request: ScpServeRequest<S> }
  | { readonly type: "transfer"; readonly request: ScpServeRequest<S>; readonly event: ScpTransferEvent }
  | {
      readonly type: "session-end";
      readonly request: ScpServeRequest<S>;
      readonly outcome: ScpHandled;
      readonly durationMs: number;
    };
