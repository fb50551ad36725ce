import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { prefixOf } from "./key.ts";
import { toS3Error } from "./s3-error.ts";
import type { S3Location } from "./s3-location.ts";

/** A child in a listing. */
export interface ListedChild {
  readonly type: "file" | "directory";
  /** One component: the text between the prefix and the next slash. */
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970-01-01T00:00:00Z; 0 for a directory. */
  readonly modifiedMs: number;
}

/** Lists the children of the directory `key`, page by page: in each page first the objects, then the directories. */
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
        // XML cannot represent some characters that a key may contain.
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
      // An empty name is the directory's own marker.
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
