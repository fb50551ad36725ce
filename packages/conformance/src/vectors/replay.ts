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

/** The methods of a record decoder that a replay uses, for example of `ScpRecordDecoder`. */
export type ScpReplayableRecordDecoder = Pick<
  ScpRecordDecoder,
  "state" | "push" | "end" | "next" | "accept" | "reject"
>;

/** The methods of a reply decoder that a replay uses, for example of `ScpReplyDecoder`. */
export type ScpReplayableReplyDecoder = Pick<ScpReplyDecoder, "state" | "push" | "end" | "next">;

/** The output of a record decoder, in the form of vectors. */
export interface ScpRecordReplay {
  readonly events: readonly ScpVectorEvent[];
  readonly error?: ScpVectorError | undefined;
}

/** The output of a reply decoder, in the form of vectors. */
export interface ScpReplyReplay {
  readonly replies: readonly ScpVectorReply[];
  readonly error?: ScpVectorError | undefined;
}

/**
 * Feeds the input of a vector to a decoder, ends it, and returns its output.
 *
 * @param split how the input is split. @default not split
 * @param createDecoder creates the decoder under test, by default `ScpRecordDecoder`
 * @throws every error of the decoder except `ScpProtocolError`
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

/** Does the same as {@link replayRecordVector} for replies. */
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
