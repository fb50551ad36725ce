import { type ScpEntryLabel, ScpFatalError, type ScpTransferEvent } from "@scpkit/channel";
import { createName, encodeRecord } from "@scpkit/codec";
import type { ScpReceiveOptions, ScpTarget } from "@scpkit/sink";
import type { UploadFrame } from "./run-session.ts";
import { openDirectory } from "./wrap-target.ts";

const frameName = "upload";
const opening = encodeRecord({ type: "directory", mode: 0o755, name: createName(frameName) });

/**
 * Lets a client end an upload with an `E` record outside any directory, as OpenSSH's sink allows and WinSCP does, since its connection goes on
 * afterwards: the sink is shown a directory around everything, which that record closes. Its reply to the opening of that directory is kept from the client.
 */
export const frameShellUpload: UploadFrame = ({ channel, target, options }) => {
  const ended = new AbortController();
  return {
    channel: {
      readable: openFirst(channel.readable, ended.signal),
      writable: withoutFirstReply(channel.writable),
    },
    target: {
      file() {
        throw new ScpFatalError("The client sent an entry after the end of its upload");
      },
      directory: () => framed(target, options.recursive !== false, () => ended.abort()),
    },
    options: { ...options, recursive: true, ...adaptOptions(options) },
  };
};

/** The directory around everything: what is in it belongs to the top level of `target`. */
function framed(target: ScpTarget, recursive: boolean, onEnd?: () => void): ScpTarget {
  return {
    file: (entry, { path, signal }) =>
      target.file({ ...entry, depth: entry.depth - 1 }, { path: unframe(path), signal }),
    async directory(entry, { path, signal }) {
      if (!recursive) throw new ScpFatalError("The client sent a directory without having asked for -r");
      const child = await openDirectory(target, { ...entry, depth: entry.depth - 1 }, { path: unframe(path), signal });
      return framed(child, recursive);
    },
    // A target that is given to a transfer is not closed by it.
    close: () => (onEnd === undefined ? target.close?.() : onEnd()),
    abort: (reason) => (onEnd === undefined ? target.abort?.(reason) : undefined),
  };
}

function adaptOptions({ limits, onEvent, describeError }: ScpReceiveOptions): Partial<ScpReceiveOptions> {
  const labels = new WeakMap<ScpEntryLabel, ScpEntryLabel>();
  const relabel = (label: ScpEntryLabel): ScpEntryLabel => {
    const known = labels.get(label) ?? { ...label, path: unframe(label.path) };
    labels.set(label, known);
    return known;
  };
  return {
    limits: { ...limits, maxDepth: (limits?.maxDepth ?? 256) + 1, maxEntries: (limits?.maxEntries ?? Infinity) + 1 },
    onEvent(event: ScpTransferEvent) {
      if (event.type === "failure") {
        onEvent?.({ ...event, failure: { ...event.failure, path: unframe(event.failure.path) } });
      } else if (event.entry.path !== frameName || event.entry.type !== "directory") {
        onEvent?.({ ...event, entry: relabel(event.entry) });
      }
    },
    describeError: describeError === undefined ? undefined : (error, path) => describeError(error, unframe(path)),
  };
}

function unframe(path: string): string {
  return path === frameName ? "" : path.startsWith(`${frameName}/`) ? path.slice(frameName.length + 1) : path;
}

function openFirst(readable: ReadableStream<Uint8Array>, ended: AbortSignal): ReadableStream<Uint8Array> {
  const reader = readable.getReader();
  let opened = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!opened) {
          opened = true;
          controller.enqueue(opening);
          return;
        }
        const { done, value } = ended.aborted ? { done: true, value: undefined } : await reader.read();
        if (done || value === undefined) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Drops one `\0`: of the two that acknowledge the start and the directory around everything the client waits for one. */
function withoutFirstReply(writable: WritableStream<Uint8Array>): WritableStream<Uint8Array> {
  const writer = writable.getWriter();
  let dropped = false;
  return new WritableStream<Uint8Array>({
    async write(chunk) {
      const rest = dropped || chunk[0] !== 0 ? chunk : chunk.subarray(1);
      dropped ||= chunk.length > 0;
      if (rest.length > 0) await writer.write(rest);
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
}
