/*
 * The sink of SCP.
 *
 *   transfer  = start-reply { entry | message }
 *   entry     = [ times ] ( file | directory )
 *   file      = C-line reply ( refused | body status reply )
 *   directory = D-line reply ( refused | { entry | message } E-line reply )
 *
 * | input     | accepted                                        | refused                             | already answered ahead     |
 * |-----------|-------------------------------------------------|-------------------------------------|----------------------------|
 * | times     | kept for the next file or directory of the level, reply ok |                          |                            |
 * | file      | target opens, reply ok, body follows            | reply `\1`, no body                 | body is read, thrown away  |
 * | status    | commit, reply ok                                | roll back, reply `\1` if ours       | as before, told locally    |
 * | missing status | commit and record a failure; no reply: the peer has closed; roll back and end after a lost connection | roll back | as before |
 * | directory | level opens, reply ok                           | reply `\1`, no children and no `E`  | children are thrown away   |
 * | end       | children settled, level closes, reply ok (never `\1`: sources take that for a stray of the entry before)        |
 * | message   | recorded, not answered; a fatal one ends the transfer |                               |                            |
 */

import {
  checkOptions,
  encodeReply,
  quoteText,
  type ScpDirectoryRecord,
  ScpError,
  type ScpEvent,
  type ScpFileRecord,
  ScpLimitError,
  ScpPeerError,
  ScpProtocolError,
  ScpRecordDecoder,
  type ScpReply,
  ScpStateError,
  type ScpTimes,
  yieldWhenDue,
} from "@scpkit/codec";
import {
  clientLimits,
  type ScpChannel,
  ScpFatalError,
  type ScpLimits,
  type ScpTransferredEntry,
  type ScpTransferSummary,
} from "@scpkit/core";
import { ChannelIO, TransferLog } from "@scpkit/core/engine";
import { checkPlaced, joinPath, locateEntry, type ScpPlacedEntry } from "./destination.ts";
import { endedInOrder } from "./ended-in-order.ts";
import { IncomingFile } from "./incoming-file.ts";
import { receiveOptionKinds, type ScpReceiveOptions } from "./options.ts";
import { ReplySender } from "./reply-sender.ts";
import { type Awaitable, type ScpEntryInfo, ScpSkipError, type ScpTarget } from "./target.ts";

/** Files whose commit may still be under way when replies are sent ahead. */
const commitsInFlight = 8;

/** A body that failed is read to its end when no more than this is missing: that costs less than closing the channel. */
const drainedBytes = 256 * 1024;

const ok: ScpReply = { type: "ok" };

interface Level {
  /** Absent: the directory could not be refused in time; what comes below it is thrown away. */
  readonly target: ScpTarget | undefined;
  readonly label: ScpTransferredEntry | undefined;
  /** Its path in the storage of the target. */
  readonly path: string;
  times: ScpTimes | undefined;
}

function levelOf(target: ScpTarget | undefined, label: ScpTransferredEntry | undefined, path: string): Level {
  return { target, label, path, times: undefined };
}

/**
 * Receives entries from a source into `target`, until the peer closes its side.
 *
 * @returns what arrived; everything did
 * @throws {ScpIncompleteError} the transfer came to its end, with failures. A file whose source closed after the last byte of the body
 *   without a status is stored, counted and listed as a failure with the code `missing-status`
 * @throws {ScpProtocolError} the peer broke the protocol, or closed in the middle of a file or directory
 * @throws {ScpPeerError} the peer gave up (`\2`)
 * @throws {ScpLimitError} a limit was reached
 * @throws {ScpFatalError} the target ended the transfer
 * @throws {ScpStateError} an option is unknown or has a wrong value
 */
export async function receiveEntries(
  channel: ScpChannel,
  target: ScpTarget,
  options: ScpReceiveOptions = {},
): Promise<ScpTransferSummary> {
  checkOptions("receiveEntries", options, receiveOptionKinds);
  const receiver = new Receiver(channel, target, options);
  await receiver.run();
  return receiver.log.conclude();
}

interface ReceiverOptions extends ScpReceiveOptions {
  /** As in `ScpDownloadOptions`; whoever sets it closes the channel of a transfer that was {@link Receiver.abandoned}. @default false */
  readonly oneEntry?: boolean | undefined;
}

