import {
  type ScpDecoderOptions,
  type ScpEvent,
  ScpProtocolError,
  ScpRecordDecoder,
  type ScpReply,
  ScpReplyDecoder,
} from "@scpkit/codec";
import { fromLatin1, toVectorEvent, toVectorReply } from "./convert.ts";
import { cutBytes, type ScpVectorSplit, wholeSplit } from "./splits.ts";
import type { ScpRecordVector, ScpReplyVector, ScpVectorError, ScpVectorEvent, ScpVectorReply } from "./vector.ts";

/** What a replay needs of a decoder of records; `ScpRecordDecoder` has it. */
export type ScpReplayableRecordDecoder = Pick<
  ScpRecordDecoder,
  "state" | "push" | "end" | "next" | "accept" | "reject"
>;

/** What a replay needs of a decoder of replies; `ScpReplyDecoder` has it. */
export type ScpReplayableReplyDecoder = Pick<ScpReplyDecoder, "state" | "push" | "end" | "next">;

/** What came out of a decoder of records, in the form vectors have it. */
export interface ScpRecordReplay {
  readonly events: readonly ScpVectorEvent[];
  readonly error?: ScpVectorError | undefined;
}

/** What came out of a decoder of replies, in the form vectors have it. */
export interface ScpReplyReplay {
  readonly replies: readonly ScpVectorReply[];
  readonly error?: ScpVectorError | undefined;
}

/**
 * Feeds the input of a vector to a decoder, ends it, and returns what came out.
 *
 * @param split how the input is split. @default not split
 * @param createDecoder the decoder under test, by default `ScpRecordDecoder`
 * @throws what the decoder throws that is no `ScpProtocolError`
 */
export function replayRecordVector(
  vector: ScpRecordVector,
  split: ScpVectorSplit = wholeSplit,
  createDecoder: (options: ScpDecoderOptions) => ScpReplayableRecordDecoder = (options) =>
    new ScpRecordDecoder(options),
): ScpRecordReplay {
  const decoder = createDecoder({ maxLineBytes: vector.maxLineBytes });
  const events: ScpVectorEvent[] = [];
  let decisions = 0;

  const take = (event: ScpEvent): void => {
    const last = events.at(-1);
    const value = toVectorEvent(event);
    if (value.type === "data" && last?.type === "data")
      events[events.length - 1] = { ...last, data: last.data + value.data };
    else events.push(value);
    if (decoder.state !== "decision") return;
    const decision = vector.decisions?.[decisions] ?? "accept";
    decisions += 1;
    if (decision === "accept") decoder.accept();
    else decoder.reject();
  };

  const error = replay(decoder, vector.input, split, take);
  return error === undefined ? { events } : { events, error };
}

/** As {@link replayRecordVector}, for replies. */
export function replayReplyVector(
  vector: ScpReplyVector,
  split: ScpVectorSplit = wholeSplit,
  createDecoder: (options: ScpDecoderOptions) => ScpReplayableReplyDecoder = (options) => new ScpReplyDecoder(options),
): ScpReplyReplay {
  const decoder = createDecoder({ maxLineBytes: vector.maxLineBytes });
  const replies: ScpVectorReply[] = [];
  const error = replay(decoder, vector.input, split, (reply: ScpReply) => void replies.push(toVectorReply(reply)));
  return error === undefined ? { replies } : { replies, error };
}

function replay<T>(
  decoder: { push(chunk: Uint8Array): void; end(): void; next(): T | undefined },
  input: string,
  split: ScpVectorSplit,
  take: (value: T) => void,
): ScpVectorError | undefined {
  const drain = (): void => {
    for (let value = decoder.next(); value !== undefined; value = decoder.next()) take(value);
  };
  try {
    for (const chunk of cutBytes(fromLatin1(input), split)) {
      decoder.push(chunk);
      if (!split.queued) drain();
    }
    decoder.end();
    drain();
    return undefined;
  } catch (error) {
    if (!(error instanceof ScpProtocolError)) throw error;
    return error.line === undefined ? { code: error.code } : { code: error.code, line: error.line };
  }
}
