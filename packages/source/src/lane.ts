/*
 * One running `scp -t`, and what is on the wire to it.
 *
 * Every record gets one reply, in order: a slot. Records are held back and leave together, always ending in a record whose answer
 * decides what follows, because neither a body may follow an unanswered C-line nor children an unanswered D-line:
 *
 *   [ closing status ] [ T ] C          then wait, then body
 *   [ closing status ] { E } [ T ] D    then wait, then children
 *
 * | slot      | reply ok          | reply `\1`                                                    | reply `\2` |
 * |-----------|-------------------|---------------------------------------------------------------|------------|
 * | times     | -                 | stray: belongs to the entry before, read again                | ends all   |
 * | file      | body may follow   | refused: no body                                              | ends all   |
 * | body      | the file arrived  | the file failed                                               | ends all   |
 * | directory | children may follow | refused: no children, no `E`                                | ends all   |
 * | end       | the directory is done | stray: belongs to the entry before, read again            | ends all   |
 *
 * Strays come from sinks before OpenSSH 8.3 and from dropbear: they answer one file with two errors, or a directory with an error
 * after the reply to its `E`. No sink refuses a T or an E.
 */

import {
  encodeRecord,
  encodeReply,
  type ScpName,
  ScpPeerError,
  ScpProtocolError,
  type ScpReply,
  ScpStateError,
  type ScpTimes,
} from "@scpkit/codec";
import { ScpFatalError, type ScpTransferredEntry } from "@scpkit/core";
import { type ChannelIO, joinBytes, type TransferLog } from "@scpkit/core/engine";
import type { ScpLaneOptions } from "./options.ts";
import { ReplyReader } from "./reply-reader.ts";

/** A body chunk up to this length waits for the records behind it, so that all leave in one write. */
const joinedBytes = 64 * 1024;
/** How long records are held back for more to join them, in ms: longer than opening a local file, shorter than anyone notices. */
const holdMs = 5;
/** How long an old sink's second error may take, in ms, where nothing else tells it from a refusal. */
const strayGraceMs = 200;

const padding = new Uint8Array(64 * 1024);
const unusableTimes = new TextEncoder().encode(`T${"9".repeat(20)} 0 ${"9".repeat(20)} 0\n`);
const statusOk = encodeReply({ type: "ok" });

interface Slot {
  readonly kind: "times" | "file" | "body" | "directory" | "end";
  readonly label: ScpTransferredEntry;
  /** `false`: the log has been told already, or is not to be told. */
  readonly counted?: boolean;
}

/** What the wire says about a file or directory. */
export interface ScpOffer {
  readonly label: ScpTransferredEntry;
  readonly name: ScpName;
  readonly mode: number;
  readonly times: ScpTimes | undefined;
}

/**
 * Sends records over one channel to a sink, in the order in which it is driven: the low end of `sendEntries`, for those who have
 * bodies to push rather than streams to hand over. Calls must not overlap. After a rejection it is of no more use.
 */
export class ScpLane {
  readonly #port: ChannelIO;
  readonly #log: TransferLog;
  readonly #options: ScpLaneOptions;
  readonly #replies: ReplyReader;
  #held: Uint8Array[] = [];
  #slots: Slot[] = [];
  #last: ScpTransferredEntry | undefined;
  #body: { readonly label: ScpTransferredEntry; left: number } | undefined;
  #strayPossible = false;

  constructor(port: ChannelIO, log: TransferLog, options: ScpLaneOptions) {
    this.#port = port;
    this.#log = log;
    this.#options = options;
    this.#replies = new ReplyReader(port, options.limits?.maxLineBytes);
  }

