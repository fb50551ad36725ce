import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { prefixOf } from "./key.ts";
import { toS3Error } from "./s3-error.ts";
import type { S3Location } from "./s3-location.ts";

/** What a listing says of one child. */
export interface ListedChild {
  readonly type: "file" | "directory";
  /** One component: what is between the prefix and the next slash. */
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970-01-01T00:00:00Z; 0 for a directory. */
  readonly modifiedMs: number;
}

/** The children of the directory `key`, page by page: keys themselves first, then what is in deeper directories. */
export async function* listDirectory(
  { client, bucket }: S3Location,
  key: string,
  label: string,
  signal: AbortSignal,
): AsyncGenerator<ListedChild, void, void> {
  const prefix = prefixOf(key);
  for (let token: string | undefined; ; ) {
    let page: ListObjectsV2CommandOutput;
    try {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        Delimiter: "/",
        // XML has no way to write some characters that a key may have.
        EncodingType: "url",
        ContinuationToken: token,
      });
      page = await client.send(command, { abortSignal: signal });
    } catch (error) {
      throw toS3Error(error, label, signal);
    }
    const decode = page.EncodingType === "url" ? fromUrl : (text: string) => text;
    for (const { Key = "", Size = 0, LastModified } of page.Contents ?? []) {
      const name = decode(Key).slice(prefix.length);
      // The directory's own marker.
      if (name !== "") yield { type: "file", name, size: Size, modifiedMs: LastModified?.getTime() ?? 0 };
    }
    for (const { Prefix = "" } of page.CommonPrefixes ?? []) {
      yield { type: "directory", name: decode(Prefix).slice(prefix.length, -1), size: 0, modifiedMs: 0 };
    }
    token = page.NextContinuationToken;
    if (page.IsTruncated !== true || token === undefined) return;
  }
}

function fromUrl(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
