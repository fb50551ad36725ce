import type { CreateMultipartUploadCommandInput } from "@aws-sdk/client-s3";

/** An object without its body, with the names of the SDK. */
export type S3ObjectHead = S3ObjectSettings & {
  readonly Bucket: string;
  readonly Key: string;
  readonly Metadata: Record<string, string>;
};

/** Properties of each stored object, with the names of the SDK: storage class, encryption, access, tags. */
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
