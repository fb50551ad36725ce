export {
  formatCommand,
  parseCommand,
  type ScpCommand,
  type ScpFormatCommandOptions,
  type ScpParsedCommand,
} from "./command.ts";
export { causeOfErrno, causeOfWords, type ScpCauseCode } from "./cause-code.ts";
export {
  type CheckOptionsSettings,
  checkOptions,
  type OptionKind,
  type OptionKinds,
  type OptionTable,
  type OptionTypeName,
} from "./check-options.ts";
export { encodeRecord, encodeReply } from "./encode.ts";
export {
  ScpError,
  ScpLimitError,
  type ScpLimitErrorCode,
  ScpPeerError,
  ScpProtocolError,
  type ScpProtocolErrorCode,
  ScpStateError,
} from "./errors.ts";
export { escapeText, quoteText } from "./escape.ts";
export { createName, nameProblem, type ScpName } from "./name.ts";
export type {
  ScpDirectoryRecord,
  ScpEndRecord,
  ScpEvent,
  ScpFileRecord,
  ScpMessage,
  ScpRecord,
  ScpReply,
  ScpTimes,
  ScpTimesRecord,
} from "./record.ts";
export { type ScpDecoderOptions, ScpRecordDecoder, type ScpRecordDecoderOptions } from "./record-decoder.ts";
export { ScpReplyDecoder } from "./reply-decoder.ts";
export {
  ScpRecordDecoderStream,
  type ScpRecordDecoderStreamOptions,
  ScpRecordEncoderStream,
  ScpReplyDecoderStream,
  ScpReplyEncoderStream,
} from "./streams.ts";
export { suggest } from "./suggest.ts";
export { yieldWhenDue } from "./yield-when-due.ts";
