import { parseCommand } from "@scpkit/codec";
import { createFsTarget, createShellFiles, walk } from "@scpkit/fs";
import { createScpServer } from "@scpkit/server";
import { generateHostKey, type RunningSshServer, startSshServer } from "@scpkit/ssh2/server";
import type { ServerSettings } from "./server-messages.ts";

/** A server in this process. */
export interface OwnServer {
  readonly ssh: RunningSshServer;
  /** Sessions under way. */
  readonly active: number;
  /** Sessions that have ended. */
  readonly served: number;
  /** Sessions that ended in an error, counted by its code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Logins, counted by the user's name. */
  readonly logins: Readonly<Record<string, number>>;
}

/** Starts an SSH server on loopback whose scp stores into and sends from one folder. Anybody may log in. */
export async function startOwnServer(settings: ServerSettings): Promise<OwnServer> {
  const { root, maxConnections, maxSessionsPerConnection, loginGraceMs, limits } = settings;
  const { maxStartupsPerAddress = maxConnections } = settings;
  let served = 0;
  const failures: Record<string, number> = {};
  const logins: Record<string, number> = {};
  const scp = createScpServer({
    target: ({ command: { preserve, targetIsDirectory } }, path) =>
      createFsTarget(path, { root, preserve, targetIsDirectory }),
    entries: ({ command: { recursive } }, path) => walk(path, { root, recursive }),
    shell: { files: () => createShellFiles(root) },
    maxSessions: 10_000,
    maxSessionsPerConnection,
    limits,
    onEvent: (event) => {
      if (event.type !== "session-end") return;
      served += 1;
      const { error } = event.outcome;
      if (error === undefined) return;
      const name = error instanceof Error && "code" in error ? String(error.code) : String(error);
      failures[name] = (failures[name] ?? 0) + 1;
    },
  });
  const ssh = await startSshServer({
    hostKeys: [generateHostKey().privateKey],
    methods: ["publickey", "password"],
    authenticate: ({ username }) => {
      logins[username] = (logins[username] ?? 0) + 1;
      return { username };
    },
    exec: ({ command, connection }) => {
      const parsed = parseCommand(command);
      return parsed && ((channel) => scp.serve(parsed, channel, { connection }));
    },
    shell:
      ({ connection }) =>
      (channel) =>
        scp.serveShell(channel, { connection }),
    maxConnections,
    maxStartups: { begin: maxConnections, full: maxConnections },
    maxStartupsPerAddress,
    maxSessionsPerConnection,
    loginGraceMs,
  });
  return {
    ssh,
    get active() {
      return scp.active;
    },
    get served() {
      return served;
    },
    failures,
    logins,
  };
}
