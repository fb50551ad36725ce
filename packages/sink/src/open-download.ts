import type { ScpEntryContext, ScpTransport } from "@scpkit/channel";
import { createBody } from "./body.ts";
import { download, type ScpDownloadOptions } from "./download.ts";
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
  /** Refuses the file; the peer is told `reason`. */
  refuse(reason?: string): void;
}

/** A directory on offer. It is entered unless {@link refuse} is called before the next entry is read. */
export interface ScpIncomingDirectory extends ScpEntryInfo {
  readonly type: "directory";
  /** Names joined with `/`, for people. Written by the peer. */
  readonly path: string;
  /** Refuses the directory with all below it; the peer is told `reason`. */
  refuse(reason?: string): void;
}

/** An entry of a pulled download. */
export type ScpIncomingEntry = ScpIncomingFile | ScpIncomingDirectory;

type Decision = { readonly accept: true } | { readonly accept: false; readonly reason: string };

/**
 * The same download, pulled: a stream of entries, each of which hands out its own body and is accepted or refused by the reader.
 * What the reader refuses or cancels is no failure. Cancelling the stream ends the remote command, and waits for its end.
 *
 * The stream ends when everything offered was decided and what was accepted arrived; it errors as `download` rejects.
 */
export function openDownload(
  transport: ScpTransport,
  remotePath: string,
  options: ScpDownloadOptions = {},
): ReadableStream<ScpIncomingEntry> {
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  const replies = options.replies === "window" ? "eager" : options.replies;
  const offers = new Offers();
  let cancelled = false;
  let ended: Promise<void> = Promise.resolve();
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
      cancel(reason) {
        cancelled = true;
        abort.abort(reason);
        return ended;
      },
    },
    { highWaterMark: 0 },
  );
}

/** Offers one entry at a time and waits for the reader: nothing is offered before it is asked for. */
class Offers {
  #undecided: (() => void) | undefined;
  #asked = new Gate();
  #offered = new Gate();

  /** The reader wants an entry: the one before it takes its default. */
  pull(): Promise<void> {
    this.#undecided?.();
    this.#offered = new Gate();
    this.#asked.open();
    return this.#offered.opened;
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
        const body = createBody(context.signal);
        const offered = offer(context, { accept: false, reason: `${context.path}: not wanted` }, (decide) => ({
          ...entry,
          type: "file",
          path: context.path,
          body() {
            decide({ accept: true });
            return body.readable;
          },
          refuse: (reason = `${context.path}: not wanted`) => decide({ accept: false, reason }),
        }));
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

/** A promise and what resolves it. */
class Gate {
  open: () => void = () => {};
  readonly opened: Promise<void> = new Promise((resolve) => {
    this.open = resolve;
  });
}
