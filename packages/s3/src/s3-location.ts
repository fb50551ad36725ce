import type { S3Client } from "@aws-sdk/client-s3";
import type { CheckOptionsSettings, OptionKinds } from "@scpkit/codec";

/** Where in an object storage. */
export interface S3Location {
  /**
   * Your client, with your region, endpoint, credentials and attempts. It is used as it is and not destroyed. Nothing is tried
   * again but by the client.
   */
  readonly client: Pick<S3Client, "send" | "config">;
  readonly bucket: string;
  /**
   * Confines to the keys below this prefix, as below a directory: `"users/ada"` keeps to the keys that begin with `users/ada/`.
   * Slashes at its ends mean nothing.
   * @default "" the whole bucket
   */
  readonly root?: string | undefined;
}

/** What the options of {@link S3Location} take. */
export const locationKinds: OptionKinds<S3Location> = { client: "object", bucket: "string", root: "string" };

/** Options that every call needs. */
export const locationSettings: CheckOptionsSettings = { required: ["client", "bucket"], error: TypeError };
