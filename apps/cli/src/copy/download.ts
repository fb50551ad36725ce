import { createFsTarget } from "@scpkit/fs";
import { allowsRepliesAhead, download, type ScpTarget } from "@scpkit/sink";
import { emptyPath } from "../operands/empty-path.ts";
import { createNameCheck } from "../operands/name-check.ts";
import type { RemoteOperand } from "../operands/operand.ts";
import { isPlainPath } from "../operands/plain-path.ts";
import { errorText } from "../report/error-text.ts";
import { commandLimits } from "./command-limits.ts";
import type { CopyContext } from "./copy-context.ts";
import { reportSingleFile } from "./run-total.ts";
import { guardSelfCopy } from "./self-copy-guard.ts";
import { targetOptions } from "./target-options.ts";

/** Where downloads of one run go. A target that should be a directory and is none is found out before anything is connected. */
export async function openLocalTarget({ options }: CopyContext, path: string): Promise<ScpTarget> {
  if (path === "") throw emptyPath();
  return createFsTarget(path, targetOptions(options));
}

/**
 * Receives one remote path.
 *
 * @param path of the target
 */
export async function runDownload(
  context: CopyContext,
  source: RemoteOperand,
  target: ScpTarget,
  path: string,
): Promise<void> {
  const { options, signal } = context;
  const { recursive, preserve, checkNames } = options;
  const acceptName = checkNames ? createNameCheck(source.path) : () => true;
  const transport = await context.transportFor(source);
  await download(context.limited(transport, "download"), source.path, target, {
    recursive,
    preserve,
    acceptName,
    oneEntry: isPlainPath(source.path),
    replies: allowsRepliesAhead(transport) ? "pipelined" : "lockstep",
    limits: commandLimits,
    signal,
    quote: "none",
    verbose: options.verbosity > 0,
    onEvent: await guardSelfCopy(path, reportSingleFile(source.path, context.total.part(), context.observe)),
    onStderr: context.onStderr,
    describeError: errorText,
  });
}
