/**
 * Reads and stores SCP transfers in S3-compatible object storage.
 *
 * @module
 */
export { createS3Target, type S3TargetOptions } from "./s3-target.ts";
export { type S3WalkOptions, walkS3 } from "./walk-s3.ts";
export type { S3Location } from "./s3-location.ts";
export type { S3ObjectSettings } from "./object-head.ts";
export { type RemoveIncompleteUploadsOptions, removeIncompleteUploads } from "./remove-incomplete-uploads.ts";
export { ScpS3Error, type ScpS3Errno, type ScpS3Rule } from "./s3-error.ts";
