/**
 * What the packages of scpkit share: channels and transports, transfer events and errors, limits and bandwidth.
 *
 * @module
 */
export { createBandwidthLimiter, type ScpBandwidthLimiter } from "./bandwidth-limiter.ts";
export type {
  ScpChannel,
  ScpExecChannel,
  ScpExecOptions,
  ScpExit,
  ScpSessionChannel,
  ScpTransport,
} from "./channel.ts";
export { createChannelPair } from "./channel-pair.ts";
export { ScpConnectionError, type ScpConnectionErrorCode } from "./connection-error.ts";
export { errorCode } from "./error-code.ts";
export { limitBandwidth } from "./limit-bandwidth.ts";
export { clientLimits, type ScpLimits, serverLimits } from "./limits.ts";
export { summaryOf } from "./single-failure.ts";
export { TailStream } from "./tail-stream.ts";
export {
  type ScpEntryContext,
  type ScpTransferredEntry,
  type ScpFailure,
  ScpFatalError,
  ScpIncompleteError,
  type ScpObserver,
  type ScpTransferEvent,
  type ScpTransferSummary,
} from "./transfer.ts";
