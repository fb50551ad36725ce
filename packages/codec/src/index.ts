export {
  ScpError,
  ScpLimitError,
  type ScpLimitErrorCode,
  ScpPeerError,
  ScpProtocolError,
  type ScpProtocolErrorCode,
  ScpStateError,
} from "./errors.ts";
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