  /** Waits for what comes next on this side. What is held back waits with it for a moment, then leaves without it. */
  async holdFor<T>(next: Promise<T>): Promise<T> {
    if (this.#held.length === 0) return await this.#port.raceFailure(next);
    const timer = setTimeout(() => this.flush().catch((error: unknown) => this.#port.fail(error)), holdMs);
    try {
      return await this.#port.raceFailure(next);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits for the sink to say that it is ready.
   *
   * @throws {ScpPeerError} it is not: its target is missing or no directory
   */
  async start(): Promise<void> {
    const reply = await this.#replies.next();
    if (reply.type !== "ok") throw new ScpPeerError(reply.type, reply.message);
  }

  /**
   * As {@link start}, and the sink has looked at its destination when this resolves. OpenSSH's sink says that it is ready, then
   * looks whether its destination is a directory; only the reply to a record proves that it has. Times too large to represent are
   * such a record: they are answered, not applied, and forget any before them. They need no answer to be sent, so this takes no longer.
   */
  async startAfterLook(): Promise<void> {
    await this.#port.write(unusableTimes);
    await this.start();
    await this.start();
  }

  /** Offers a file. `false`: the sink refused it, or it was reported because it cannot be encoded; otherwise its body follows through {@link body} and ends with {@link endBody}. */
  async offer(file: ScpOffer): Promise<boolean> {
    const { label, name, mode } = file;
    const records = this.#encode(file, () =>
      encodeRecord({ type: "file", mode: mode & 0o6777, size: label.size, name }),
    );
    if (records === undefined) return false;
    await this.#beforeRecord(records.times);
    await this.#holdTimes(label, records.times);
    this.#hold(records.entry, { kind: "file", label });
    if (!(await this.#decided())) return false;
    this.#log.start(label);
    this.#body = { label, left: label.size };
    this.#replies.expectNone = true;
    return true;
  }

  /** Whether a body may be longer than announced. */
  get allowGrowth(): boolean {
    return this.#options.allowGrowth ?? false;
  }

  /** Bytes of the offered file that are still to come. */
  get bodyLeft(): number {
    return this.#body?.left ?? 0;
  }

  /** Sends a piece of the body; what exceeds the announced size is cut. A promise says when to go on. */
  body(chunk: Uint8Array): Promise<void> | undefined {
    const body = this.#body;
    if (body === undefined) throw new ScpStateError("No body is due: offer a file first");
    // A peer that answered ahead of time and has gone: the rest of the body would be written to nobody.
    if (this.#port.lost !== undefined && this.#replies.ended) this.#checkTaken();
    const piece = chunk.byteLength > body.left ? chunk.subarray(0, body.left) : chunk;
    if (piece.byteLength === 0) return undefined;
    body.left -= piece.byteLength;
    this.#log.progress(body.label, body.label.size - body.left);
    if (body.left > 0 || piece.byteLength > joinedBytes) return this.#port.write(piece);
    this.#held.push(piece);
    return undefined;
  }

  /**
   * Ends the body. With a failure, what is missing is padded with NULs and the file is reported to the sink as damaged.
   * The closing status may be held back.
   */
  async endBody(failure?: { readonly reason: unknown }): Promise<void> {
    const body = this.#body;
    if (body === undefined) throw new ScpStateError("No body is due: offer a file first");
    const { label } = body;
    while (body.left > 0) await this.body(padding);
    this.#body = undefined;
    this.#replies.expectNone = false;
    if (failure === undefined) {
      this.#hold(statusOk, { kind: "body", label });
    } else {
      this.#log.fail(label.path, "local", failure.reason);
      const message = this.#describe(failure.reason, label.path);
      this.#hold(encodeReply({ type: "warning", message }), { kind: "body", label, counted: false });
    }
    await this.#settleUnlessBatched();
  }

  /**
   * Opens a directory. `false`: the sink refused it, or it was reported because it cannot be encoded; nothing below it may be sent.
   *
   * @param counted whether the log is told; otherwise nothing is, not even a refusal
   */
  async enter(directory: ScpOffer, counted = true): Promise<boolean> {
    const { label, name, mode } = directory;
    const records = this.#encode(directory, () => encodeRecord({ type: "directory", mode: mode & 0o6777, name }));
    if (records === undefined) return false;
    await this.#beforeRecord(records.times);
    await this.#holdTimes(label, records.times);
    this.#hold(records.entry, { kind: "directory", label, counted });
    const accepted = await this.#decided();
    if (accepted && counted) this.#log.start(label);
    return accepted;
  }

  /** Leaves the directory entered last. The record may be held back. `counted` as in {@link enter}. */
  async leave(label: ScpTransferredEntry, counted = true): Promise<void> {
    this.#hold(encodeRecord({ type: "end" }), { kind: "end", label, counted });
    await this.#settleUnlessBatched();
  }

  /** Tells both sides of an entry that cannot be sent. The line may be held back; it has no reply. */
  report(path: string, error: unknown): void {
    if (error instanceof ScpFatalError) throw error;
    this.#log.fail(path, "local", error);
    this.#held.push(encodeRecord({ type: "warning", message: this.#describe(error, path) }));
  }

  /** Sends what was held back. */
  async flush(): Promise<void> {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    await this.#port.write(joinBytes(held));
  }

  /** Sends what was held back and waits until all is answered. */
  async settle(): Promise<void> {
    await this.flush();
    await this.#takeAll();
  }

  /** Takes the replies that are due; tells whether the last record was accepted. */
  async #takeAll(): Promise<boolean> {
    let accepted = false;
    for (let slot = this.#slots.shift(); slot !== undefined; slot = this.#slots.shift())
      accepted = await this.#take(slot);
    return accepted;
  }

  /**
   * Settles, closes the way to the sink and waits until it closes its side.
   *
   * What the sink sends after the last reply is no part of the protocol, and scp(1) does not read it. Error lines count when the command
   * does not end with status 0: old sinks report a directory's times in this way.
   */
  async finish(): Promise<void> {
    await this.flush();
    if (this.#options.halfClose !== true) await this.#takeAll();
    await this.#port.closeWritable();
    await this.#takeAll();
    if (this.#options.waitForClose === false) return;
    const late = await this.#replies.rest();
    this.#checkTaken();
    if (late.length > 0 && !(await this.#succeeded())) for (const reply of late) this.#stray(reply);
  }

  /** Waits for the end of the remote command, where there is one. */
  async #succeeded(): Promise<boolean> {
    const { closed } = this.#options;
    return closed !== undefined && (await this.#port.waitForPeer(closed)).code === 0;
  }

  /** Replies sent ahead of time prove nothing: a peer that left before it had read everything does not have everything. */
  #checkTaken(): void {
    const { lost } = this.#port;
    if (lost === undefined) return;
    throw new ScpProtocolError("unexpected-eof", "The peer closed the connection before it had taken everything", {
      cause: lost.reason,
    });
  }

  /** Settles everything up to the record held last, which is a C or a D; tells whether that one was accepted. */
  async #decided(): Promise<boolean> {
    await this.flush();
    return await this.#takeAll();
  }

  /** Reads the reply of one slot; strays before it are attributed and skipped. */
  async #take({ kind, label, counted = true }: Slot): Promise<boolean> {
    let reply = await this.#replies.next();
    while ((kind === "times" || kind === "end") && reply.type === "warning") {
      this.#stray(reply);
      reply = await this.#replies.next();
    }
    if (kind !== "times") this.#last = label;
    if (reply.type === "fatal") throw new ScpPeerError("fatal", reply.message);
    this.#strayPossible = kind === "body" && reply.type === "warning";
    if (reply.type === "warning") {
      if (counted) this.#log.failByPeer(label.path, "warning", reply.message);
      return false;
    }
    if (counted && (kind === "body" || kind === "end")) this.#log.finish(label);
    return true;
  }

  #stray(reply: ScpReply): void {
    if (reply.type !== "ok") this.#log.failByPeer(this.#last?.path ?? "", reply.type, reply.message);
  }

  /**
   * Without times nothing separates an old sink's second error for a file from a refusal of the next record: towards such sinks that
   * file's answers are awaited first.
   */
  async #beforeRecord(times: Uint8Array | undefined): Promise<void> {
    const separated = times !== undefined;
    if (separated || this.#options.answersOnce === true || this.#slots.at(-1)?.kind === "end") return;
    await this.settle();
    if (!this.#strayPossible) return;
    await this.#port.raceFailure(new Promise((resolve) => setTimeout(resolve, strayGraceMs)));
    for (let reply = this.#replies.poll(); reply !== undefined; reply = this.#replies.poll()) this.#stray(reply);
    this.#strayPossible = false;
  }

  async #holdTimes(label: ScpTransferredEntry, times: Uint8Array | undefined): Promise<void> {
    if (times === undefined) return;
    this.#hold(times, { kind: "times", label });
    await this.#settleUnlessBatched();
  }

  /** Encodes what announces an entry, its times included where they are preserved. Reports an entry that cannot be encoded. */
  #encode(
    { label, mode, times }: ScpOffer,
    encodeEntry: () => Uint8Array,
  ): { readonly entry: Uint8Array; readonly times: Uint8Array | undefined } | undefined {
    try {
      // The bits beyond those that are sent are masked, which would make a mode of anything.
      if (!Number.isSafeInteger(mode) || mode < 0)
        throw new ScpStateError(`Cannot send the mode ${mode}; use permission bits`);
      const preserved = this.#options.preserve === true ? times : undefined;
      return { entry: encodeEntry(), times: preserved && encodeTimes(preserved) };
    } catch (error) {
      if (!(error instanceof ScpStateError)) throw error;
      this.report(label.path, error);
      return undefined;
    }
  }

  async #settleUnlessBatched(): Promise<void> {
    if (this.#options.batch === false) await this.settle();
  }

  #hold(bytes: Uint8Array, slot: Slot): void {
    this.#held.push(bytes);
    this.#slots.push(slot);
  }

  #describe(error: unknown, path: string): string {
    return `scp: ${this.#options.describeError?.(error, path) ?? `${path}: not sent`}`;
  }
}

function encodeTimes({ mtimeMs, atimeMs }: ScpTimes): Uint8Array {
  return encodeRecord({ type: "times", mtimeMs: wholeSeconds(mtimeMs), atimeMs: wholeSeconds(atimeMs) });
}

function wholeSeconds(timeMs: number): number {
  return Math.max(0, Math.floor(timeMs / 1000) * 1000);
}
