export { createBandwidthLimiter, type ScpBandwidthLimiter } from "./bandwidth-limiter.ts";
export type {
  ScpChannel,
  ScpExecChannel,
  ScpExecOptions,
  ScpExit,
  ScpSessionChannel,
  ScpTransport,
} from "./channel.ts";
export { ChannelPort, type ChannelPortOptions } from "./channel-port.ts";
export { ScpConnectionError, type ScpConnectionErrorCode } from "./connection-error.ts";
export { errorCode } from "./error-code.ts";
export { FailureList } from "./failure-list.ts";
export { joinBytes } from "./join-bytes.ts";
export { clientLimits, limitsKind, type ScpLimits, serverLimits } from "./limits.ts";
export { limitBandwidth } from "./limit-bandwidth.ts";
export { createChannelPair } from "./pair.ts";
export { type RemoteCommandOptions, runRemoteCommand } from "./remote-command.ts";
export { summaryOf, unwrapSingleFailure } from "./single-failure.ts";
export {
  type ScpEntryContext,
  type ScpEntryLabel,
  type ScpFailure,
  ScpFatalError,
  ScpIncompleteError,
  type ScpObserver,
  type ScpTransferEvent,
  type ScpTransferSummary,
} from "./transfer.ts";
export { checkOptions, type OptionKinds, quoteText, yieldWhenDue } from "@scpkit/codec";
export { TailStream } from "./tail-stream.ts";
export { TransferLog } from "./transfer-log.ts";
