/**
 * Provides SCP byte vectors, and test suites for codecs, storage targets, sources and transports.
 *
 * @module
 */
export { checkRecordVector, checkReplyVector } from "./vectors/check.ts";
export { commandVectors } from "./vectors/command-vectors.ts";
export {
  fromLatin1,
  fromVectorRecord,
  toLatin1,
  toVectorCommand,
  toVectorEvent,
  toVectorReply,
} from "./vectors/convert.ts";
export { encodeVectors } from "./vectors/encode-vectors.ts";
export { ScpFault, type ScpFaultOptions } from "./faults/fault.ts";
export { faultyEntries } from "./faults/faulty-entries.ts";
export { faultyTarget } from "./faults/faulty-target.ts";
export { type FaultyTransportOptions, faultyTransport } from "./faults/faulty-transport.ts";
export { recordVectors } from "./vectors/record-vectors.ts";
export {
  replayRecordVector,
  replayReplyVector,
  type ScpRecordReplay,
  type ScpReplayableRecordDecoder,
  type ScpReplayableReplyDecoder,
  type ScpReplyReplay,
} from "./vectors/replay.ts";
export { replyVectors } from "./vectors/reply-vectors.ts";
export { ScriptedPeer } from "./suites/scripted-peer.ts";
export {
  allSplits,
  byteSplit,
  cutBytes,
  everySplit,
  randomSplits,
  type ScpVectorSplit,
  wholeSplit,
} from "./vectors/splits.ts";
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
} from "./vectors/vector.ts";
export {
  type ScpTargetCase,
  type ScpTargetFeatures,
  type ScpTargetFixture,
  type ScpTargetSuiteOptions,
  targetSuite,
} from "./suites/target-suite.ts";
export type {
  ScpSourceDirectory,
  ScpSourceFeatures,
  ScpSourceFile,
  ScpSourceFixture,
  ScpSourceNode,
  ScpSourceSuiteOptions,
} from "./suites/source-fixture.ts";
export { type ScpSourceCase, sourceSuite } from "./suites/source-suite.ts";
