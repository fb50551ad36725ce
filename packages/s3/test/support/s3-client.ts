import { S3Client } from "@aws-sdk/client-s3";

/** A client for a storage on loopback. */
export function createClient(endpoint: string, accessKeyId = "test:tester", secretAccessKey = "testing"): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}
