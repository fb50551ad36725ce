export type { ScpChannel, ScpExecChannel, ScpExit, ScpSessionChannel, ScpTransport } from "./channel.ts";
export { ScpConnectionError, type ScpConnectionErrorCode } from "./connection-error.ts";
export { clientLimits, type ScpLimits, serverLimits } from "./limits.ts";
export { createChannelPair } from "./pair.ts";
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
