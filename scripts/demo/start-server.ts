import { parseCommand } from "@scpkit/codec";
import { createFsTarget, walk } from "@scpkit/fs";
import { createScpServer } from "@scpkit/server";
import { generateHostKey, isAuthorizedKey, type RunningSshServer, startSshServer } from "@scpkit/ssh2/server";

/** Starts an SSH server on loopback that accepts one key and answers scp commands below `root`. */
export function startServer(root: string, authorizedKey: string): Promise<RunningSshServer> {
  const scp = createScpServer({
    target: ({ command: { preserve, targetIsDirectory } }, path) =>
      createFsTarget(path, { root, preserve, targetIsDirectory }),
    entries: ({ command: { recursive } }, path) => walk(path, { root, recursive }),
  });
  return startSshServer({
    hostKeys: [generateHostKey().privateKey],
    authenticate: (attempt) =>
      attempt.method === "publickey" && isAuthorizedKey(attempt.publicKey, authorizedKey)
        ? { username: attempt.username }
        : undefined,
    exec: ({ command, connection }) => {
      const parsed = parseCommand(command);
      return parsed && ((channel) => scp.serve(parsed, channel, { connection }));
    },
  });
}
