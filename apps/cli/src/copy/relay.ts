import { relay } from "@scpkit/relay";
import { createNameCheck } from "../operands/name-check.ts";
import type { RemoteOperand } from "../operands/operand.ts";
import { commandLimits } from "./command-limits.ts";
import type { CopyContext } from "./copy-context.ts";
import { reportSingleFile } from "./run-total.ts";
import { guardSelfCopy } from "./self-copy-guard.ts";

/** Copies from one host to another through this one: two connections, nothing stored. */
export async function runRelay(context: CopyContext, source: RemoteOperand, target: RemoteOperand): Promise<void> {
  const { recursive, preserve, targetIsDirectory, checkNames, verbosity } = context.options;
  const acceptName = checkNames ? createNameCheck(source.path) : () => true;
  const observe = reportSingleFile(source.path, context.total.part(), context.observe);
  const from = await context.transportFor(source);
  const to = await context.transportFor(target, "second");
  await relay(
    { transport: context.limited(from, "download"), path: source.path },
    { transport: to, path: target.path },
    {
      recursive,
      preserve,
      targetIsDirectory,
      acceptName,
      quote: "none",
      verbose: verbosity > 0,
      limits: commandLimits,
      signal: context.signal,
      onEvent: source.host === target.host ? await guardSelfCopy(undefined, observe) : observe,
      onStderr: context.onStderr,
    },
  );
}
