/**
 * This is not a public API. It holds what the engines of scpkit share, and may change in any release.
 *
 * @module
 */
export { checkOptions, type OptionKinds, quoteText, yieldWhenDue } from "@scpkit/codec";
export { ChannelIO, type ChannelIOOptions } from "./engine/channel-io.ts";
export { FailureList } from "./engine/failure-list.ts";
export { concatBytes, joinBytes } from "./engine/join-bytes.ts";
export { raceAbort } from "./engine/race-abort.ts";
export { type RemoteCommandOptions, runRemoteCommand } from "./engine/remote-command.ts";
export { TransferLog } from "./engine/transfer-log.ts";
export { limitsKind } from "./limits.ts";
export { unwrapSingleFailure } from "./single-failure.ts";
