import type { CreateMultipartUploadCommandInput } from "@aws-sdk/client-s3";

/** Everything about an object but its body, in the SDK's words. */
export type S3ObjectHead = S3ObjectSettings & {
  readonly Bucket: string;
  readonly Key: string;
  readonly Metadata: Record<string, string>;
};

/** What each object is stored with, in the SDK's words: storage class, encryption, access, tags. */
export type S3ObjectSettings = Readonly<
  Pick<
    CreateMultipartUploadCommandInput,
    | "ACL"
    | "BucketKeyEnabled"
    | "CacheControl"
    | "ChecksumAlgorithm"
    | "ContentDisposition"
    | "ContentEncoding"
    | "ContentType"
    | "ExpectedBucketOwner"
    | "RequestPayer"
    | "ServerSideEncryption"
    | "SSEKMSKeyId"
    | "StorageClass"
    | "Tagging"
  >
>;
