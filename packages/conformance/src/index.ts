export { checkRecordVector, checkReplyVector } from "./check.ts";
export { commandVectors } from "./command-vectors.ts";
export { fromLatin1, fromVectorRecord, toLatin1, toVectorCommand, toVectorEvent, toVectorReply } from "./convert.ts";
export { encodeVectors } from "./encode-vectors.ts";
export { ScpFault, type ScpFaultOptions } from "./fault.ts";
export { faultyEntries } from "./faulty-entries.ts";
export { faultyTarget } from "./faulty-target.ts";
export { type FaultyTransportOptions, faultyTransport } from "./faulty-transport.ts";
export { recordVectors } from "./record-vectors.ts";
export {
  replayRecordVector,
  replayReplyVector,
  type ScpRecordReplay,
  type ScpReplayableRecordDecoder,
  type ScpReplayableReplyDecoder,
  type ScpReplyReplay,
} from "./replay.ts";
export { replyVectors } from "./reply-vectors.ts";
export { ScriptedPeer } from "./scripted-peer.ts";
export {
  allSplits,
  byteSplit,
  cutBytes,
  everySplit,
  randomSplits,
  type ScpVectorSplit,
  wholeSplit,
} from "./splits.ts";
export type {
  ScpCommandVector,
  ScpEncodeVector,
  ScpFormatCommandVector,
  ScpParseCommandVector,
  ScpRecordVector,
  ScpReplyVector,
  ScpVectorCommand,
  ScpVectorError,
  ScpVectorEvent,
  ScpVectorMessage,
  ScpVectorRecord,
  ScpVectorReply,
  ScpVectorTime,
} from "./vector.ts";
export {
  type ScpTargetCase,
  type ScpTargetFeatures,
  type ScpTargetFixture,
  type ScpTargetSuiteOptions,
  targetSuite,
} from "./target-suite.ts";
export {
  type ScpSourceCase,
  type ScpSourceDirectory,
  type ScpSourceFeatures,
  type ScpSourceFile,
  type ScpSourceFixture,
  type ScpSourceNode,
  type ScpSourceSuiteOptions,
  sourceSuite,
} from "./source-suite.ts";
