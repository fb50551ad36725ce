import { createChannelPair, type ScpTransferSummary } from "@scpkit/core";
import { receiveEntries, type ScpReceiveOptions, type ScpTarget } from "@scpkit/sink";
import { type ScpEntries, type ScpSendOptions, sendEntries } from "@scpkit/source";

/** What both ends say about one transfer. */
export interface BothEnds {
  readonly sent: PromiseSettledResult<ScpTransferSummary>;
  readonly received: PromiseSettledResult<ScpTransferSummary>;
}

/** Sends entries into a target over a pair of channels in memory. */
export async function transfer(
  entries: ScpEntries,
  target: ScpTarget,
  options: ScpReceiveOptions = {},
  sendOptions: ScpSendOptions = {},
): Promise<BothEnds> {
  const [near, far] = createChannelPair();
  const [sent, received] = await Promise.allSettled([
    sendEntries(near, entries, { answersOnce: true, ...sendOptions }),
    receiveEntries(far, target, options),
  ]);
  return { sent, received };
}
