import {
  ChannelPort,
  clientLimits,
  runRemoteCommand,
  ScpIncompleteError,
  type ScpTransferEvent,
  type ScpTransferSummary,
} from "@scpkit/channel";
import { formatCommand, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { allowsRepliesAhead, expectBasename, receiveEntries } from "@scpkit/sink";
import { answersEachRecordOnce, ScpLane } from "@scpkit/source";
import { Delivery } from "./delivery.ts";
import type { ScpRelayEnd, ScpRelayOptions, ScpRelayPeer } from "./options.ts";
import { atEnd } from "./relay-end.ts";
import { RelayLog } from "./relay-log.ts";
import { withoutPrefix } from "./without-prefix.ts";

/**
 * Copies one remote path to another remote path through this process: `scp -f` on the one peer, `scp -t` on the other, as scp(1) does
 * with `-3`. Nothing is stored here, and a few hundred KiB are held at most. Names are checked as in a download; what one end refuses or
 * cannot read is told to the other.
 *
 * Both commands are started at once and have ended when this settles. Losing one end ends the other.
 *
 * @returns what arrived; everything did
 * @throws {ScpIncompleteError} all was tried, with failures of either end; each is there once
 * @throws {ScpConnectionError} a connection was lost, or a remote command failed
 * @throws {ScpProtocolError} a peer broke the protocol, or sent a name that was not asked for
 * @throws {ScpPeerError} a peer gave up, or the target was not ready
 * @throws {ScpLimitError} a limit was reached
 *
 * The messages of these errors, the first apart, say at which end they happened; {@link relayEndOf} tells a program.
 */
export async function relay(
  from: ScpRelayPeer,
  to: ScpRelayPeer,
  options: ScpRelayOptions = {},
): Promise<ScpTransferSummary> {
  const limits = { ...clientLimits, ...options.limits };
  const log = new RelayLog(options.onEvent, limits.maxPeerErrors);
  const aborts = { source: new AbortController(), target: new AbortController() };
  let failed: ScpRelayEnd | undefined;

  /** Ends the other end. What that one then says about it is not of interest. */
  const failAt = (end: ScpRelayEnd, reason: unknown): void => {
    failed ??= end;
    delivery.fail(reason);
    aborts[end === "source" ? "target" : "source"].abort(reason);
  };
  const delivery = new Delivery(log, (reason) => failAt("target", reason));

  const runAt = async (
    end: ScpRelayEnd,
    command: string,
    transfer: (port: ChannelPort) => Promise<boolean>,
  ): Promise<void> => {};

  return log.conclude();
}
