import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { normalizeRoot, prefixOf } from "./key.ts";
import { isAbsent, toS3Error } from "./s3-error.ts";
import type { S3Location } from "./s3-location.ts";

/** Options of {@link removeIncompleteUploads}. */
export interface RemoveIncompleteUploadsOptions extends S3Location {
  /**
   * Removes only uploads that were started at least this many milliseconds ago. Keep it above the longest upload.
   * @default 86400000
   */
  readonly olderThanMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Removes the parts that a killed process left below `root`. Storages with lifecycle rules can do this by themselves.
 *
 * @returns the keys whose uploads were removed, one for each upload
 * @throws {ScpS3Error} `EACCES`, `no-such-bucket`, `unavailable`
 */
export async function removeIncompleteUploads(options: RemoveIncompleteUploadsOptions): Promise<readonly string[]> {
  const { client, bucket, root = "", olderThanMs = 86_400_000, signal } = options;
  const settings = signal === undefined ? {} : { abortSignal: signal };
  const before = Date.now() - olderThanMs;
  const removed: string[] = [];
  try {
    for (let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}; ; ) {
      const page = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefixOf(normalizeRoot(root)), ...marker }),
        settings,
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key === undefined || UploadId === undefined || (Initiated?.getTime() ?? before) > before) continue;
        await client
          .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }), settings)
          .catch((error: unknown) => {
            if (!isAbsent(error)) throw error;
          });
        removed.push(Key);
      }
      if (page.IsTruncated !== true) return removed;
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  } catch (error) {
    throw toS3Error(error, "", signal);
  }
}
