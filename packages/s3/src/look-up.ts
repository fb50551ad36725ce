import { HeadObjectCommand, type HeadObjectCommandOutput, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { prefixOf } from "./key.ts";
import { isAbsent, toS3Error } from "./s3-error.ts";
import type { S3Location } from "./s3-location.ts";

/** Returns an object without its body, or `undefined` if there is none. */
export async function headObject(
  { client, bucket }: S3Location,
  key: string,
  label: string,
  signal?: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
    return await client.send(command, signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    if (!signal?.aborted && isAbsent(error)) return undefined;
    throw toS3Error(error, label, signal);
  }
}

/** Returns whether any key is in the directory `key`. */
export async function isDirectory(
  { client, bucket }: S3Location,
  key: string,
  label: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefixOf(key), MaxKeys: 1 });
    const { KeyCount, Contents } = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
    return (KeyCount ?? Contents?.length ?? 0) > 0;
  } catch (error) {
    throw toS3Error(error, label, signal);
  }
}
