import { encodeRecord, ScpLimitError, type ScpPeerError, type ScpTimes } from "@scpkit/codec";
import type { ScpEntryContext, ScpTransferredEntry } from "@scpkit/core";
import { type ScpEntryInfo, ScpSkipError, type ScpTarget } from "@scpkit/sink";
import type { ScpLane, ScpOffer } from "@scpkit/source";
import type { ScpRelaySide } from "./options.ts";
import type { RelayLog } from "./relay-log.ts";
import { Turns } from "./turns.ts";
import { withoutPrefix } from "./without-prefix.ts";

/** Bytes that wait for the target's peer before the source's is held back. */
const queueBytes = 256 * 1024;

/** Characters of the source's error lines that wait for the target. */
const maxWaitingCharacters = 1024 * 1024;

/**
 * What arrives from one peer, pushed into a lane to the other: the target of the receiving half of a relay.
 *
 * Calls of a lane must not overlap, but the receiving half commits a file while it reads the next one. Each user of the lane
 * therefore takes a turn, and a file keeps its turn until its body is complete.
 */
export class Delivery {
  readonly target: ScpTarget;
  readonly #log: RelayLog;
  readonly #onFailure: (end: ScpRelaySide, reason: unknown) => void;
  readonly #turns = new Turns();
  #lane: ScpLane | undefined;
  #heard = false;
  #refused = false;
  #waitingCharacters = 0;

  /** @param onFailure called when the lane is of no more use, or the source ended in the middle of a file */
  constructor(log: RelayLog, onFailure: (end: ScpRelaySide, reason: unknown) => void) {
    this.#log = log;
    this.#onFailure = onFailure;
    this.target = {
      file: (entry, context) => this.#file(entry, context),
      directory: (entry, context) => this.#directory(entry, context),
    };
  }

  /** The source sent at least one entry or error line. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Something was refused, so that the source's command is expected to end with status 1. */
  get refused(): boolean {
    return this.#refused;
  }

  /** The lane is ready: what has waited for it begins. */
  begin(lane: ScpLane): void {
    this.#lane = lane;
    this.#turns.pass();
  }

  /** Passes on what the source could not send, in its place among the entries. */
  report(error: ScpPeerError): void {
    this.#heard = true;
    const { length } = error.peerMessage;
    this.#waitingCharacters += length;
    if (this.#waitingCharacters > maxWaitingCharacters) {
      const message = `The peer reported errors of more than ${maxWaitingCharacters} characters, which the target does not read`;
      throw new ScpLimitError("limit-peer-errors", maxWaitingCharacters, message);
    }
    const reported = this.#turn(async (lane) => lane.report("", error));
    reported.catch(ignore).then(() => {
      this.#waitingCharacters -= length;
    });
  }

  /** Waits until all turns are taken, then for the target's answers and its end. */
  async finish(): Promise<void> {
    await this.#turns.take();
    await this.#lane?.finish();
  }

  /** Nothing more can be delivered: everyone who waits is sent away. */
  fail(reason: unknown): void {
    this.#turns.fail(reason);
  }

  async #file(entry: ScpEntryInfo, context: ScpEntryContext): Promise<WritableStream<Uint8Array>> {
    this.#heard = true;
    const offer = offerOf(entry, context);
    const lane = await this.#take();
    if (!(await this.#use(() => lane.offer(offer)))) {
      this.#rest(lane);
      throw this.#refusal();
    }
    // A write that waits for the target keeps `abort` below from being called.
    const onSourceLost = (): void => this.#onFailure("source", context.signal.reason);
    context.signal.addEventListener("abort", onSourceLost, { once: true });
    const end = async (failure?: { readonly reason: unknown }): Promise<void> => {
      await this.#use(() => lane.endBody(failure));
      context.signal.removeEventListener("abort", onSourceLost);
      this.#rest(lane);
    };
    return new WritableStream<Uint8Array>(
      {
        write: (chunk) => this.#use(() => lane.body(chunk)),
        close: () => end(),
        async abort(reason) {
          if (!context.signal.aborted) await end({ reason });
        },
      },
      { highWaterMark: queueBytes, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
    );
  }

  async #directory(entry: ScpEntryInfo, context: ScpEntryContext): Promise<ScpTarget> {
    this.#heard = true;
    const offer = offerOf(entry, context);
    if (!(await this.#turn((lane) => lane.enter(offer)))) throw this.#refusal();
    return {
      ...this.target,
      close: () => this.#turn(async (lane) => lane.leave(offer.label)),
    };
  }

  /** Leaves the entry out at the source too, in the target's words. The log has been told by the lane. */
  #refusal(): ScpSkipError {
    this.#refused = true;
    return new ScpSkipError(withoutPrefix(this.#log.lastWords));
  }

  async #turn<T>(use: (lane: ScpLane) => Promise<T>): Promise<T> {
    const lane = await this.#take();
    const result = await this.#use(() => use(lane));
    this.#rest(lane);
    return result;
  }

  async #take(): Promise<ScpLane> {
    await this.#turns.take();
    if (this.#lane === undefined) throw new Error("Turns begin when the lane is there");
    return this.#lane;
  }

  /** Whatever goes wrong with the lane ends the relay: it cannot be told from a refusal by those who wait. */
  async #use<T>(call: () => T | Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      this.#onFailure("target", error);
      throw error;
    }
  }

  /** Ends the turn. What the lane holds back leaves with the next turn, or alone when none is asked for soon. */
  #rest(lane: ScpLane): void {
    lane.holdFor(this.#turns.asked()).catch((error: unknown) => this.#onFailure("target", error));
    this.#turns.pass();
  }
}

/** @throws {ScpStateError} its name is too long for a line that every sink reads whole */
function offerOf({ type, name, mode, size, times }: ScpEntryInfo, { path }: ScpEntryContext): ScpOffer {
  const label: ScpTransferredEntry = { type, path, size };
  encodeRecord({ type, name, mode, size });
  return { label, name, mode, times: sendable(times) };
}

/** Times that a sink acknowledges and does not apply are left out. */
function sendable(times: ScpTimes | undefined): ScpTimes | undefined {
  return Number.isFinite(times?.mtimeMs) && Number.isFinite(times?.atimeMs) ? times : undefined;
}

function ignore(): void {}
