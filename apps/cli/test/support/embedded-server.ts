import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from "ssh2";

/** An SSH server inside the test's process: for what a real one cannot do without accounts of its own. */
export interface EmbeddedServer {
  readonly port: number;
  /** As in known_hosts: type and base64. */
  readonly hostKey: string;
  /** The authentication methods that clients have tried, in order. */
  readonly tried: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts a server on loopback that runs commands in `/bin/sh`.
 *
 * @param cwd where they begin
 * @param onAuth decides about each attempt to log in
 */
export async function startEmbedded(cwd: string, onAuth: (context: AuthContext) => void): Promise<EmbeddedServer> {
  const { privateKey, publicKey } = hostKeyPair();
  const tried: string[] = [];
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [privateKey] }, (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => {});
    connection.on("authentication", (context) => {
      tried.push(context.method);
      onAuth(context);
    });
    connection.on("session", (accept) => serve(accept(), cwd));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return {
    port: address.port,
    hostKey: `ecdsa-sha2-nistp256 ${publicKey}`,
    tried,
    stop: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(session: Session, cwd: string): void {
  session.on("exec", (accept, _reject, { command }) => {
    const channel: ServerChannel = accept();
    const child = spawn("/bin/sh", ["-c", command], { cwd });
    channel.pipe(child.stdin);
    child.stdin.on("error", () => {});
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.once("close", (code) => {
      channel.exit(code ?? 1);
      channel.end();
    });
    channel.once("close", () => child.kill());
  });
}

function hostKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || Array.isArray(parsed)) throw new Error("ssh2 cannot read the generated key");
  return { privateKey, publicKey: parsed.getPublicSSH().toString("base64") };
}