/** One transfer on its way in. */
export class Receiver {
  readonly log: TransferLog;
  readonly #port: ChannelIO;
  readonly #decoder: ScpRecordDecoder;
  readonly #replies: ReplySender;
  readonly #options: ReceiverOptions;
  readonly #limits: ScpLimits;
  readonly #levels: Level[];
  readonly #committing = new Map<string, Promise<void>>();
  #file: IncomingFile | undefined;
  #entries = 0;
  #times = 0;
  #announced = 0;
  #refusals = 0;
  #heard = false;
  #refused = false;
  #abandoned = false;

  constructor(channel: ScpChannel, target: ScpTarget, options: ReceiverOptions) {
    this.#options = options;
    this.#limits = { ...clientLimits, ...options.limits };
    this.#decoder = new ScpRecordDecoder({
      maxLineBytes: this.#limits.maxLineBytes,
      endsWithDirectoryEnd: options.endsWithDirectoryEnd,
      allowLeadingEnd: options.allowLeadingEnd,
    });
    this.log = new TransferLog(options.onEvent, this.#limits.maxPeerErrors);
    this.#port = new ChannelIO(channel, { signal: options.signal, limits: this.#limits });
    this.#replies = new ReplySender(this.#port, options.replies ?? "lockstep", options.preserve ?? false);
    this.#levels = [levelOf(target, undefined, "")];
    // A write that the target never finishes must not outlive the transfer.
    this.#port.signal.addEventListener("abort", () => void this.#file?.abort(this.#port.signal.reason), { once: true });
  }

  /** The peer sent at least one record or message. */
  get heard(): boolean {
    return this.#heard;
  }

  /** This side refused something on the wire: the peer is expected to end with status 1. */
  get refused(): boolean {
    return this.#refused;
  }

  /** The transfer ended before the peer's end of input, because its only file had failed. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Runs to the peer's end of input, unless the only file fails. Rejects when the transfer ends early; by then all is rolled back. */
  async run(): Promise<void> {
    try {
      this.#replies.answer("start", ok);
      await this.#takeAll();
      if (this.#abandoned) {
        this.#port.signal.throwIfAborted();
        this.#port.fail(new ScpStateError("The rest of the transfer is not needed"));
        return;
      }
      await this.#settleCommits();
      // A commit that ended the transfer may have done so before anyone waited for it.
      this.#port.signal.throwIfAborted();
      // Replies sent ahead and not taken are left behind: a peer that has ended need not read them.
      const closed = this.#port.closeWritable();
      closed.catch(ignore);
      if (!this.#replies.committed) await closed;
      this.#port.release();
    } catch (error) {
      this.#port.fail(error, this.#farewell(error));
      await this.#rollBack(error);
      throw error;
    }
  }

  /** Takes chunk after chunk through the decoder, up to the end of the input or the `E` that encloses it. */
  async #takeAll(): Promise<void> {
    const decoder = this.#decoder;
    for (let ended = false; !ended; ) {
      const flushing = this.#replies.flush();
      if (flushing !== undefined) await flushing;
      const chunk = await this.#port.read(true);
      if (chunk === undefined) decoder.end();
      else decoder.push(chunk);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        this.#heard = true;
        const pending = this.#handle(event);
        if (pending !== undefined) await pending;
        if (this.#abandoned) return;
        const nextTurn = yieldWhenDue();
        if (nextTurn !== undefined) await nextTurn;
      }
      ended = chunk === undefined || decoder.state === "ended";
    }
    await this.#replies.flush();
  }

  #handle(event: ScpEvent): Promise<void> | undefined {
    switch (event.type) {
      case "data":
        return this.#data(event.data);
      case "status":
        return this.#status(event.status);
      case "missing-status":
        return this.#missingStatus();
      case "file":
        return this.#openFile(event);
      case "directory":
        return this.#openDirectory(event);
      case "end":
        return this.#closeDirectory();
      case "times":
        this.#times += 1;
        if (this.#times > this.#limits.maxEntries) {
          throw this.#limitError("limit-entries", this.#limits.maxEntries, "sent more times");
        }
        // Times that no clock can show are acknowledged and forgotten, with any before them.
        this.#level.times = Number.isFinite(event.mtimeMs) && Number.isFinite(event.atimeMs) ? event : undefined;
        this.#replies.answer("times", ok);
        return undefined;
      case "warning":
      case "fatal":
        if (event.type === "fatal") throw this.log.failByPeer("", event.type, event.message);
        this.log.failByPeer("", event.type, event.message);
        return undefined;
    }
  }

  async #openFile(record: ScpFileRecord): Promise<void> {
    const info = this.#announce(record, record.size);
    const label: ScpTransferredEntry = { type: "file", path: this.#pathOf(info), size: record.size };
    const { target } = this.#level;
    const committed = this.#replies.committed;
    const refusal = this.#tooLarge(record.size, label.path);
    if (refusal !== undefined) {
      if (committed) throw refusal;
      this.#refuse(label, refusal);
      return;
    }
    const placed = this.#place(info);
    if (this.#committing.size > 0) await this.#committing.get(placed.context.path);
    if (target !== undefined) {
      const opening = this.#ask(() => openFile(target, placed));
      if (!committed) {
        const outcome = await this.#port.raceFailure(opening.then(accepted, refused)).catch((reason: unknown) => {
          opening.then((writable) => writable.abort(reason)).catch(ignore);
          throw reason;
        });
        if ("reason" in outcome) {
          this.#refuse(label, outcome.reason);
          return;
        }
      }
      this.#file = new IncomingFile(label, placed.context.path, opening);
      this.log.start(label);
    }
    this.#announced += record.size;
    if (this.#announced > this.#limits.maxTotalBytes) {
      throw this.#limitError("limit-total-bytes", this.#limits.maxTotalBytes, "announced more bytes in all");
    }
    this.#decoder.accept();
    this.#replies.answer("file", ok);
  }

  #data(data: Uint8Array): Promise<void> | undefined {
    const file = this.#file;
    if (file === undefined) return undefined;
    const pending = file.write(data);
    this.log.progress(file.label, file.received);
    return this.#isOver(file) ? this.#abandon(file) : pending;
  }

  /** Whether the target has failed and nothing of what is still to come is needed. */
  #isOver({ failed, label, received }: IncomingFile): boolean {
    if (!failed || this.#port.signal.aborted) return false;
    return this.#options.oneEntry === true && this.#levels.length === 1 && label.size - received > drainedBytes;
  }

  /** Ends the transfer with the failure of its only file. */
  async #abandon(file: IncomingFile): Promise<void> {
    this.#file = undefined;
    const failure = await file.finish(undefined);
    this.#abandoned = true;
    if (failure !== undefined) this.#localFailure(file.label, failure.reason);
  }

  async #status(status: ScpReply): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) {
      this.#replies.answer("body", ok);
    } else if (this.#replies.committed) {
      this.#replies.answer("body", ok);
      this.#commitLater(file, status);
      if (this.#committing.size >= commitsInFlight)
        await this.#port.raceFailure(Promise.race(this.#committing.values()));
    } else {
      this.#replies.answer("body", await this.#commit(file, status));
    }
    if (status.type === "fatal") throw new ScpPeerError("fatal", status.message);
  }

  /**
   * Keeps a file whose source closed in place of its status, as OpenSSH does (scp.c, sink()), and records that it did. After a lost
   * connection the source may have had an error to send: the file is rolled back then.
   */
  async #missingStatus(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    const { exit } = this.#options;
    if (exit !== undefined && !(await this.#port.raceFailure(endedInOrder(exit)))) {
      const path = quoteText(file.label.path);
      throw new ScpProtocolError(
        "unexpected-eof",
        `The connection ended before the peer confirmed that ${path} is complete`,
      );
    }
    this.#file = undefined;
    const failure = await file.finish(undefined);
    if (failure !== undefined) {
      this.#localFailure(file.label, failure.reason);
      return;
    }
    this.log.finish(file.label);
    const { path } = file.label;
    const message = `${quoteText(path)} was stored, but the peer closed the connection without confirming that it is complete`;
    this.log.fail(path, "peer", new ScpProtocolError("missing-status", message));
  }

  #commitLater(file: IncomingFile, status: ScpReply): void {
    const { path } = file;
    const done = this.#commit(file, status)
      .then(ignore, (error: unknown) => this.#port.fail(error, this.#farewell(error)))
      .then(() => {
        this.#committing.delete(path);
      });
    this.#committing.set(path, done);
  }

  /** Commits or rolls back, calls the observer, and returns the reply. */
  async #commit(file: IncomingFile, status: ScpReply): Promise<ScpReply> {
    const damage = status.type === "ok" ? undefined : new ScpPeerError(status.type, status.message);
    const failure = await file.finish(damage);
    if (status.type !== "ok") {
      this.log.failByPeer(file.label.path, status.type, status.message);
      return ok;
    }
    if (failure === undefined) {
      this.log.finish(file.label);
      return ok;
    }
    return this.#localFailure(file.label, failure.reason);
  }

  async #openDirectory(record: ScpDirectoryRecord): Promise<void> {
    if (this.#options.recursive === false) {
      throw new ScpProtocolError(
        "unrequested-directory",
        `The peer sent the directory ${quoteText(record.name.text)}, but only files were asked for`,
      );
    }
    const info = this.#announce(record, 0);
    const label: ScpTransferredEntry = { type: "directory", path: this.#pathOf(info), size: 0 };
    const { target: parent } = this.#level;
    if (this.#levels.length > this.#limits.maxDepth) {
      throw this.#limitError("limit-depth", this.#limits.maxDepth, "opened more directories inside each other");
    }
    const placed = this.#place(info);
    let target: ScpTarget | undefined;
    if (parent !== undefined) {
      const opening = this.#ask(() => openChild(parent, placed));
      const outcome = await this.#port.raceFailure(opening.then(accepted, refused)).catch((reason: unknown) => {
        opening.then((child) => child.abort?.(reason)).catch(ignore);
        throw reason;
      });
      if ("value" in outcome) {
        target = outcome.value;
      } else if (this.#replies.committed) {
        this.#localFailure(label, outcome.reason);
      } else {
        this.#refuse(label, outcome.reason);
        return;
      }
    }
    this.#decoder.accept();
    this.#levels.push(target === undefined ? this.#discardedLevel(label) : levelOf(target, label, placed.context.path));
    if (target !== undefined) this.log.start(label);
    this.#replies.answer("directory", ok);
  }

  async #closeDirectory(): Promise<void> {
    await this.#settleCommits();
    const { target, label } = this.#level;
    // From here on it is closed, whatever comes of that: it is not aborted as well. The top level is the caller's.
    if (this.#levels.length > 1) this.#levels.pop();
    if (target !== undefined && label !== undefined) {
      // `\1` must not answer an E, so this failure is reported to the caller only; a server reports it by its exit status.
      const outcome = await this.#port.raceFailure(this.#ask(() => target.close?.()).then(accepted, refused));
      if ("reason" in outcome) this.#localFailure(label, outcome.reason);
      else this.log.finish(label);
    }
    this.#replies.answer("end", ok);
  }

  /** Checks an announced entry against what was asked for and the limits; takes the pending times. */
  #announce(record: ScpFileRecord | ScpDirectoryRecord, size: number): ScpEntryInfo {
    // What was already here when the transfer failed is not offered to the target any more.
    this.#port.signal.throwIfAborted();
    const level = this.#level;
    const { type, name, mode } = record;
    this.#entries += 1;
    if (this.#entries > this.#limits.maxEntries) {
      throw this.#limitError("limit-entries", this.#limits.maxEntries, "sent more entries");
    }
    if (this.#levels.length === 1 && this.#options.acceptName?.(name) === false) {
      throw new ScpProtocolError("unrequested-name", `The peer sent ${quoteText(name.text)}, which was not asked for`, {
        line: name.text,
      });
    }
    const times = level.times;
    level.times = undefined;
    return { type, name, mode, size, times, depth: this.#levels.length - 1 };
  }

  #tooLarge(size: number, path: string): ScpLimitError | undefined {
    const limit = this.#limits.maxFileBytes;
    if (size <= limit) return undefined;
    return new ScpLimitError("limit-file-bytes", limit, `${quoteText(path)} is larger than ${limit} bytes`);
  }

  #limitError(code: "limit-depth" | "limit-entries" | "limit-total-bytes", limit: number, what: string): ScpLimitError {
    return new ScpLimitError(code, limit, `The peer ${what} than the limit of ${limit} allows`);
  }

  #refuse(label: ScpTransferredEntry, reason: unknown): void {
    this.#refused = true;
    this.#decoder.reject();
    this.#replies.answer("refused", this.#localFailure(label, reason));
  }

  /** Records a failure of this side, unless the entry was skipped on purpose, and returns the reply that reports it. */
  #localFailure(label: ScpTransferredEntry, reason: unknown): ScpReply {
    if (reason instanceof ScpFatalError) throw reason;
    this.#refusals += 1;
    if (this.#refusals > this.#limits.maxRefusals) {
      const limit = this.#limits.maxRefusals;
      throw new ScpLimitError("limit-refusals", limit, `More than ${limit} files and directories were refused`);
    }
    if (reason instanceof ScpSkipError) return { type: "warning", message: `scp: ${reason.message}` };
    this.log.fail(label.path, "local", reason);
    return { type: "warning", message: this.#describe(reason, label.path) };
  }

  #describe(error: unknown, path: string): string {
    const ownWords = path === "" ? "transfer ended by the receiving side" : `${path}: not stored`;
    return `scp: ${this.#options.describeError?.(error, path) ?? ownWords}`;
  }

  /** Last words to the peer, where they can still reach it in their place. `\2` ends every known source at once. */
  #farewell(error: unknown): Uint8Array | undefined {
    if (this.#replies.committed || !(error instanceof ScpError) || error instanceof ScpPeerError) return undefined;
    const message =
      error instanceof ScpFatalError ? this.#describe(error, "") : `scp: protocol error: ${error.message}`;
    return encodeReply({ type: "fatal", message });
  }

  async #settleCommits(): Promise<void> {
    if (this.#committing.size > 0) await this.#port.raceFailure(Promise.all(this.#committing.values()));
  }

  async #rollBack(reason: unknown): Promise<void> {
    await this.#file?.abort(reason);
    await Promise.all(this.#committing.values());
    for (const { target, label } of this.#levels.reverse()) {
      if (label !== undefined) await this.#ask(() => target?.abort?.(reason)).catch(ignore);
    }
  }

  /** Calls into the caller's target; a synchronous throw becomes a rejection. */
  async #ask<T>(call: () => T | PromiseLike<T>): Promise<T> {
    return await call();
  }

  /** The entry under the name and the path that the target stores it under. */
  #place(info: ScpEntryInfo): ScpPlacedEntry {
    const { target, path } = this.#level;
    const context = { path: joinPath(path, info.name.text), signal: this.#port.signal };
    return locateEntry(target?.destination, info, context);
  }

  /** Below a directory that is thrown away paths do not grow: nothing is reported there, and nobody has refused the depth. */
  #discardedLevel(label: ScpTransferredEntry): Level {
    const above = this.#level;
    return above.target === undefined
      ? levelOf(undefined, above.label, above.path)
      : levelOf(undefined, label, above.path);
  }

  #pathOf(info: ScpEntryInfo): string {
    const { label } = this.#level;
    return label === undefined ? info.name.text : `${label.path}/${info.name.text}`;
  }

  get #level(): Level {
    const level = this.#levels.at(-1);
    if (level === undefined) throw new Error("The top level is never closed");
    return level;
  }
}

function openFile(target: ScpTarget, placed: ScpPlacedEntry): Awaitable<WritableStream<Uint8Array>> {
  checkPlaced(target.destination, placed);
  return target.file(placed.entry, placed.context);
}

function openChild(parent: ScpTarget, { entry, context }: ScpPlacedEntry): Awaitable<ScpTarget> {
  if (parent.directory === undefined) throw new Error("Directories are not taken here");
  return parent.directory(entry, context);
}

function accepted<T>(value: T): { readonly value: T } {
  return { value };
}

function refused(reason: unknown): { readonly reason: unknown } {
  return { reason };
}

function ignore(): void {}
