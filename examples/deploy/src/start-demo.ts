import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFsTarget } from "@scpkit/fs";
import type { ScpPolicy } from "@scpkit/middleware";
import { createScpServer } from "@scpkit/server";
import { connect } from "@scpkit/ssh2";
import { generateHostKey, isAuthorizedKey, startSshServer } from "@scpkit/ssh2/server";
import type { DeployHost } from "./deploy.ts";

/** A host of this machine. */
export interface LocalHost extends DeployHost {
  /** Where its files are. */
  readonly root: string;
  close(): Promise<void>;
}

/** Starts an SSH server on loopback that stores below `root`, and connects to it. */
export async function startLocalHost(name: string, root: string, policy?: ScpPolicy): Promise<LocalHost> {
  const [hostKey, clientKey] = [generateHostKey(), generateHostKey()];
  const scp = createScpServer({
    target: ({ command: { preserve, targetIsDirectory } }, path) =>
      createFsTarget(path, { root, preserve, targetIsDirectory }),
    policy,
  });
  const server = await startSshServer({
    hostKeys: [hostKey.privateKey],
    authenticate: (attempt) =>
      attempt.method === "publickey" && isAuthorizedKey(attempt.publicKey, clientKey.publicKey) ? {} : undefined,
    exec: ({ command, connection }) => scp.handler(command, { connection }),
  });
  const connection = await connect({
    host: server.host,
    port: server.port,
    username: "deploy",
    auth: [{ type: "private-key", key: clientKey.privateKey }],
    verifyHostKey: ({ fingerprint }) => fingerprint === server.hostKeys[0]?.fingerprint,
  });
  return {
    name,
    transport: connection,
    path: "/",
    root,
    async close() {
      await connection.close();
      await server.close({ deadlineMs: 0 });
    },
  };
}

/** What {@link startDemo} made. */
export interface Demo {
  readonly folder: string;
  readonly hosts: readonly LocalHost[];
  close(): Promise<void>;
}

/** A build, and three hosts of which the last has no room. */
export async function startDemo(): Promise<Demo> {
  const base = await mkdtemp(join(tmpdir(), "scpkit-deploy-"));
  const folder = join(base, "build");
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(folder, "index.html"), "<h1>Hello</h1>\n");
  await writeFile(join(folder, "assets/app.js"), new Uint8Array(2_000_000));
  const hosts: LocalHost[] = [];
  for (const name of ["alpha", "beta", "full"]) {
    await mkdir(join(base, name));
    const policy: ScpPolicy = (entry) =>
      entry.size > 1_000_000 ? { type: "end", reason: "No space left on device" } : { type: "allow" };
    hosts.push(await startLocalHost(name, join(base, name), name === "full" ? policy : undefined));
  }
  return {
    folder,
    hosts,
    async close() {
      await Promise.all(hosts.map((host) => host.close()));
      await rm(base, { recursive: true });
    },
  };
}
