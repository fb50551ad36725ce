import type { ScpEntryContext } from "@scpkit/core";
import { placeEntry, type ScpDestination, type ScpEntryInfo, type ScpPlacedEntry, type ScpTarget } from "@scpkit/sink";
import { interceptBody } from "../intercept/intercept-body.ts";
import { openDirectory } from "../intercept/wrap-target.ts";

/**
 * Returns a target that stores everything twice, at the speed of the slower target. If either target rejects an entry,
 * neither stores it.
 *
 * Wrappers around it see where `first` stores an entry. `second` stores it according to its own destination, under the
 * new name if a wrapper renamed it. If `second` has no destination, the path of `first` is used.
 *
 * `second` commits before `first`, so every file that `first` holds was in `second` when it was committed. The reverse
 * is not guaranteed: if `first` fails to commit, `second` keeps the file, and the failure is reported to the client.
 */
export function tee(first: ScpTarget, second: ScpTarget): ScpTarget {
  return joinTargets(first, second, (entry, context) =>
    placeInSecond(first.destination, second.destination, entry, context),
  );
}

/** @param place returns the name and the path that an entry of `first` has in `second` */
function joinTargets(
  first: ScpTarget,
  second: ScpTarget,
  place: (entry: ScpEntryInfo, context: ScpEntryContext) => ScpPlacedEntry,
): ScpTarget {
  return {
    destination: first.destination,
    async file(entry, context) {
      const one = await first.file(entry, context);
      try {
        const other = place(entry, context);
        return joinWritables(one, await second.file(other.entry, other.context), context.signal);
      } catch (error) {
        await one.abort(error).catch(ignore);
        throw error;
      }
    },
    async directory(entry, context) {
      const one = await openDirectory(first, entry, context);
      try {
        const other = place(entry, context);
        const two = await openDirectory(second, other.entry, other.context);
        return joinTargets(one, two, (child, { path, signal }) => {
          const below = path.slice(context.path.length);
          return { entry: child, context: { path: other.context.path + below, signal } };
        });
      } catch (error) {
        await one.abort?.(error);
        throw error;
      }
    },
    async close() {
      await bothOf(
        () => second.close?.(),
        () => first.close?.(),
      );
    },
    async abort(reason) {
      await bothOf(
        () => second.abort?.(reason),
        () => first.abort?.(reason),
      );
    },
  };
}

/**
 * If the name differs from the destination of `first`, a wrapper renamed the entry. The new name also replaces that of
 * `second`.
 */
function placeInSecond(
  first: ScpDestination | undefined,
  second: ScpDestination | undefined,
  entry: ScpEntryInfo,
  context: ScpEntryContext,
): ScpPlacedEntry {
  const renamed = first?.name !== undefined && first.name !== entry.name;
  const destination = renamed && second !== undefined ? { ...second, name: entry.name } : second;
  return placeEntry({ destination }, entry, context);
}

function joinWritables(
  first: WritableStream<Uint8Array>,
  second: WritableStream<Uint8Array>,
  signal: AbortSignal,
): WritableStream<Uint8Array> {
  const one = first.getWriter();
  let written: Promise<void> = Promise.resolve();
  return interceptBody(second, signal, {
    // The stream writes to the second target right after this call begins, so that both write at once.
    write(chunk) {
      written = one.write(chunk);
      written.catch(ignore);
      return one.ready;
    },
    async beforeCommit() {
      await written;
      await one.ready;
    },
    committed: () => one.close(),
    async rolledBack(reason) {
      await one.abort(reason).catch(ignore);
    },
  });
}

async function bothOf(one: () => unknown, two: () => unknown): Promise<void> {
  const results = await Promise.allSettled([one, two].map(async (call) => await call()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function ignore(): void {}
