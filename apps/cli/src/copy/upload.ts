import { walk } from "@scpkit/fs";
import { answersOnce, type ScpEntries, type ScpEntry, upload } from "@scpkit/source";
import { joinConnections } from "../connect/join-connections.ts";
import { emptyPath } from "../operands/empty-path.ts";
import type { RemoteOperand } from "../operands/operand.ts";
import { errorText } from "../report/error-text.ts";
import { chooseLanes, enoughToChooseBy, isSecondConnectionWorthwhile, lanesPerConnection } from "./choose-lanes.ts";
import type { CopyContext } from "./copy-context.ts";
import { countTree } from "./count-tree.ts";
import { orSoonAfter } from "./or-soon-after.ts";
import { readAhead } from "./read-ahead.ts";

/** Sends local paths to a remote one, over one connection or two. */
export async function runUpload(
  context: CopyContext,
  sources: readonly string[],
  target: RemoteOperand,
): Promise<void> {
  const { options, signal } = context;
  const { recursive, preserve, targetIsDirectory } = options;
  const entries = (): ScpEntries => walkAll(sources, recursive);
  // Counting overlaps with connecting, and neither waits for the other for long.
  const counting = countTree(entries(), enoughToChooseBy, signal);
  const connecting = context.transportFor(target);
  const counted = orSoonAfter(connecting, counting, { entries: enoughToChooseBy, files: 0, bytes: 0, complete: false });
  const second = context.secondTransportFor(target, async (answeredMs) =>
    options.parallel === undefined
      ? namesDiffer(sources) && isSecondConnectionWorthwhile((await counted).entries, answeredMs)
      : options.parallel > lanesPerConnection,
  );
  second.catch(() => {});
  const transport = await connecting;
  const total = await counted;
  const reportTotal = context.total.part(sources.length);
  const further = await second;
  const mayBeMany = answersOnce(transport) && namesDiffer(sources);
  const parallel = options.parallel ?? (mayBeMany ? chooseLanes(total.entries, further === undefined ? 1 : 2) : 1);
  const joined = further === undefined ? transport : joinConnections(transport, lanesPerConnection, further.transport);
  const stopReading = new AbortController();
  const toSend = (): ScpEntries => {
    if (total.complete) reportTotal(total);
    if (total.complete || options.progress === "none") return entries();
    const all = AbortSignal.any([signal, stopReading.signal]);
    return readAhead(entries(), { signal: all, onCount: reportTotal });
  };
  context.debug(`Sending with ${parallel} remote ${parallel === 1 ? "command" : "commands"} at once`);
  try {
    await upload(context.limited(joined, "upload"), target.path, toSend(), {
      recursive,
      preserve,
      targetIsDirectory,
      parallel,
      signal,
      quote: "none",
      verbose: options.verbosity > 0,
      onEvent: context.observe,
      onStderr: context.onStderr,
      describeError: errorText,
    });
  } finally {
    stopReading.abort();
  }
}

async function* walkAll(paths: readonly string[], recursive: boolean): AsyncGenerator<ScpEntry> {
  for (const path of paths) {
    // An unset variable in quotes must not mean the working directory.
    if (path === "") yield { type: "failed", name: "", error: emptyPath() };
    else yield* walk(path, { recursive, blocking: true });
  }
}

/** Returns whether all sources have different names. Otherwise they share a target, and parallel commands could send them in any order. */
function namesDiffer(paths: readonly string[]): boolean {
  const names = paths.map((path) => path.replace(/\/+$/, "").replace(/^.*\//s, ""));
  return new Set(names).size === names.length && !names.some((name) => name === "." || name === "..");
}
