import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ScpOpenedFile } from "@scpkit/source";
import { fromMetadata } from "./metadata.ts";
import { toS3Error } from "./s3-error.ts";
import type { S3Location } from "./s3-location.ts";

/** Objects up to this size are read completely when they are opened. */
const wholeObjectBytes = 256 * 1024;

/** The mode of an object whose metadata has none. */
export const defaultFileMode = 0o644;

/** Opens an object for sending. Body, size, mode and times come from one response, so that they are consistent. */
export async function openObject(
  { client, bucket }: S3Location,
  key: string,
  label: string,
  signal: AbortSignal,
): Promise<ScpOpenedFile> {
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    const { ContentLength: size = 0, Body } = answer;
    if (Body === undefined) throw new Error("The storage sent a response without a body");
    const body =
      size <= wholeObjectBytes
        ? await Body.transformToByteArray()
        : withErrors(Body.transformToWebStream(), label, signal);
    return { body, size: body instanceof Uint8Array ? body.byteLength : size, ...modeAndTimes(answer) };
  } catch (error) {
    throw toS3Error(error, label, signal);
  }
}

/** Returns the mode and times in a response. */
export function modeAndTimes({
  Metadata,
  LastModified,
}: Pick<GetObjectCommandOutput, "Metadata" | "LastModified">): Pick<ScpOpenedFile, "times"> & {
  readonly mode: number;
} {
  const { mode = defaultFileMode, times } = fromMetadata(Metadata);
  const modifiedMs = LastModified?.getTime();
  return {
    mode,
    times: times ?? (modifiedMs === undefined ? undefined : { mtimeMs: modifiedMs, atimeMs: modifiedMs }),
  };
}

/** Returns the same bytes, with errors of this package. Cancelling ends the response. */
function withErrors(body: ReadableStream<Uint8Array>, label: string, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          throw toS3Error(error, label, signal);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
