import type { TestContext } from "node:test";
import type { S3Client } from "@aws-sdk/client-s3";
import { withQuota } from "@scpkit/middleware";
import { createS3Target, walkS3 } from "@scpkit/s3";
import { createScpServer } from "@scpkit/server";
import { isAuthorizedKey, startSshServer } from "@scpkit/ssh2/server";
import { describeServer, type InteropServer, type Workplace } from "./workplace.ts";

/** Where a server keeps the files of its users. */
export interface S3ServerOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Bytes that one session may upload. */
  readonly maxBytes?: number;
}

/** A server of this process that keeps nothing: each user has a folder of one bucket. */
export async function startS3Server(
  t: TestContext,
  place: Workplace,
  { client, bucket, maxBytes = Number.POSITIVE_INFINITY }: S3ServerOptions,
): Promise<InteropServer> {
  const scp = createScpServer<{ readonly root: string }>({
    async target({ session: { root }, command: { preserve, targetIsDirectory } }, path) {
      const target = await createS3Target(path, { client, bucket, root, preserve, targetIsDirectory });
      return Number.isFinite(maxBytes) ? withQuota(target, { maxBytes }) : target;
    },
    entries: ({ session: { root }, command: { recursive } }, path) => walkS3(path, { client, bucket, root, recursive }),
  });
  const server = await startSshServer<{ readonly root: string }>({
    hostKeys: [place.hostKey.privateKey],
    authenticate: (attempt) =>
      attempt.method === "publickey" && isAuthorizedKey(attempt.publicKey, place.clientKey.publicKey)
        ? { root: `users/${attempt.username}` }
        : undefined,
    exec: (request) => scp.handler(request.command, request),
  });
  t.after(() => server.close({ deadlineMs: 0 }));
  return describeServer(place, { port: server.port, username: "ann", path: (relative) => `/${relative}` });
}
