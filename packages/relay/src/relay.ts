import { checkOptions, formatCommand, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import {
  clientLimits,
  type ScpExecChannel,
  ScpIncompleteError,
  type ScpTransferEvent,
  type ScpTransferSummary,
} from "@scpkit/core";
import { ChannelIO, runRemoteCommand, unwrapSingleFailure } from "@scpkit/core/engine";
import { acceptBasename, allowsRepliesAhead, receiveEntries } from "@scpkit/sink";
import { allowsHalfClose, answersOnce, ScpLane } from "@scpkit/source";
import { Delivery } from "./delivery.ts";
import { relayOptionKinds, type ScpRelayOptions, type ScpRelayPeer, type ScpRelaySide } from "./options.ts";
import { RelayLog } from "./relay-log.ts";
import { atEnd, markEnd } from "./relay-side.ts";
import { withoutPrefix } from "./without-prefix.ts";

/**
 * Copies one remote path to another remote path through this process: `scp -f` on the one peer, `scp -t` on the other, as scp(1) does
 * with `-3`. Nothing is stored here, and a few hundred KiB are held at most. Names are checked as in a download. Entries that
 * one end rejects or cannot read are reported to the other end.
 *
 * Both commands are started at once and have ended when this settles: losing one end ends the other.
 *
 * @returns what arrived; everything did
 * @throws {ScpIncompleteError} all was tried, with failures of either end; each is there once
 * @throws {ScpPeerError} or another error of a failure, unchanged: there was exactly one failure, and no file and no directory was copied, as
 *   when the relay of one file fails. `summaryOf` returns its summary
 * @throws {ScpConnectionError} a connection was lost, or a remote command failed
 * @throws {ScpProtocolError} a peer broke the protocol, or sent a name that was not asked for
 * @throws {ScpPeerError} a peer gave up, or the target was not ready
 * @throws {ScpLimitError} a limit was reached
 * @throws {ScpStateError} an option is unknown or has a wrong value
 *
 * The messages of the errors that end a relay early name the end. `relaySideOf` returns the end for those and for each failure.
 */
export async function relay(
  from: ScpRelayPeer,
  to: ScpRelayPeer,
  options: ScpRelayOptions = {},
): Promise<ScpTransferSummary> {
  checkOptions("relay", options, relayOptionKinds);
  return await unwrapSingleFailure(new Relay(from, to, options).run());
}

type Transfer = (channel: ScpExecChannel, signal: AbortSignal) => Promise<{ result: undefined; refused: boolean }>;

class Relay {
  readonly #from: ScpRelayPeer;
  readonly #to: ScpRelayPeer;
  readonly #options: ScpRelayOptions;
  readonly #log: RelayLog;
  readonly #delivery: Delivery;
  readonly #aborts = { source: new AbortController(), target: new AbortController() };
  /** The end that failed first. What the other one says after that is only the echo. */
  #failed: { readonly end: ScpRelaySide; readonly reason: unknown } | undefined;

  constructor(from: ScpRelayPeer, to: ScpRelayPeer, options: ScpRelayOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#log = new RelayLog(options.onEvent, options.limits?.maxPeerErrors ?? clientLimits.maxPeerErrors);
    this.#delivery = new Delivery(this.#log, (end, reason) => this.#fail(end, reason));
  }

  async run(): Promise<ScpTransferSummary> {
    const { recursive = false, preserve = false, targetIsDirectory = false, verbose = false } = this.#options;
    const send = formatCommand(
      { role: "source", paths: [this.#from.path], recursive, preserve, verbose },
      this.#options,
    );
    const store = formatCommand(
      { role: "sink", paths: [this.#to.path], recursive, preserve, verbose, targetIsDirectory },
      this.#options,
    );
    const received = this.#runAt("source", send, (channel, signal) => this.#receive(channel, signal));
    const delivered = this.#runAt("target", store, (channel, signal) => this.#deliver(channel, signal, received));
    const outcomes = await Promise.allSettled([received, delivered]);
    if (this.#failed === undefined) return this.#log.conclude();
    if (this.#options.signal?.aborted) throw this.#options.signal.reason;
    const { end, reason } = this.#failed;
    const outcome = outcomes[end === "source" ? 0 : 1];
    throw atEnd(outcome?.status === "rejected" ? outcome.reason : reason, end);
  }

  /** Runs one of the two commands. Its failure ends the other one. */
  async #runAt(end: ScpRelaySide, command: string, transfer: Transfer): Promise<void> {
    const { signal: outer, onStderr } = this.#options;
    const own = this.#aborts[end].signal;
    const signal = outer === undefined ? own : AbortSignal.any([outer, own]);
    const { transport } = end === "source" ? this.#from : this.#to;
    const { limits } = this.#options;
    const options = {
      signal,
      limits,
      onStderr: (chunk: Uint8Array): void => onStderr?.(chunk, end),
      // The source's command waits for the target's: only one of the two may wait for others.
      queue: end === "source",
    };
    try {
      await runRemoteCommand(transport, command, options, (channel) => transfer(channel, signal));
    } catch (error) {
      this.#fail(end, error);
      throw error;
    }
  }

  /** The near half: receives from the source. Failures of entries are in the log and no reason to stop. */
  async #receive(channel: ScpExecChannel, signal: AbortSignal): ReturnType<Transfer> {
    const { recursive = false, preserve = false, limits, acceptName } = this.#options;
    const { transport, path } = this.#from;
    let incomplete = false;
    try {
      await receiveEntries(channel, this.#delivery.target, {
        recursive,
        preserve,
        limits,
        signal,
        exit: channel.closed,
        acceptName: acceptName ?? acceptBasename(path),
        replies: allowsRepliesAhead(transport) ? "overlapped" : "lockstep",
        onEvent: (event) => this.#onSourceEvent(event),
      });
    } catch (error) {
      if (!(error instanceof ScpIncompleteError)) throw error;
      incomplete = true;
    }
    if (!incomplete && !this.#delivery.heard) {
      throw new ScpProtocolError("unexpected-eof", "The peer closed the connection without sending anything");
    }
    return { result: undefined, refused: incomplete || this.#delivery.refused };
  }

  /** Drives the lane to the target with the received entries. The end is sent to the target only after the source has succeeded. */
  async #deliver(channel: ScpExecChannel, signal: AbortSignal, received: Promise<void>): ReturnType<Transfer> {
    const limits = { ...clientLimits, ...this.#options.limits };
    const port = new ChannelIO(channel, { signal, limits });
    let delivered = false;
    channel.closed.then(() => {
      // Whoever waits for an answer has then read the last words, which say more.
      if (!delivered) setTimeout(() => port.fail(endedEarly()));
    });
    try {
      const lane = new ScpLane(port, this.#log, {
        preserve: this.#options.preserve,
        limits,
        answersOnce: answersOnce(this.#to.transport),
        halfClose: allowsHalfClose(this.#to.transport),
        closed: channel.closed,
        describeError: forward,
      });
      await lane.start();
      this.#delivery.begin(lane);
      await port.raceFailure(received);
      await this.#delivery.finish();
      delivered = true;
      port.release();
      return { result: undefined, refused: this.#log.failed };
    } catch (error) {
      this.#fail("target", error);
      port.fail(error);
      throw error;
    }
  }

  /** Reports failures of the receiving half that do not reach the lane. The lane reports everything else. */
  #onSourceEvent(event: ScpTransferEvent): void {
    if (event.type !== "failure" || this.#failed !== undefined) return;
    const { path, side, error } = event.failure;
    if (side === "local") {
      this.#log.fail(path, side, error);
    } else if (error instanceof ScpProtocolError) {
      markEnd(error, "source");
      this.#log.fail(path, side, error);
    } else if (path === "" && error instanceof ScpPeerError && error.severity === "warning") {
      this.#delivery.report(error);
    }
  }

  #fail(end: ScpRelaySide, reason: unknown): void {
    if (this.#failed !== undefined) return;
    this.#failed = { end, reason };
    this.#delivery.fail(reason);
    this.#aborts[end === "source" ? "target" : "source"].abort(reason);
  }
}

function endedEarly(): ScpProtocolError {
  return new ScpProtocolError("unexpected-eof", "The peer closed the connection before everything was sent");
}

/** The words in which one peer's error is passed on to the other. */
function forward(error: unknown, path: string): string {
  return error instanceof ScpPeerError ? withoutPrefix(error.peerMessage) : `${path}: not sent`;
}
