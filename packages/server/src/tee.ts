import type { ScpTarget } from "@scpkit/sink";
import { interceptBody } from "./intercept-body.ts";
import { openDirectory } from "./wrap-target.ts";

/**
 * A target that stores everything twice, at the pace of the slower one. What either refuses, both do without.
 *
 * `second` commits before `first`: what `first` holds, `second` held when it was committed. The reverse cannot be promised: if `first`
 * fails to commit, `second` keeps the file and the client is told that it failed.
 */
export function tee(first: ScpTarget, second: ScpTarget): ScpTarget {
  return {
    async file(entry, context) {
      const one = await first.file(entry, context);
      try {
        return joinWritables(one, await second.file(entry, context), context.signal);
      } catch (error) {
        await one.abort(error).catch(ignore);
        throw error;
      }
    },
    async directory(entry, context) {
      const one = await openDirectory(first, entry, context);
      try {
        return tee(one, await openDirectory(second, entry, context));
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

function joinWritables(
  first: WritableStream<Uint8Array>,
  second: WritableStream<Uint8Array>,
  signal: AbortSignal,
): WritableStream<Uint8Array> {
  const one = first.getWriter();
  let written: Promise<void> = Promise.resolve();
  return interceptBody(second, signal, {
    // The second is written by the stream itself, right after this has begun: both are busy at once.
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
