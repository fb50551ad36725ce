import { clientLimits, type ScpTransferSummary, type ScpTransport } from "@scpkit/core";
import { ChannelIO, runRemoteCommand, TransferLog } from "@scpkit/core/engine";
import type { ScpEntries } from "../entry.ts";
import { ScpLane } from "../lane.ts";
import type { ScpSendOptions } from "../options.ts";
import { Barrier } from "./barrier.ts";
import { LaneWorker } from "./lane-worker.ts";
import { SharedTree } from "./shared-tree.ts";

/** What {@link uploadInLanes} needs beyond the options of one lane. */
export interface LanesOptions extends ScpSendOptions {
  /** At least 2. */
  readonly lanes: number;
  readonly onStderr?: ((chunk: Uint8Array) => void) | undefined;
}

interface LaneStart {
  /** Its sink has looked at the destination. */
  ready: boolean;
  /** All it sent was answered. */
  done: boolean;
  /** Ends a lane that is not ready when the others begin. */
  readonly late: AbortController;
}

/**
 * Sends one tree over several remote commands at once.
 *
 * `scp -t` looks once, after its start, whether its destination is a directory. All lanes must have looked before the first of them creates
 * it, so work starts when all have, or when the late ones have had as long again as the first one took; those are given up.
 * A server that refuses a channel, or a lane that fails to start, lowers their number; only the first lane must not fail.
 */
export async function uploadInLanes(
  transport: ScpTransport,
  command: string,
  entries: ScpEntries,
  options: LanesOptions,
): Promise<ScpTransferSummary> {
  const limits = { ...clientLimits, ...options.limits };
  const log = new TransferLog(options.onEvent, limits.maxPeerErrors);
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  const tree = new SharedTree(entries, signal, log);
  const barrier = new Barrier(options.lanes);
  const badEnds: unknown[] = [];

  const runLane = async (start: LaneStart, queue: boolean): Promise<void> => {
    // A signal of its own for each lane: Node warns of more than ten listeners on one.
    const laneSignal = AbortSignal.any([signal, start.late.signal]);
    const commandOptions = { signal: laneSignal, onStderr: options.onStderr, limits, queue };
    await runRemoteCommand(transport, command, commandOptions, async (channel) => {
      const port = new ChannelIO(channel, { signal: laneSignal, limits });
      try {
        const lane = new ScpLane(port, log, { ...options, closed: channel.closed });
        await lane.startAfterLook();
        start.ready = true;
        await port.raceFailure(barrier.arrive());
        const worker = new LaneWorker(lane, tree, port.signal);
        await worker.run();
        await lane.finish();
        port.release();
        start.done = true;
        return { result: undefined, refused: log.failed || worker.barred };
      } catch (error) {
        port.fail(error);
        throw error;
      }
    });
  };

  const lanes = Array.from({ length: options.lanes }, (_, index) => {
    const start: LaneStart = { ready: false, done: false, late: new AbortController() };
    // A late lane may see the destination as another lane has just made it.
    barrier.opened.then(() => start.ready || start.late.abort(new Error("The transfer has begun without this lane")));
    // The others are optional: a server without a place for them must not make the tree wait.
    return runLane(start, index === 0).catch((error: unknown) => {
      if (start.late.signal.aborted) return;
      if (index > 0 && !start.ready) {
        barrier.leave();
        return;
      }
      if (start.done && !signal.aborted) {
        // All it sent was answered: what its command says at its end does not take from the others what they still have to send.
        badEnds.push(error);
        return;
      }
      abort.abort(error);
      throw error;
    });
  });
  try {
    await Promise.all(lanes);
    if (badEnds.length > 0) throw badEnds[0];
    tree.reportUnsent();
    return log.conclude();
  } catch (error) {
    await Promise.allSettled(lanes);
    throw options.signal?.aborted ? options.signal.reason : (abort.signal.reason ?? error);
  } finally {
    await tree.close(new Error("The transfer is over"));
  }
}
