import { checkOptions } from "@scpkit/codec";
import {
  clientLimits,
  type ScpChannel,
  type ScpExecChannel,
  type ScpExit,
  type ScpTransferSummary,
} from "@scpkit/core";
import { ChannelIO, TransferLog } from "@scpkit/core/engine";
import type { ScpEntries } from "./entry.ts";
import { ScpLane } from "./lane.ts";
import { type ScpSendOptions, sendOptionKinds } from "./options.ts";
import { Walk } from "./walk.ts";

/**
 * Sends `entries` to a sink, in order, depth first.
 *
 * @returns what arrived; everything did
 * @throws {ScpIncompleteError} all was tried, with failures: entries that could not be opened or read, or that the peer refused
 * @throws {ScpPeerError} the sink was not ready, or gave up (`\2`)
 * @throws {ScpProtocolError} the peer closed before it had answered, or answered something that is no reply (`line` has its words)
 * @throws {ScpLimitError} a limit was reached
 * @throws {ScpFatalError} an entry ended the transfer
 * @throws {ScpStateError} an option is unknown or has a wrong value
 */
export async function sendEntries(
  channel: ScpChannel,
  entries: ScpEntries,
  options: ScpSendOptions = {},
): Promise<ScpTransferSummary> {
  checkOptions("sendEntries", options, sendOptionKinds);
  return await sendOver(channel, entries, options);
}

/** Sends entries as {@link sendEntries} does, with options that are checked. */
export async function sendOver(
  channel: ScpChannel,
  entries: ScpEntries,
  options: ScpSendOptions,
): Promise<ScpTransferSummary> {
  const limits = { ...clientLimits, ...options.limits };
  const log = new TransferLog(options.onEvent, limits.maxPeerErrors);
  const port = new ChannelIO(channel, { signal: options.signal, limits });
  const walk = new Walk(entries, "", port.signal);
  try {
    const lane = new ScpLane(port, log, { ...options, closed: commandEnd(channel) });
    await lane.start();
    await walk.run(lane);
    await lane.finish();
    port.release();
    return log.conclude();
  } catch (error) {
    port.fail(error);
    await walk.close(error);
    throw error;
  }
}

/** Returns the end of the remote command, where the channel is one. */
function commandEnd(channel: ScpChannel | ScpExecChannel): Promise<ScpExit> | undefined {
  return "stderr" in channel ? channel.closed : undefined;
}
