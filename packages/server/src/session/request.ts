import type { ScpParsedCommand } from "@scpkit/codec";

/** One scp command of one session, as passed to the target, the entries and the policy. */
export interface ScpServeRequest<S = undefined> {
  /**
   * Identifies the request in events and log lines. Unique in this process, and practically unique across processes.
   */
  readonly id: string;
  /** The parsed command. `command.preserve` is `-p`, `command.targetIsDirectory` is `-d`. */
  readonly command: ScpParsedCommand;
  /** The direction from the client's point of view: `upload` is `scp -t`, `download` is `scp -f`. */
  readonly direction: "upload" | "download";
  /** The value that the embedder passed as `session`, for example the user. */
  readonly session: S;
  /** Aborted when the embedder's signal is aborted or the client has disconnected. */
  readonly signal: AbortSignal;
}

const processId = Math.random().toString(36).slice(2, 10);
let requests = 0;

export function createRequestId(): string {
  requests += 1;
  return `${processId}-${requests}`;
}
