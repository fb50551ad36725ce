import { createFsTarget } from "@scpkit/fs";
import { allowsRepliesAhead, download, type ScpTarget } from "@scpkit/sink";
import { createBandwidthLimit, limitTransport } from "./bandwidth-limit.ts";
import type { CopySession, RemoteOperand } from "./copy-session.ts";
import { createNameCheck } from "./name-check.ts";

/** Where downloads of one run go. A target that should be a directory and is none is found out before anything is connected. */
export function openLocalTarget({ options }: CopySession, path: string): Promise<ScpTarget> {
  const { preserve, targetIsDirectory } = options;
  return createFsTarget(path, { preserve, targetIsDirectory, blocking: true });
}

/** Receives one remote path. */
export async function runDownload(session: CopySession, source: RemoteOperand, target: ScpTarget): Promise<void> {
  const { options, signal, view } = session;
  const { recursive, preserve, checkNames, limitBytesPerSecond } = options;
  const expects = checkNames ? createNameCheck(source.path) : () => true;
  const connected = await session.transportFor(source);
  const transport =
    limitBytesPerSecond === undefined
      ? connected
      : limitTransport(connected, createBandwidthLimit(limitBytesPerSecond), "download");
  await download(transport, source.path, target, {
    recursive,
    preserve,
    expects,
    replies: allowsRepliesAhead(connected) ? "window" : "lockstep",
    signal,
    quote: "none",
    verbose: options.verbosity > 0,
    onEvent: view.observe,
    onStderr: session.onStderr,
    describeError: (error) => (error instanceof Error ? error.message : String(error)),
  });
}
