// What a sink answers, as the decoder of a source reads it. The first byte decides how long a line may be.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeReply, ScpProtocolError, type ScpReply, ScpReplyDecoder } from "@scpkit/codec";
import { replyVectors } from "@scpkit/conformance";
import { fromLatin1 } from "../input/bytes.ts";
import { chunkings } from "../input/chunkings.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  dictionary: ["\0", "\0\0\0\0", "\x01scp: ", "\x02", "\n", "\x01\n", "\xff\xfe", "\u00c3\u00a9"],
  *seeds() {
    for (const { input } of replyVectors) yield fromLatin1(`\0${input}`);
    yield fromLatin1(`\x80\0\x01${"x".repeat(40)}\n\0`);
  },
  run(input) {
    const maxLineBytes = (input[0] ?? 0) & 0x80 ? 24 : undefined;
    const bytes = input.subarray(1);
    const [whole, ...others] = chunkings(bytes).map((chunks, index) => decode(maxLineBytes, chunks, index === 2));
    ok(whole !== undefined);
    for (const other of others) {
      deepStrictEqual(other.replies, whole.replies, "Chunk boundaries change the replies");
      strictEqual(other.error?.code, whole.error?.code, "Chunk boundaries change the error");
      // Of what is no reply the line is told as far as it had come.
      if (whole.error?.code !== "not-a-reply") strictEqual(other.error?.message, whole.error?.message);
    }
    ok(whole.replies.length <= bytes.length, "More replies than bytes");
    for (const reply of whole.replies) {
      const encoded = encodeReply(reply);
      const decoder = new ScpReplyDecoder();
      decoder.push(encoded);
      const again = decoder.next();
      ok(again !== undefined);
      if (reply.type !== "ok" && again.type !== "ok" && encoded.length < 2040) {
        strictEqual(again.message, reply.message.replaceAll("\0", " "));
      }
      strictEqual(again.type, reply.type);
      deepStrictEqual(encodeReply(again), encoded, "Encoding is not stable");
    }
  },
};

function decode(
  maxLineBytes: number | undefined,
  chunks: readonly Uint8Array[],
  queued: boolean,
): { readonly replies: readonly ScpReply[]; readonly error: ScpProtocolError | undefined } {
  const decoder = new ScpReplyDecoder({ maxLineBytes });
  const replies: ScpReply[] = [];
  const drain = (): void => {
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) replies.push(reply);
  };
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      if (!queued) drain();
    }
    decoder.end();
    drain();
    strictEqual(decoder.state, "ended", "The input is over and the decoder waits");
    return { replies, error: undefined };
  } catch (error) {
    if (!(error instanceof ScpProtocolError)) throw error;
    strictEqual(decoder.state, "failed");
    return { replies, error };
  }
}
