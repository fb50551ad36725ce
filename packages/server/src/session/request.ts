import type { ScpParsedCommand } from "@scpkit/codec";

/** One scp command of one session, as its target, its entries and its policy see it. */
export interface ScpServeRequest<S = undefined> {
  /** Ties events and log lines together: unique in this process, and as good as unique among all. */
  readonly id: string;
  /** The command as it was understood. `command.preserve` is `-p`, `command.targetIsDirectory` is `-d`. */
  readonly command: ScpParsedCommand;
  /** As the client sees it: `upload` is `scp -t`, `download` is `scp -f`. */
  readonly direction: "upload" | "download";
  /** The value that the embedder passed as `session`, for example the user. */
  readonly session: S;
  /** Aborted when the command is cut: by the embedder's own signal, or because the client has gone. */
  readonly signal: AbortSignal;
}

const processId = Math.random().toString(36).slice(2, 10);
let requests = 0;

export function createRequestId(): string {
  requests += 1;
  return `${processId}-${requests}`;
}
