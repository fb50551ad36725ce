import type { TestContext } from "node:test";
import { createFsTarget, walk } from "@scpkit/fs";
import { createScpServer } from "@scpkit/server";
import { isAuthorizedKey, startSshServer } from "@scpkit/ssh2/server";
import { describeServer, type InteropServer, type KeyType, makeWorkplace } from "./workplace.ts";

/** The password of {@link startEmbeddedServer}. */
export const password = "open sesame";

/** A server made of scpkit's packages in this process, confined to the workplace's `remote`. */
export async function startEmbeddedServer(t: TestContext, keyType?: KeyType): Promise<InteropServer> {
  const place = makeWorkplace(t, keyType);
  const scp = createScpServer({
    target: ({ command: { preserve, targetIsDirectory } }, path) =>
      createFsTarget(path, { root: place.remote, preserve, targetIsDirectory }),
    entries: ({ command: { recursive } }, path) => walk(path, { root: place.remote, recursive }),
  });
  const server = await startSshServer({
    hostKeys: [place.hostKey.privateKey],
    methods: ["publickey", "password"],
    authenticate: (attempt) => {
      const accepted =
        attempt.method === "password"
          ? attempt.password === password
          : isAuthorizedKey(attempt.publicKey, place.clientKey.publicKey);
      return accepted ? { username: attempt.username } : undefined;
    },
    exec: ({ command, connection, peerIdentification }) => scp.handler(command, { connection, peerIdentification }),
  });
  t.after(() => server.close({ deadlineMs: 0 }));
  return describeServer(place, { port: server.port, username: "ann", path: (relative) => `/${relative}` });
}
