import { checkOptions, ScpStateError } from "@scpkit/codec";
import type { ScpEntryContext, ScpTransport } from "@scpkit/core";
import { concatBytes } from "@scpkit/core/engine";
import { createBody } from "./body.ts";
import { download, downloadOptionKinds, type ScpDownloadOptions } from "./download.ts";
import { type ScpEntryInfo, ScpSkipError, type ScpTarget } from "./target.ts";

/** A file on offer. It is refused unless {@link body} is called before the next entry is read. */
export interface ScpIncomingFile extends ScpEntryInfo {
  readonly type: "file";
  /** Names joined with `/`, for people. Written by the peer. */
  readonly path: string;
  /**
   * Accepts the file and hands out its body: it ends only when the body arrived whole and errors otherwise.
   * Read it to its end, or cancel it (the rest is thrown away), before reading the next entry. Of a file that was refused already
   * it errors.
   */
  body(): ReadableStream<Uint8Array>;
  /**
   * Accepts the file and reads all of it into memory: `size` bytes. Leaving a loop over the download waits for it, so
   * `for await (const entry of download) return entry.bytes()` is fine.
   */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** As {@link bytes}, decoded as UTF-8. */
  text(): Promise<string>;
  /** Rejects the file and sends `reason` to the peer. */
  refuse(reason?: string): void;
}

/** A directory on offer. It is entered unless {@link refuse} is called before the next entry is read. */
export interface ScpIncomingDirectory extends ScpEntryInfo {
  readonly type: "directory";
  /** Names joined with `/`, for people. Written by the peer. */
  readonly path: string;
  /** Rejects the directory with everything below it, and sends `reason` to the peer. */
  refuse(reason?: string): void;
}

/** An entry of a pulled download. */
export type ScpIncomingEntry = ScpIncomingFile | ScpIncomingDirectory;

/** The entries that wait for the reader, and the bodies it reads. */
interface Readers {
  /** Reads of whole bodies that have not settled. */
  readonly pending: Set<Promise<unknown>>;
  /** Errors a body: at once, or after the cancelled stream has let its reader go on. */
  readonly later: (deliver: () => void) => void;
}

type Decision = { readonly accept: true } | { readonly accept: false; readonly reason: string };

/**
 * The same download, pulled: a stream of entries, each of which hands out its own body and is accepted or refused by the reader.
 * What the reader refuses or cancels is no failure. Cancelling the stream, as leaving a loop does, waits for `bytes()` and `text()` that are
 * under way, then ends the remote command and waits for its end. A body that is being read by then errors.
 *
 * The stream ends when everything offered was decided and what was accepted arrived; it errors as `download` rejects.
 *
 * @throws {ScpStateError} at once: an option is unknown or has a wrong value
 */
export function openDownload(
  transport: ScpTransport,
  remotePath: string,
  options: ScpDownloadOptions = {},
): ReadableStream<ScpIncomingEntry> {
  checkOptions("openDownload", options, downloadOptionKinds);
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  const replies = options.replies === "pipelined" ? "overlapped" : options.replies;
  let cancelled = false;
  let ended: Promise<void> = Promise.resolve();
  const readers: Readers = {
    pending: new Set(),
    // `return new Response(entry.body()).text()` in a loop awaits the cancelling before anyone handles the rejection of that promise.
    later: (deliver) => {
      if (cancelled) ended.then(() => setTimeout(deliver));
      else deliver();
    },
  };
  const offers = new Offers(readers);
  return new ReadableStream<ScpIncomingEntry>(
    {
      start(controller) {
        ended = download(transport, remotePath, offers.target(controller), { ...options, replies, signal }).then(
          () => {
            if (!cancelled) controller.close();
          },
          (error: unknown) => {
            if (!cancelled) controller.error(error);
          },
        );
      },
      pull: () => offers.pull(),
      async cancel(reason: unknown = cancelledEarly()) {
        await Promise.allSettled(readers.pending);
        cancelled = true;
        abort.abort(reason);
        await ended;
      },
    },
    { highWaterMark: 0 },
  );
}

/** Offers one entry at a time and waits for the reader: nothing is offered before it is asked for. */
class Offers {
  readonly #readers: Readers;
  #undecided: (() => void) | undefined;
  #asked = new Gate();
  #offered = new Gate();

  constructor(readers: Readers) {
    this.#readers = readers;
  }

  /** The reader wants an entry: the one before it takes its default. */
  pull(): Promise<void> {
    this.#undecided?.();
    this.#offered = new Gate();
    this.#asked.open();
    return this.#offered.opened;
  }

  /** Reads a body to its end. */
  #whole(body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
    const { pending } = this.#readers;
    const reading = handled(collect(body));
    pending.add(reading);
    const settled = (): void => void pending.delete(reading);
    reading.then(settled, settled);
    return reading;
  }

  target(controller: ReadableStreamDefaultController<ScpIncomingEntry>): ScpTarget {
    const offer = async (
      context: ScpEntryContext,
      fallback: Decision,
      make: (decide: (d: Decision) => void) => ScpIncomingEntry,
    ): Promise<void> => {
      await this.#asked.opened;
      this.#asked = new Gate();
      const decision = await new Promise<Decision>((decide) => {
        this.#undecided = () => decide(fallback);
        context.signal.addEventListener("abort", this.#undecided, { once: true });
        controller.enqueue(make(decide));
        this.#offered.open();
      });
      if (this.#undecided !== undefined) context.signal.removeEventListener("abort", this.#undecided);
      this.#undecided = undefined;
      if (!decision.accept) throw new ScpSkipError(decision.reason);
    };
    const target: ScpTarget = {
      file: async (entry, context) => {
        const body = createBody(context.signal, this.#readers.later);
        const offered = offer(context, { accept: false, reason: `${context.path}: not wanted` }, (decide) => {
          const accept = (): ReadableStream<Uint8Array> => {
            decide({ accept: true });
            return body.readable;
          };
          return {
            ...entry,
            type: "file",
            path: context.path,
            body: () => accept(),
            bytes: () => this.#whole(accept()),
            text: () => handled(this.#whole(accept()).then((bytes) => new TextDecoder().decode(bytes))),
            refuse: (reason = `${context.path}: not wanted`) => decide({ accept: false, reason }),
          };
        });
        try {
          await offered;
        } catch (error) {
          // For a reader who asks for the body too late.
          await body.writable.abort(error);
          throw error;
        }
        return body.writable;
      },
      directory: async (entry, context) => {
        await offer(context, { accept: true }, (decide) => ({
          ...entry,
          type: "directory",
          path: context.path,
          refuse: (reason = `${context.path}: not wanted`) => decide({ accept: false, reason }),
        }));
        return target;
      },
    };
    return target;
  }
}

async function collect(body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value);
  return concatBytes(chunks);
}

/** Keeps a promise that nobody awaits from ending the process when it rejects. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function cancelledEarly(): ScpStateError {
  const message =
    "The download was cancelled before this body was read: await the body, or use bytes() or text(), before leaving the loop";
  return new ScpStateError(message);
}

/** A promise and what resolves it. */
class Gate {
  open: () => void = () => {};
  readonly opened: Promise<void> = new Promise((resolve) => {
    this.open = resolve;
  });
}
