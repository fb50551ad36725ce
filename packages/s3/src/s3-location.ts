import type { S3Client } from "@aws-sdk/client-s3";
import type { CheckOptionsSettings, OptionKinds } from "@scpkit/codec";

/** A location in an object storage. */
export interface S3Location {
  /**
   * Your client, with your region, endpoint, credentials and number of attempts. It is neither changed nor destroyed.
   * Only the client retries requests.
   */
  readonly client: Pick<S3Client, "send" | "config">;
  readonly bucket: string;
  /**
   * Confines the location to the keys below this prefix, as below a directory: `"users/ada"` allows only the keys that
   * begin with `users/ada/`. Leading and trailing slashes are ignored.
   * @default "" the whole bucket
   */
  readonly root?: string | undefined;
}

/** The types of the options of {@link S3Location}. */
export const locationKinds: OptionKinds<S3Location> = { client: "object", bucket: "string", root: "string" };

/** The options that every call requires. */
export const locationSettings: CheckOptionsSettings = { required: ["client", "bucket"], error: TypeError };
