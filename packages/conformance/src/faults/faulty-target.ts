import type { ScpTarget } from "@scpkit/sink";
import type { ScpFault } from "./fault.ts";

/**
 * Returns a target whose calls pass through `fault`: `file`, `write`, `close`, `directory`, `leave` (a directory's
 * `close`). Rolling back never fails, because tests inspect its result. A call that fails does not reach the wrapped
 * target; the target is rolled back instead.
 */
export function faultyTarget(target: ScpTarget, fault: ScpFault): ScpTarget {
  return wrap(target, fault, undefined);
}

/** @param signal of the directory that the target represents; absent at the top */
function wrap(target: ScpTarget, fault: ScpFault, signal: AbortSignal | undefined): ScpTarget {
  const { close } = target;
  return {
    destination: target.destination,
    async file(entry, context) {
      await fault.pass("file", context.signal);
      const inner = (await target.file(entry, context)).getWriter();
      inner.closed.catch(() => {});
      const guarded = async (name: string, call: () => Promise<void>): Promise<void> => {
        try {
          await fault.pass(name, context.signal);
        } catch (error) {
          // `abort` is never called for a stream whose write or close fails.
          await inner.abort(error).catch(() => {});
          throw error;
        }
        await call();
      };
      return new WritableStream<Uint8Array>({
        write: (chunk) => guarded("write", () => inner.write(chunk)),
        close: () => guarded("close", () => inner.close()),
        abort: (reason) => inner.abort(reason),
      });
    },
    ...(target.directory && {
      async directory(entry, context) {
        await fault.pass("directory", context.signal);
        if (target.directory === undefined) throw new Error("Directories are not supported here");
        return wrap(await target.directory(entry, context), fault, context.signal);
      },
    }),
    ...(close && {
      async close() {
        try {
          await fault.pass("leave", signal);
        } catch (error) {
          await target.abort?.(error);
          throw error;
        }
        await close.call(target);
      },
    }),
    ...(target.abort && { abort: (reason: unknown) => target.abort?.(reason) }),
  };
}
