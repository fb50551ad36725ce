/**
 * The SCP wire format: records, replies, incremental decoders, encoders and the scp command line. Does no I/O.
 *
 * @module
 */
export {
  formatCommand,
  parseCommand,
  type ScpCommand,
  type ScpFormatCommandOptions,
  type ScpParsedCommand,
} from "./command/command.ts";
export { causeOfErrno, causeOfWords, type ScpCauseCode } from "./errors/cause-code.ts";
export {
  type CheckOptionsSettings,
  checkOptions,
  type OptionKind,
  type OptionKinds,
  type OptionTable,
  type OptionTypeName,
} from "./check-options.ts";
export { encodeRecord, encodeReply } from "./wire/encode.ts";
export {
  ScpError,
  ScpLimitError,
  type ScpLimitErrorCode,
  ScpPeerError,
  ScpProtocolError,
  type ScpProtocolErrorCode,
  ScpStateError,
} from "./errors/errors.ts";
export { escapeText, quoteText } from "./errors/escape.ts";
export { createName, nameProblem, type ScpName } from "./wire/name.ts";
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
} from "./wire/record.ts";
export { type ScpDecoderOptions, ScpRecordDecoder, type ScpRecordDecoderOptions } from "./wire/record-decoder.ts";
export { ScpReplyDecoder } from "./wire/reply-decoder.ts";
export {
  ScpRecordDecoderStream,
  type ScpRecordDecoderStreamOptions,
  ScpRecordEncoderStream,
  ScpReplyDecoderStream,
  ScpReplyEncoderStream,
} from "./wire/streams.ts";
export { suggest } from "./errors/suggest.ts";
export { yieldWhenDue } from "./yield-when-due.ts";
