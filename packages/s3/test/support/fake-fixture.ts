import type { S3Client } from "@aws-sdk/client-s3";
import type { ScpTarget } from "@scpkit/sink";
import { createS3Target, type S3TargetOptions } from "../../src/index.ts";
import { type FakeS3, fakeBucket, startFakeS3 } from "./fake-s3.ts";
import { createClient } from "./s3-client.ts";

/** A fake storage with a client. */
export interface Bench {
  readonly fake: FakeS3;
  readonly client: S3Client;
  readonly location: { readonly client: S3Client; readonly bucket: string };
  target(path: string, options?: Partial<S3TargetOptions>): Promise<ScpTarget>;
  close(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const fake = await startFakeS3();
  const client = createClient(fake.endpoint);
  const location = { client, bucket: fakeBucket };
  return {
    fake,
    client,
    location,
    target: (path, options) => createS3Target(path, { ...location, ...options }),
    async close() {
      client.destroy();
      await fake.close();
    },
  };
}
